"""Processors and memory: the vendor's MIB, HOST-RESOURCES-MIB, UCD-SNMP-MIB, the first that has them.

The vendor's comes first because equipment that is a Linux inside often shows the host's view of a shared processor.
"""

from __future__ import annotations

from api_clients.network.snmp.mibs import host_resources, ucd, vendor_resources
from api_clients.network.snmp.mibs.tables import Session
from api_clients.network.snmp.values import Memory, Processor


async def read_processors(session: Session, object_id: str) -> tuple[Processor, ...]:
    return (
        await vendor_resources.read_processors(session, object_id)
        or await host_resources.read_processors(session)
        or await ucd.read_processors(session)
    )


async def read_memories(session: Session, object_id: str) -> tuple[Memory, ...]:
    return (
        await vendor_resources.read_memories(session, object_id)
        or await host_resources.read_memories(session)
        or await ucd.read_memories(session)
    )
