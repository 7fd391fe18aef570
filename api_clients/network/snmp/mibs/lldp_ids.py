"""Chassis and port IDs of LLDP as text, by their subtype (LldpChassisIdSubtype, LldpPortIdSubtype of IEEE 802.1AB).

A MAC address is rendered with colons, a network address as an address, everything else as text. Two views of one
device are matched on these renderings, so agents that print a MAC where octets belong get the same form.
"""

from __future__ import annotations

from collections.abc import Sequence

from api_clients.network.snmp.mibs.decoding import address, address_value, integer_within, line, mac
from api_clients.network.snmp.values import Value

CHASSIS_MAC_ADDRESS, CHASSIS_NETWORK_ADDRESS = 4, 5
PORT_MAC_ADDRESS, PORT_NETWORK_ADDRESS = 3, 4
ADDRESS_FAMILY_SIZES = {1: 4, 2: 16}  # IANA address family numbers: IPv4, IPv6


def id_subtype(value: Value) -> int:
    """A subtype is one octet of the protocol; 0, which is reserved, for what is none."""
    return integer_within(value, 0, 255) or 0


def chassis_id(subtype: int, value: Value) -> str:
    if subtype == CHASSIS_MAC_ADDRESS:
        return mac(value) or _octets(value)
    if subtype == CHASSIS_NETWORK_ADDRESS:
        return _network_address(value) or _octets(value)
    return _octets(value)


def port_id(subtype: int, value: Value) -> str:
    if subtype == PORT_MAC_ADDRESS:
        return mac(value) or _octets(value)
    if subtype == PORT_NETWORK_ADDRESS:
        return _network_address(value) or _octets(value)
    return _octets(value)


def _network_address(value: Value) -> str | None:
    """The first octet is the address family; some agents leave it out."""
    if not isinstance(value, bytes):
        return None
    if value and ADDRESS_FAMILY_SIZES.get(value[0]) == len(value) - 1:
        return address(value[1:])
    return address_value(value)


def _octets(value: Value) -> str:
    """Text where it is text; octets that are none (a MAC under the subtype `local`, say) as hex with colons."""
    if isinstance(value, bytes) and not _printable(value):
        return value.hex(":")
    return line(value)


def _printable(value: bytes) -> bool:
    """A terminating NUL, which some agents send along, does not count against text."""
    try:
        return value.rstrip(b"\x00").decode().replace("\t", " ").replace("\n", " ").replace("\r", " ").isprintable()
    except UnicodeDecodeError:
        return False


def management_address(index: Sequence[int]) -> str | None:
    """Address family, length and octets at the start of what follows in a management table's index.

    The length is mandatory, some agents leave it out. Addresses that are not IP (a MAC address, often) are None.
    """
    if not index or (size := ADDRESS_FAMILY_SIZES.get(index[0])) is None:
        return None
    start = 2 if len(index) >= size + 2 and index[1] == size else 1
    return address(index[start : start + size]) if len(index) >= start + size else None
