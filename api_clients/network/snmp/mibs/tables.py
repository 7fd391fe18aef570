"""Conceptual tables: from varbinds to rows, and from a session to the columns that are worth their round trips."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from api_clients.network.snmp.values import Value

Varbind = tuple[str, Value]
Rows = dict[str, dict[int, Value]]  # index as it stands in the OID ("7" or "1.4.10.0.0.1") -> column number -> value
T = TypeVar("T")


class Session(Protocol):
    """What the readers ask of an SNMP session; the client's and a recording's both give it."""

    async def get_many(self, oids: Iterable[str]) -> dict[str, Value]:
        """The values of those that exist."""

    async def get_next(self, oid: str) -> Varbind | None:
        """The first object after `oid`; None at the end of the MIB view."""

    async def walk(self, oid: str, *, stop_after: int | None = None) -> list[Varbind]:
        """Everything under `oid`, in the agent's order; with `stop_after`, about the first so many."""


def rows(entry: str, varbinds: Iterable[Varbind]) -> Rows:
    """Varbinds under the table's entry OID as rows, in the order in which the indexes first came."""
    table: Rows = {}
    start = len(entry) + 1
    for oid, value in varbinds:
        column, _, index = oid[start:].partition(".")
        if index and column.isdigit():
            table.setdefault(index, {})[int(column)] = value
    return table


async def read_table(session: Session, entry: str) -> Rows:
    """Walk the whole table: best for short tables and where most columns are wanted."""
    return rows(entry, await session.walk(entry))


async def read_columns(session: Session, entry: str, columns: Sequence[int]) -> Rows:
    """Walk the named columns alone, side by side: best for wide tables with many rows."""
    walked = await together(*(session.walk(f"{entry}.{column}") for column in columns))
    return rows(entry, (varbind for column in walked for varbind in column))


async def read_column(session: Session, column: str, *, stop_after: int | None = None) -> dict[str, Value]:
    """One column (or the part of it under an index prefix): rest of the index -> value."""
    start = len(column) + 1
    return {oid[start:]: value for oid, value in await session.walk(column, stop_after=stop_after)}


async def together(*coroutines: Coroutine[Any, Any, T]) -> list[T]:
    """Await all; the first failure cancels the others and is raised bare, as if they had run one after another."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
