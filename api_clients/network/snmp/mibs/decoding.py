"""SNMP values into Python ones. Devices send garbage: nothing here raises on it; the unreadable is None or empty."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from api_clients.network.snmp.values import Value

# C0 and C1 controls except tab and newline, and what latin-1 or UTF-8 decoding of garbage leaves behind.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_LINE_BREAKS = re.compile(r"[\n\t]+")
_MAC_TEXT = re.compile(r"(?:[0-9a-fA-F]{1,2}[: -]){5}[0-9a-fA-F]{1,2}")
_HEX_MAC_TEXT = re.compile(r"[0-9a-fA-F]{12}|(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}")

_HEX_OCTETS = re.compile(rb"(?:[0-9A-Fa-f]{2} ){1,3}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])|[0-9A-Fa-f]{2} $")

# InetAddressType (RFC 4001)
IPV4, IPV6, IPV4Z, IPV6Z = 1, 2, 3, 4


def text(value: Value) -> str:
    """A DisplayString: UTF-8, else latin-1; lines end in a newline; other control characters and outer blanks go."""
    if isinstance(value, bytes):
        try:
            decoded = value.decode()
        except UnicodeDecodeError:
            decoded = value.decode("latin-1")
    else:
        decoded = "" if value is None else str(value)
    return _CONTROLS.sub("", decoded.replace("\r\n", "\n").replace("\r", "\n")).strip()


def line(value: Value) -> str:
    """Text on one line: names and serial numbers."""
    return _LINE_BREAKS.sub(" ", text(value))


def integer(value: Value) -> int | None:
    """A number; some agents send counters and gauges as text."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value)
    number = text(value)
    return int(number) if re.fullmatch(r"[+-]?[0-9]{1,20}", number, re.ASCII) else None


def integer_within(value: Value, low: int, high: int) -> int | None:
    """A number from `low` to `high`; None for any other, which the MIB rules out and no table of ours could keep."""
    number = integer(value)
    return number if number is not None and low <= number <= high else None


def mac(value: Value) -> str | None:
    """A MAC address, lower case with colons; None for anything else and for the all-zero address.

    Some agents (and recordings) send the printed form instead of the six octets.
    """
    if not isinstance(value, bytes):
        return None
    octets = value if len(value) == 6 else _printed_mac(value)
    return octets.hex(":") if octets and any(octets) else None


def _printed_mac(value: bytes) -> bytes | None:
    printed = text(value)
    if _MAC_TEXT.fullmatch(printed):
        return bytes(int(part, 16) for part in re.split("[: -]", printed))
    return bytes.fromhex(printed.replace(".", "")) if _HEX_MAC_TEXT.fullmatch(printed) else None


def address(octets: bytes | Sequence[int]) -> str | None:
    """An IP address from 4 or 16 octets, or 8 or 20 with a zone index (RFC 4001), which is dropped."""
    try:
        raw = bytes(octets)
    except (ValueError, TypeError):
        return None
    if len(raw) in (4, 8):
        return str(ipaddress.IPv4Address(raw[:4]))
    return str(ipaddress.IPv6Address(raw[:16])) if len(raw) in (16, 20) else None


def address_value(value: Value) -> str | None:
    """An IP address sent as a value: IpAddress (which arrives as text), octets, or printed text.

    Four octets are always an address, sixteen may just as well be the characters of a printed one.
    """
    if isinstance(value, bytes) and len(value) == 4:
        return address(value)
    try:
        return str(ipaddress.ip_address(text(value)))
    except ValueError:
        return address(value) if isinstance(value, bytes) and len(value) == 16 else None


def arcs(index: str) -> tuple[int, ...]:
    """The numbers of an OID or index; empty where it is not one."""
    try:
        return tuple(int(arc) for arc in index.strip(".").split(".")) if index else ()
    except ValueError:
        return ()


def inet_address(index: Sequence[int]) -> tuple[str, int] | None:
    """InetAddressType and InetAddress at the start of `index`: the address and how many arcs it took.

    The length arc is mandatory in the MIB, but some agents leave it out.
    """
    if len(index) < 2:
        return None
    size = {IPV4: 4, IPV6: 16, IPV4Z: 8, IPV6Z: 20}.get(index[0])
    if size is None:
        return None
    start = 2 if index[1] == size and len(index) >= size + 2 else 1
    found = address(index[start : start + size]) if len(index) >= start + size else None
    return (found, start + size) if found else None


def prefix_length(netmask: str | None) -> int | None:
    """255.255.255.0 -> 24; None for a mask with holes."""
    try:
        bits = int(ipaddress.IPv4Address(netmask or ""))
    except ValueError:
        return None
    ones = bits.bit_count()
    return ones if bits == (0xFFFFFFFF << (32 - ones)) & 0xFFFFFFFF else None


def bits(value: Value, names: Sequence[str]) -> tuple[str, ...]:
    """SMI BITS: bit 0 is the highest bit of the first octet. Some agents send the octets printed ("28 00")."""
    raw = value if isinstance(value, bytes) else b""
    if printed := _HEX_OCTETS.match(raw):
        raw = bytes.fromhex(printed[0].decode())
    return tuple(
        name for place, name in enumerate(names) if place // 8 < len(raw) and raw[place // 8] & (0x80 >> place % 8)
    )
