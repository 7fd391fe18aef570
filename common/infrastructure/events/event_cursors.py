"""How far each durable consumer of the event store has come: one row each, moved by one worker at a time.

Two ways to hold a cursor. `locked` keeps the row's lock for a transaction, so what is written beside the move happens
exactly once. `leased` is for consumers that write elsewhere: no transaction is open meanwhile, the lease ends by itself
if its worker dies, and then the same events are handed out again.

Written as SQL, because this is done for each consumer and each small batch: the ORM takes several times as long.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from common.models import EventCounter, EventCursor, StoredEvent

LEASE_SECONDS = 15.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 60.0

# Names of our own tables and columns; every value is a parameter.
_CURSORS, _COUNTER = EventCursor._meta.db_table, EventCounter._meta.db_table
_READY = "(retry_at IS NULL OR retry_at <= %s)"
_ALL = f"SELECT name, position, {_READY}, (SELECT position FROM {_COUNTER} WHERE id = 1) FROM {_CURSORS}"  # noqa: S608
_LOCK = f"SELECT position, failures FROM {_CURSORS} WHERE name = %s AND {_READY}"  # noqa: S608
_LEASE = (
    f"UPDATE {_CURSORS} SET claim = %s, lease_until = %s "  # noqa: S608
    f"WHERE name = %s AND {_READY} AND (claim IS NULL OR lease_until < %s) RETURNING position, failures"
)
_RELEASE = f"UPDATE {_CURSORS} SET claim = NULL, lease_until = NULL WHERE name = %s AND claim = %s"  # noqa: S608
_MOVE = (
    f"UPDATE {_CURSORS} SET position = %s, moved_at = %s, "  # noqa: S608
    "failures = 0, retry_at = NULL, error = '' WHERE name = %s AND position = %s"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`behind` are the consumers with events up to `head` to come that are not resting; `missing` have no cursor."""

    head: int
    behind: tuple[str, ...]
    missing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor that is held; `claim` is None under the row's lock."""

    name: str
    position: int
    failures: int
    claim: str | None


def standing(names: Collection[str]) -> Standing:
    """Whatever is committed up to `head` can be read."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, [_moment(timezone.now())])
        rows = [row for row in cursor.fetchall() if row[0] in names]
    head = next((row[3] for row in rows), None) or 0
    behind = tuple(sorted(name for name, position, ready, _ in rows if ready and position < head))
    return Standing(head, behind, frozenset(names) - {row[0] for row in rows})


def make_missing(names: Collection[str]) -> None:
    """A cursor for each consumer that has none, at the newest event: nobody is told what was before them."""
    if missing := standing(names).missing:
        head = EventCounter.objects.filter(pk=1).values_list("position", flat=True).first() or 0
        rows = [EventCursor(name=name, position=head, moved_at=timezone.now()) for name in sorted(missing)]
        EventCursor.objects.bulk_create(rows, ignore_conflicts=True)


@contextmanager
def locked(name: str) -> Iterator[Cursor | None]:
    """A transaction with the cursor's row locked; None where another worker has it, or it rests."""
    lock = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with transaction.atomic():
        row = _one(_LOCK + lock, [name, _moment(timezone.now())])
        yield None if row is None else Cursor(name, row[0], row[1], None)


@contextmanager
def leased(name: str) -> Iterator[Cursor | None]:
    """The cursor under a lease of LEASE_SECONDS; None as above."""
    token, now = uuid4().hex, timezone.now()
    until = _moment(now + timedelta(seconds=LEASE_SECONDS))
    row = _one(_LEASE, [token, until, name, _moment(now), _moment(now)])
    if row is None:
        yield None
        return
    try:
        yield Cursor(name, row[0], row[1], token)
    finally:
        _changed(_RELEASE, [name, token])


def move(cursor: Cursor, position: int) -> bool:
    """Everything up to `position` is handled; False where the lease was lost in the meantime."""
    values = [position, _moment(timezone.now()), cursor.name, cursor.position]
    if cursor.claim is None:
        return _changed(_MOVE, values)
    return _changed(f"{_MOVE} AND claim = %s", [*values, cursor.claim])


def record_failure(name: str, error: str) -> int:
    """Let the consumer rest, longer each time; return how often it has failed in a row."""
    with transaction.atomic():
        cursor = EventCursor.objects.select_for_update().get(name=name)
        cursor.failures += 1
        cursor.retry_at = timezone.now() + timedelta(seconds=pause_seconds(cursor.failures))
        cursor.error = error
        cursor.save(update_fields=["failures", "retry_at", "error"])
    return cursor.failures


def pause_seconds(failures: int) -> float:
    """Twice as long after each failure, up to a minute; jitter keeps installations from knocking in step."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * float(2 ** min(failures - 1, 10)))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 # spreads load, guards nothing


def newest_before(time: datetime) -> int:
    """The position of the newest event that is older than `time`; 0 where there is none."""
    older = StoredEvent.objects.filter(time__lt=time).order_by("-time")
    return older.values_list("position", flat=True).first() or 0


def _one(statement: str, parameters: list[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _changed(statement: str, parameters: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return bool(cursor.rowcount > 0)


def _moment(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
