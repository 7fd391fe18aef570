"""Addresses that startup configurations set. Pure: text in, what it configures out; what cannot be read is left out.

Addresses that a device is to ask for (`ip dhcp`, `ip address dhcp`) are none here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from api_clients.network.console.addressing import address_with_prefix

VPCS_INTERFACE = "eth0"

_IOS_INTERFACE = re.compile(r"^interface\s+(?P<name>\S+(?: \d\S*)?)\s*$", re.IGNORECASE)
_IOS_IPV4 = re.compile(r"^\s+ip address\s+(?P<address>\d[\d.]+)\s+(?P<mask>\d[\d.]+)(?P<secondary> secondary)?\s*$")
_IOS_IPV6 = re.compile(r"^\s+ipv6 address\s+(?P<address>[0-9a-fA-F:]+/\d{1,3})\b")
_IFACE = re.compile(r"^\s*iface\s+(?P<name>\S+)\s+inet6?\s+(?P<method>\S+)")


@dataclass(frozen=True, slots=True)
class Configured:
    interface: str
    address: str
    prefix_length: int | None


def of_vpcs(text: str) -> list[Configured]:
    """`ip 10.0.0.1/24 10.0.0.254`, `ip 10.0.0.1 10.0.0.254 24`, `ip 10.0.0.1 255.255.255.0`, `ip 2001:db8::1/64`.

    The last IPv4 address counts, and the last IPv6 one: VPCS has one of each.
    """
    found: dict[int, Configured] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "ip" and (one := _vpcs_address(words[1], words[2:])) is not None:
            found[6 if ":" in one.address else 4] = one
    return list(found.values())


def of_ios(text: str) -> list[Configured]:
    """`ip address A MASK [secondary]` and `ipv6 address X/len` below each interface."""
    found: list[Configured] = []
    interface = ""
    for line in text.splitlines():
        if (named := _IOS_INTERFACE.match(line)) is not None:
            interface = named["name"].replace(" ", "")
        elif line and not line[0].isspace():
            interface = ""
        elif interface and (ipv4 := _IOS_IPV4.match(line)) is not None:
            found.extend(_configured(interface, ipv4["address"], ipv4["mask"]))
        elif interface and (ipv6 := _IOS_IPV6.match(line)) is not None:
            found.extend(_configured(interface, ipv6["address"]))
    return found


def of_interfaces_file(text: str) -> list[Configured]:
    """Debian's /etc/network/interfaces: `iface eth0 inet static` with `address` and `netmask`."""
    found: list[Configured] = []
    interface, address, mask = "", "", ""
    for line in [*text.splitlines(), "iface end inet end"]:
        words = line.split("#", 1)[0].split()
        if (begun := _IFACE.match(line)) is not None:
            if interface and address:
                found.extend(_configured(interface, address, mask))
            interface, address, mask = (begun["name"] if begun["method"] == "static" else ""), "", ""
        elif len(words) >= 2 and words[0] == "address":
            address = words[1]
        elif len(words) >= 2 and words[0] == "netmask":
            mask = words[1]
    return found


def _vpcs_address(first: str, rest: list[str]) -> Configured | None:
    if first in {"dhcp", "auto"} or (not first[0].isdigit() and ":" not in first):
        return None
    mask = next((word.lstrip("/") for word in rest if _is_mask(word.lstrip("/"))), "")
    return next(_configured(VPCS_INTERFACE, first, "" if "/" in first else mask), None)


def _is_mask(word: str) -> bool:
    """A prefix length, or a dotted netmask; a gateway is neither."""
    if word.isdigit():
        return int(word) <= 32
    try:
        ipaddress.IPv4Network(f"0.0.0.0/{word}")
    except ValueError:
        return False
    return word.startswith("255.")


def _configured(interface: str, address: str, mask: str = "") -> Iterator[Configured]:
    try:
        found = address_with_prefix(address, mask or None)
    except ValueError:
        return
    if not ipaddress.ip_address(found.address).is_unspecified:
        yield Configured(interface, found.address, found.prefix_length)
