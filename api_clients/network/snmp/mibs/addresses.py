"""IP addresses: IP-MIB's ipAddressTable (RFC 4293) and ipAddrTable (RFC 1213), and the older IPv6 tables.

Agents serve any mix of them, so all are read and merged: the first table that knows an address's prefix wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from api_clients.network.snmp.mibs.decoding import (
    address,
    address_value,
    arcs,
    inet_address,
    integer,
    integer_within,
    line,
    prefix_length,
)
from api_clients.network.snmp.mibs.tables import Rows, Session, read_columns, read_table, together
from api_clients.network.snmp.values import InterfaceAddress

IP_ADDRESS_ENTRY = "1.3.6.1.2.1.4.34.1"  # ipAddressTable
CISCO_IP_ADDRESS_ENTRY = "1.3.6.1.4.1.9.10.86.1.1.2.1"  # CISCO-IETF-IP-MIB, a draft of the above
IF_INDEX, ADDRESS_TYPE, PREFIX = 3, 4, 5
BROADCAST = 3

IP_ADDR_ENTRY = "1.3.6.1.2.1.4.20.1"  # ipAddrTable
IP_ADDR_IF_INDEX, IP_ADDR_NET_MASK = 2, 3

IPV6_ADDR_ENTRY = "1.3.6.1.2.1.55.1.8.1"  # IPV6-MIB (RFC 2465)
IPV6_ADDR_PREFIX_LENGTH = 2

CISCO = "1.3.6.1.4.1.9."


class _Key(NamedTuple):
    if_index: int
    address: str


async def read_addresses(session: Session, object_id: str = "") -> tuple[InterfaceAddress, ...]:
    """`object_id` is the device's sysObjectID: it says whether a vendor's table is worth asking for."""
    modern, old = await together(
        read_columns(session, IP_ADDRESS_ENTRY, (IF_INDEX, ADDRESS_TYPE, PREFIX)),
        read_columns(session, IP_ADDR_ENTRY, (IP_ADDR_IF_INDEX, IP_ADDR_NET_MASK)),
    )
    found = [*inet_addresses(modern), *ipv4_addresses(old)]
    if not any(":" in one.address for one in found):
        found += ipv6_addresses(await read_table(session, IPV6_ADDR_ENTRY))
        if object_id.startswith(CISCO):
            found += inet_addresses(
                await read_columns(session, CISCO_IP_ADDRESS_ENTRY, (IF_INDEX, ADDRESS_TYPE, PREFIX))
            )
    return merge(found)


def inet_addresses(table: Rows) -> list[InterfaceAddress]:
    """ipAddressTable: the address is the index, the prefix length the last arc of the prefix's row pointer.

    Broadcast addresses, which the table also lists, are left out.
    """
    found = []
    for index, row in table.items():
        decoded = inet_address(arcs(index))
        if_index = integer(row.get(IF_INDEX))
        if decoded is None or if_index is None or integer(row.get(ADDRESS_TYPE)) == BROADCAST:
            continue
        found.append(InterfaceAddress(if_index, decoded[0], _pointed_prefix(line(row.get(PREFIX)), decoded[0])))
    return found


def _pointed_prefix(pointer: str, of: str) -> int | None:
    """ipAddressPrefixOrigin.<ifIndex>.<type>.<length>.<octets>.<prefix length>; 0.0 where there is none.

    Length 0 is what some agents send for "not known": no interface holds an address of 0.0.0.0/0.
    """
    numbers = arcs(pointer)
    longest = 128 if ":" in of else 32
    octets = longest // 8
    return numbers[-1] if len(numbers) > octets and 0 < numbers[-1] <= longest else None


def ipv4_addresses(table: Rows) -> list[InterfaceAddress]:
    """ipAddrTable, indexed by the address."""
    found = []
    for index, row in table.items():
        # Some agents number several equal addresses with a fifth arc.
        of, if_index = address(arcs(index)[:4]), integer(row.get(IP_ADDR_IF_INDEX))
        if of and if_index is not None and "." in of:
            mask = prefix_length(address_value(row.get(IP_ADDR_NET_MASK)))
            found.append(InterfaceAddress(if_index, of, mask or None))  # 0.0.0.0: not known, as above
    return found


def ipv6_addresses(table: Rows) -> list[InterfaceAddress]:
    """IPV6-MIB, indexed by ifIndex and sixteen octets (some agents put their number before them)."""
    found = []
    for index, row in table.items():
        numbers = arcs(index)
        of = address(numbers[-16:]) if len(numbers) in (17, 18) else None
        if of:
            found.append(InterfaceAddress(numbers[0], of, integer_within(row.get(IPV6_ADDR_PREFIX_LENGTH), 1, 128)))
    return found


def merge(found: Iterable[InterfaceAddress]) -> tuple[InterfaceAddress, ...]:
    """One entry for each interface and address, in order of first appearance; a known prefix length beats None."""
    merged: dict[_Key, InterfaceAddress] = {}
    for one in found:
        key = _Key(one.if_index, one.address)
        known = merged.get(key)
        if known is None or known.prefix_length is None:
            merged[key] = one
    return tuple(merged.values())
