"""Keep claims alive: one thread renews the leases of everything that this process works on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import Error, connection, transaction
from django.utils import timezone

from common.infrastructure.work.claims import LEASE_SECONDS
from common.models.work import RUNNING, Work

log = structlog.get_logger(__name__)


@contextmanager
def holding(model: type[Work], claim: UUID) -> Iterator[None]:
    """Renew the lease of `claim` for as long as the block runs."""
    _keeper.add(model, claim)
    try:
        yield
    finally:
        _keeper.remove(claim)


class _LeaseKeeper:
    """One thread for all claims of the process; it runs while there are some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[UUID, type[Work]] = {}
        self._thread: threading.Thread | None = None

    def add(self, model: type[Work], claim: UUID) -> None:
        with self._lock:
            self._held[claim] = model
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()

    def remove(self, claim: UUID) -> None:
        with self._lock:
            self._held.pop(claim, None)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(LEASE_SECONDS / 3)
            with self._lock:
                held = dict(self._held)
                if not held:
                    self._thread = None
                    break
            self._renew(held)
        connection.close()

    def _renew(self, held: dict[UUID, type[Work]]) -> None:
        until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
        try:
            for model in set(held.values()):
                claims = [claim for claim, of in held.items() if of is model]
                with transaction.atomic():
                    # A locked row is about to get its end; to wait for it would let the other leases run out.
                    held_rows = model._default_manager.filter(claim__in=claims, state=RUNNING)
                    unlocked = held_rows.order_by().select_for_update(skip_locked=True).values_list("pk", flat=True)
                    model._default_manager.filter(pk__in=list(unlocked), claim__in=claims).update(lease_until=until)
        except Error as error:
            log.warning("leases cannot be renewed; others may take the work over", reason=str(error))
            connection.close()


_keeper = _LeaseKeeper()
