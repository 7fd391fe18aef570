"""Append events to the database and read them back in the order of their positions.

Positions are gap-free as readers see them: whoever has read up to position 7 will never find a 6 later. A plain
sequence cannot promise that, because it hands out numbers before commits: the transaction holding 6 may commit after
the one holding 7. So an append takes its numbers from one counter row by UPDATE, which locks that row until the
transaction ends; appends therefore commit in the order of their positions, and a rollback returns its numbers.

The price is that two transactions that append run one after the other from the append to the commit. Publish last in
a transaction: that keeps the lock for the time of a commit, and no deadlock is possible since nothing is locked after
it. (SQLite has one writer at a time in any case.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from common.domain.topics import Priority
from common.models import EventCounter, StoredEvent

BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with all that the store knows of it; its fields are the envelope on the wire and in REST answers."""

    position: int
    id: UUID
    type: str
    version: int
    source: str
    subject: str
    priority: Priority
    time: datetime
    actor: str
    correlation_id: str
    data: dict[str, Any]


ROW_FIELDS = tuple(field.name for field in fields(Envelope))


def append(rows: Sequence[StoredEvent]) -> int:
    """Give `rows` the next positions and insert them; return the last one. Needs a transaction, see the module."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Events are appended inside the transaction that makes them true")
    last = _advance(len(rows))
    for position, row in enumerate(rows, start=last - len(rows) + 1):
        row.position = position
    StoredEvent.objects.bulk_create(rows, batch_size=BATCH_SIZE)
    return last


def _advance(count: int) -> int:
    counter = EventCounter.objects.filter(pk=1)
    if not counter.update(position=F("position") + count):
        # The first append of a new database. Of two at once one insert is ignored; both then wait for the row.
        start = StoredEvent.objects.aggregate(last=Max("position"))["last"] or 0
        EventCounter.objects.bulk_create([EventCounter(pk=1, position=start)], ignore_conflicts=True)
        counter.update(position=F("position") + count)
    return counter.values_list("position", flat=True).get()


def last_position() -> int:
    """The newest committed position; 0 where nothing happened yet."""
    return EventCounter.objects.filter(pk=1).values_list("position", flat=True).first() or 0


def read_after(position: int, *, limit: int, until: int | None = None) -> list[Envelope]:
    """The next events after `position` (and up to `until`), oldest first."""
    rows = StoredEvent.objects.filter(position__gt=position).order_by("position")
    if until is not None:
        rows = rows.filter(position__lte=until)
    return [Envelope(**row) for row in rows.values(*ROW_FIELDS)[:limit]]
