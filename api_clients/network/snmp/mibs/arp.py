"""Neighbours on the wire: ipNetToMediaTable (RFC 1213) and ipNetToPhysicalTable (RFC 4293, also IPv6)."""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.network.snmp.mibs.decoding import address, arcs, inet_address, mac
from api_clients.network.snmp.mibs.tables import Session, read_column, together
from api_clients.network.snmp.values import ArpEntry, Value

# The physical address alone: interface and IP address are the index.
IP_NET_TO_MEDIA_PHYS_ADDRESS = "1.3.6.1.2.1.4.22.1.2"
IP_NET_TO_PHYSICAL_PHYS_ADDRESS = "1.3.6.1.2.1.4.35.1.4"
LIMIT = 20_000  # entries of each table; a broadband gateway has hundreds of thousands


async def read_arp(session: Session) -> tuple[ArpEntry, ...]:
    media, physical = await together(
        read_column(session, IP_NET_TO_MEDIA_PHYS_ADDRESS, stop_after=LIMIT),
        read_column(session, IP_NET_TO_PHYSICAL_PHYS_ADDRESS, stop_after=LIMIT),
    )
    return arp(media, physical)


def arp(media: Mapping[str, Value], physical: Mapping[str, Value]) -> tuple[ArpEntry, ...]:
    """Both tables as one, each entry once; incomplete ones (no MAC address) are left out."""
    entries: dict[ArpEntry, None] = {}
    for index, value in media.items():
        numbers = arcs(index)
        _add(entries, numbers[:1], address(numbers[1:5]), value)
    for index, value in physical.items():
        numbers = arcs(index)
        decoded = inet_address(numbers[1:])
        _add(entries, numbers[:1], decoded[0] if decoded else None, value)
    return tuple(entries)


def _add(entries: dict[ArpEntry, None], if_index: tuple[int, ...], of: str | None, phys_address: Value) -> None:
    station = mac(phys_address)
    if if_index and of and station:
        entries[ArpEntry(if_index[0], of, station)] = None
