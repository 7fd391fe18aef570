"""Counts what modules do: messages and calls handled, errors, when last.

Counting must not cost a write for each message, and two workers must not wait for one another's lock of a module's
row. So each process adds up in memory and writes the sums at most once a second, outside of any transaction; the last
ones of a busy spell are written by the next sweep in the process, or at its end. Reading adds what this process has
not written yet. A process that is killed loses the counts of a second and nothing else.
"""

from __future__ import annotations

import atexit
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.db import Error, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from common.models import ModuleRecord

FLUSH_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Counted:
    messages: int = 0
    errors: int = 0
    at: datetime | None = None


_lock = threading.Lock()
_pending: dict[str, Counted] = {}
_flushed_at = 0.0


def count(module: str, *, messages: int = 0, errors: int = 0) -> None:
    """Note that the module handled `messages` (or was called so often), of which `errors` failed."""
    with _lock:
        counted = _pending.setdefault(module, Counted())
        counted.messages += messages
        counted.errors += errors
        counted.at = datetime.now(UTC)
    if time.monotonic() - _flushed_at >= FLUSH_SECONDS:
        transaction.on_commit(flush_if_due, robust=True)


def pending(module: str) -> Counted:
    """What this process has counted and not written."""
    return _pending.get(module, Counted())


def flush_if_due() -> None:
    if time.monotonic() - _flushed_at >= FLUSH_SECONDS:
        flush()


def flush() -> None:
    """Write the sums. Never raises: counts are not worth the failure of what was counted."""
    global _flushed_at  # one moment for the process
    with _lock:
        _flushed_at = time.monotonic()
        counts = dict(_pending)
        _pending.clear()
    for module, counted in counts.items():
        try:
            _write(module, counted)
        except Error as error:
            log.warning("counters of a module are not written", module=module, reason=str(error))
            return


def forget() -> None:
    """Drop what is not written; for tests."""
    with _lock:
        _pending.clear()


def _write(module: str, counted: Counted) -> None:
    """One statement without a transaction, so that two processes hold no two rows against one another."""
    if _add(module, counted):
        return
    from common.application.modules import registry  # the registry reads pending counts from here

    local = registry.local_module(module)
    if local is None:
        return  # a remote module that has been unregistered meanwhile
    record = ModuleRecord(
        name=module, kind=ModuleRecord.Kind.LOCAL, version=local.version, registered_at=datetime.now(UTC)
    )
    ModuleRecord.objects.bulk_create([record], ignore_conflicts=True)  # another process may have been first
    _add(module, counted)


def _add(module: str, counted: Counted) -> int:
    return ModuleRecord.objects.filter(pk=module).update(
        messages=F("messages") + counted.messages,
        errors=F("errors") + counted.errors,
        last_activity_at=Greatest(Coalesce(F("last_activity_at"), counted.at), counted.at),
    )


@atexit.register
def _flush_at_exit() -> None:
    if _pending:
        flush()
