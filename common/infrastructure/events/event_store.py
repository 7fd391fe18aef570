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
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import Max

from common.domain.envelope import ENVELOPE_FIELDS, Envelope
from common.infrastructure.prepared import PreparedStatement
from common.models import EventCounter, StoredEvent

__all__ = ["ROW_FIELDS", "Envelope", "NewEvent", "append", "last_position", "read_after"]

BATCH_SIZE = 500  # of one statement
ROW_FIELDS = ENVELOPE_FIELDS


class NewEvent(NamedTuple):
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


_COLUMNS = ", ".join(NewEvent._fields)
_ROW = f"({', '.join(['%s'] * (len(NewEvent._fields) + 1))})"

# Names of our own tables and columns; every value is a parameter.
_EVENTS, _COUNTER = StoredEvent._meta.db_table, EventCounter._meta.db_table
_INSERT = f"INSERT INTO {_EVENTS} (position, {_COLUMNS})"
_ADVANCE = f"UPDATE {_COUNTER} SET position = position + %s WHERE id = 1 RETURNING position"  # noqa: S608
# Read by every feed and every consumer: as SQL, because the ORM takes several times as long for a row.
_READ = (
    f"SELECT {', '.join(ENVELOPE_FIELDS)} FROM {_EVENTS} "  # noqa: S608
    "WHERE position > %s AND position <= %s ORDER BY position LIMIT %s"
)
_LAST = 2**63 - 1
_SQLITE = f"{_INSERT} VALUES {_ROW}"
_TIME = NewEvent._fields.index("time")

# PostgreSQL: counter and events in one statement, so one round trip while the counter's lock is held.
_CASTS = {"id": "::uuid", "time": "::timestamptz", "data": "::jsonb"}  # literals in VALUES are text
_SELECTED = ", ".join(f"new.{name}{_CASTS.get(name, '')}" for name in NewEvent._fields)
_MANY = (
    f"WITH counter AS ({_ADVANCE}), inserted AS ({_INSERT} "  # noqa: S608
    f"SELECT counter.position - new.back, {_SELECTED} "
    f"FROM counter, (VALUES {{values}}) AS new (back, {_COLUMNS})) SELECT position FROM counter"
)
# One event is the common case, and to plan its statement takes longer than to execute it.
_TYPES = {"version": "integer", "id": "uuid", "time": "timestamptz", "data": "jsonb"}
_ONE = PreparedStatement(
    "nms_append",
    f"WITH counter AS ({_ADVANCE % 1}) {_INSERT} "  # noqa: S608
    f"SELECT position, {', '.join(['%s'] * len(NewEvent._fields))} FROM counter RETURNING position",
    types=[_TYPES.get(name, "text") for name in NewEvent._fields],
)


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
    with connection.cursor() as cursor:
        if len(events) == 1:
            _ONE.execute(cursor, events[0])
        else:
            rows = [(len(events) - number, *event) for number, event in enumerate(events, start=1)]
            values = [value for row in rows for value in row]
            cursor.execute(_MANY.format(values=", ".join([_ROW] * len(rows))), [len(rows), *values])
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
                (position, *event[:_TIME], adapt(event.time), *event[_TIME + 1 :])
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
    with connection.cursor() as cursor:
        cursor.execute(_READ, [position, _LAST if until is None else until, limit])
        rows = cursor.fetchall()
    make = _envelope if connection.vendor == "postgresql" else _envelope_of_sqlite
    return [make(row) for row in rows]


def _envelope(row: tuple[Any, ...]) -> Envelope:
    return Envelope(*row[:-1], orjson.loads(row[-1]))  # type: ignore[call-arg] # the columns are its fields


def _envelope_of_sqlite(row: tuple[Any, ...]) -> Envelope:
    values = dict(zip(ENVELOPE_FIELDS, row, strict=True))
    values |= {
        "id": UUID(values["id"]),
        "time": values["time"].replace(tzinfo=UTC),
        "data": orjson.loads(values["data"]),
    }
    return Envelope(**values)
