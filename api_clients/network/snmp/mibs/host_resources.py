"""Processors and memory of HOST-RESOURCES-MIB (RFC 2790): hosts, and much equipment that is a Linux inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from api_clients.network.snmp.mibs.decoding import integer, integer_within, line
from api_clients.network.snmp.mibs.tables import Rows, Session, read_column, read_columns
from api_clients.network.snmp.values import Memory, Processor, Value

HR_PROCESSOR_LOAD = "1.3.6.1.2.1.25.3.3.1.2"  # percent, average of the last minute
HR_DEVICE_DESCR = "1.3.6.1.2.1.25.3.2.1.3"
HR_STORAGE_ENTRY = "1.3.6.1.2.1.25.2.3.1"
STORAGE_TYPE, STORAGE_DESCR, STORAGE_UNITS, STORAGE_SIZE, STORAGE_USED = 2, 3, 4, 5, 6
HR_STORAGE_RAM = "1.3.6.1.2.1.25.2.1.2"
HR_STORAGE_VIRTUAL_MEMORY = "1.3.6.1.2.1.25.2.1.3"
# net-snmp lists these as memory of their own. They are shares of the physical memory, and what buffers and cache
# hold is free for the asking: it does not count as used.
RECLAIMABLE = ("cached memory", "memory buffers")
SHARES = (*RECLAIMABLE, "shared memory", "available memory", "shared virtual memory", "shared real memory metrics")
PHYSICAL = "physical memory"


async def read_processors(session: Session) -> tuple[Processor, ...]:
    """Names are asked for only where there are processors to name."""
    loads = await read_column(session, HR_PROCESSOR_LOAD)
    return processors(loads, await session.get_many([f"{HR_DEVICE_DESCR}.{index}" for index in loads]) if loads else {})


def processors(loads: Mapping[str, Value], descriptions: Mapping[str, Value]) -> tuple[Processor, ...]:
    return tuple(
        Processor(index, line(descriptions.get(f"{HR_DEVICE_DESCR}.{index}")), percent(load))
        for index, load in loads.items()
    )


def percent(value: Value) -> float | None:
    """A load; None for what cannot be one (agents send -1 or 255 for "not known")."""
    number = integer_within(value, 0, 100)
    return None if number is None else float(number)


async def read_memories(session: Session) -> tuple[Memory, ...]:
    """First which entries are memory, then the figures of those alone: a file server lists disks by the hundred."""
    listed = await read_columns(session, HR_STORAGE_ENTRY, (STORAGE_TYPE, STORAGE_DESCR))
    wanted = {index: row for index, row in listed.items() if _is_memory(row) or _is_reclaimable(row)}
    figures = (STORAGE_UNITS, STORAGE_SIZE, STORAGE_USED)
    oids = {(index, column): f"{HR_STORAGE_ENTRY}.{column}.{index}" for index in wanted for column in figures}
    answers = await session.get_many(oids.values()) if oids else {}
    return memories(
        {index: row | {column: answers.get(oids[index, column]) for column in figures} for index, row in wanted.items()}
    )


def memories(table: Rows) -> tuple[Memory, ...]:
    """hrStorageTable, of which only what is memory counts."""
    reclaimable = sum(
        pool.used_bytes or 0 for index, row in table.items() if _is_reclaimable(row) and (pool := _memory(index, row))
    )
    pools = (_memory(index, row) for index, row in table.items() if _is_memory(row) and not _is_share(row))
    return tuple(
        replace(pool, used_bytes=max(0, pool.used_bytes - reclaimable))
        if pool.used_bytes is not None and pool.description.lower() == PHYSICAL
        else pool
        for pool in pools
        if pool is not None
    )


def _is_memory(row: Mapping[int, Value]) -> bool:
    return line(row.get(STORAGE_TYPE)).lstrip(".") in (HR_STORAGE_RAM, HR_STORAGE_VIRTUAL_MEMORY)


def _is_reclaimable(row: Mapping[int, Value]) -> bool:
    return line(row.get(STORAGE_DESCR)).lower() in RECLAIMABLE


def _is_share(row: Mapping[int, Value]) -> bool:
    return line(row.get(STORAGE_DESCR)).lower() in SHARES


def _memory(index: str, row: Mapping[int, Value]) -> Memory | None:
    units, size, used = (integer(row.get(column)) for column in (STORAGE_UNITS, STORAGE_SIZE, STORAGE_USED))
    if not units or not size:
        return None
    # The MIB's 32-bit integers wrap in agents that count beyond 2^31 units.
    used_bytes = None if used is None else (used & 0xFFFFFFFF) * units
    virtual = line(row.get(STORAGE_TYPE)).lstrip(".") == HR_STORAGE_VIRTUAL_MEMORY
    return Memory(index, line(row.get(STORAGE_DESCR)), (size & 0xFFFFFFFF) * units, used_bytes, virtual=virtual)
