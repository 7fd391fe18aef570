"""Processor and memory of UCD-SNMP-MIB, for net-snmp agents built without HOST-RESOURCES-MIB."""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.network.snmp.mibs.decoding import integer
from api_clients.network.snmp.mibs.host_resources import percent
from api_clients.network.snmp.mibs.tables import Session
from api_clients.network.snmp.values import Memory, Processor, Value

SS_CPU_IDLE = "1.3.6.1.4.1.2021.11.11.0"
MEM_TOTAL_SWAP, MEM_AVAIL_SWAP = "1.3.6.1.4.1.2021.4.3.0", "1.3.6.1.4.1.2021.4.4.0"
MEM_TOTAL_REAL, MEM_AVAIL_REAL = "1.3.6.1.4.1.2021.4.5.0", "1.3.6.1.4.1.2021.4.6.0"
MEM_BUFFER, MEM_CACHED = "1.3.6.1.4.1.2021.4.14.0", "1.3.6.1.4.1.2021.4.15.0"
MEMORY_SCALARS = (MEM_TOTAL_SWAP, MEM_AVAIL_SWAP, MEM_TOTAL_REAL, MEM_AVAIL_REAL, MEM_BUFFER, MEM_CACHED)


async def read_processors(session: Session) -> tuple[Processor, ...]:
    return processors(await session.get_many([SS_CPU_IDLE]))


def processors(answers: Mapping[str, Value]) -> tuple[Processor, ...]:
    idle = percent(answers.get(SS_CPU_IDLE))
    return () if idle is None else (Processor("0", "all processors", 100 - idle),)


async def read_memories(session: Session) -> tuple[Memory, ...]:
    return memories(await session.get_many(MEMORY_SCALARS))


def memories(answers: Mapping[str, Value]) -> tuple[Memory, ...]:
    """Kilobytes; what buffers and cache hold is free for the asking and does not count as used."""
    kilobytes = {oid: integer(answers.get(oid)) for oid in MEMORY_SCALARS}
    reclaimable = (kilobytes[MEM_BUFFER] or 0) + (kilobytes[MEM_CACHED] or 0)
    pools = (
        ("real", "Physical memory", MEM_TOTAL_REAL, MEM_AVAIL_REAL, reclaimable),
        ("swap", "Swap space", MEM_TOTAL_SWAP, MEM_AVAIL_SWAP, 0),
    )
    return tuple(
        _memory(index, description, total, kilobytes[available_oid], free_too)
        for index, description, total_oid, available_oid, free_too in pools
        if (total := kilobytes[total_oid])
    )


def _memory(index: str, description: str, total: int, available: int | None, reclaimable: int) -> Memory:
    used = None if available is None else max(0, total - available - reclaimable) * 1024
    return Memory(index, description, total * 1024, used, virtual=index == "swap")
