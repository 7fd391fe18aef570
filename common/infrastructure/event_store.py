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

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from common.domain.envelope import ENVELOPE_FIELDS, Envelope
from common.models import EventCounter, StoredEvent

__all__ = ["ROW_FIELDS", "Envelope", "NewEvent", "append", "last_position", "read_after"]

BATCH_SIZE = 500  # of one statement
ROW_FIELDS = ENVELOPE_FIELDS


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as it goes into the store, which gives it its position; the fields are columns, in this order."""

    id: str  # a UUID in hexadecimal
    type: str
    version: int
    source: str
    subject: str
    priority: str
    time: datetime
    actor: str
    correlation_id: str
    causation_id: str
    data: str  # JSON


_COLUMNS = tuple(field.name for field in fields(NewEvent))
# Names of our own tables and columns; every value is a parameter.
_EVENTS, _COUNTER = StoredEvent._meta.db_table, EventCounter._meta.db_table
_INSERT = f"INSERT INTO {_EVENTS} (position, {', '.join(_COLUMNS)})"
_ADVANCE = f"UPDATE {_COUNTER} SET position = position + %s WHERE id = 1 RETURNING position"  # noqa: S608

# Counter and events in one statement: one round trip while the counter's lock is held. Literals in VALUES are text.
_CASTS = {"id": "::uuid", "time": "::timestamptz", "data": "::jsonb"}
_SELECTED = ", ".join(f"new.{name}{_CASTS.get(name, '')}" for name in _COLUMNS)
_ROW = f"({', '.join(['%s'] * (len(_COLUMNS) + 1))})"
_POSTGRESQL = (
    f"WITH counter AS ({_ADVANCE}), inserted AS ({_INSERT} "  # noqa: S608
    f"SELECT counter.position - new.back, {_SELECTED} "
    f"FROM counter, (VALUES {{values}}) AS new (back, {', '.join(_COLUMNS)})) SELECT position FROM counter"
)
_SQLITE = f"{_INSERT} VALUES {_ROW}"


def append(events: Sequence[NewEvent]) -> int:
    """Give `events` the next positions and insert them; return the last one. Needs a transaction, see the module."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Events are appended inside the transaction that makes them true")
    if connection.vendor != "postgresql":
        return _written_by(_append_sqlite, events)
    last = 0
    for start in range(0, len(events), BATCH_SIZE):
        last = _written_by(_append_postgresql, events[start : start + BATCH_SIZE])
    return last


def _written_by(write: Callable[[Sequence[NewEvent]], int | None], events: Sequence[NewEvent]) -> int:
    """`write` returns None, having written nothing, where there is no counter yet."""
    last = write(events)
    if last is None:
        _make_counter()
        last = write(events)
        assert last is not None, "the counter has just been made"
    return last


def _append_postgresql(events: Sequence[NewEvent]) -> int | None:
    count = len(events)
    parameters: list[Any] = [count]
    for index, event in enumerate(events, start=1):
        parameters.append(count - index)
        parameters += astuple(event)
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL.format(values=", ".join([_ROW] * count)), parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def _append_sqlite(events: Sequence[NewEvent]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [len(events)])
        row = cursor.fetchone()
        if row is None:
            return None
        first = row[0] - len(events) + 1
        adapt = connection.ops.adapt_datetimefield_value
        cursor.executemany(
            _SQLITE,
            [
                (position, *astuple(event)[:6], adapt(event.time), *astuple(event)[7:])
                for position, event in enumerate(events, start=first)
            ],
        )
    last: int = row[0]
    return last


def _make_counter() -> None:
    """The first append of a new database. Of two at once one insert is ignored; both then wait for the row."""
    start = StoredEvent.objects.aggregate(last=Max("position"))["last"] or 0
    EventCounter.objects.bulk_create([EventCounter(pk=1, position=start)], ignore_conflicts=True)


def last_position() -> int:
    """The newest committed position; 0 where nothing happened yet."""
    return EventCounter.objects.filter(pk=1).values_list("position", flat=True).first() or 0


def read_after(position: int, *, limit: int, until: int | None = None) -> list[Envelope]:
    """The next events after `position` (and up to `until`), oldest first."""
    rows = StoredEvent.objects.filter(position__gt=position).order_by("position")
    if until is not None:
        rows = rows.filter(position__lte=until)
    return [Envelope(**row) for row in rows.values(*ROW_FIELDS)[:limit]]
