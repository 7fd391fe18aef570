"""Hosts to look at, as people write them (addresses, ranges, names), inside the ranges that an administrator allows.

Sizes are computed and never enumerated before they are known to be small: a mistyped /8 costs nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class HostsInvalid(ValueError):
    """`index` is that of the entry which cannot be looked at; the text says why and what would do."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


@dataclass(frozen=True, slots=True)
class Host:
    """`name` is what the operator wrote, where that was a name."""

    address: Address
    name: str = ""


def hosts_of(
    entries: Sequence[str],
    *,
    allowed: Sequence[Network],
    most: int,
    resolve: Callable[[str], Sequence[str]] | None,
) -> list[Host]:
    """Every host once. `resolve` gives the addresses of a name, and raises OSError; without it names are checked by
    their form and left out. Raises HostsInvalid.
    """
    found: dict[Address, Host] = {}
    for index, entry in enumerate(entries):
        try:
            for host in _hosts(entry.strip(), allowed, most, resolve):
                found.setdefault(host.address, host)
        except ValueError as error:
            raise HostsInvalid(str(error), index) from None
        if len(found) > most:
            raise HostsInvalid(f"these are more than {most} hosts; look at fewer at once", index)
    return list(found.values())


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in allowed)


def _hosts(
    entry: str, allowed: Sequence[Network], most: int, resolve: Callable[[str], Sequence[str]] | None
) -> Iterator[Host]:
    named = _range(entry)
    if named is None:
        _check_name(entry)
        if resolve is not None:
            yield _resolved(entry, allowed, resolve)
        return
    first, last = named
    if int(last) - int(first) + 1 > most:
        raise ValueError(f"{entry} is more than {most} hosts; look at fewer at once")
    for number in range(int(first), int(last) + 1):
        address = type(first)(number)
        _check(address, entry, allowed)
        yield Host(address)


def _range(entry: str) -> tuple[Address, Address] | None:
    """First and last of an address, a network in CIDR, or first-last; None for a name."""
    is_name = bool(entry) and "/" not in entry and ":" not in entry and not entry[0].isdigit()
    if is_name:
        return None
    try:
        first, last = _ends(entry)
    except ValueError:
        raise ValueError(_not_a_host(entry)) from None
    if type(first) is not type(last) or int(first) > int(last):
        raise ValueError(_not_a_host(entry))
    return first, last


def _not_a_host(entry: str) -> str:
    wanted = "an address, a network (10.0.0.0/24), a range (10.0.0.1-20) or a name"
    return f"{entry[:100]!r} is no host: write {wanted}"


def _ends(entry: str) -> tuple[Address, Address]:
    if "/" in entry:
        network = ipaddress.ip_network(entry)
        skip = 1 if network.version == 4 and network.num_addresses > 2 else 0  # its own address and the broadcast
        return network.network_address + skip, network.broadcast_address - skip
    begin, _, end = entry.partition("-")
    first = ipaddress.ip_address(begin)
    if not end:
        return first, first
    return first, ipaddress.ip_address(end if "." in end or ":" in end else f"{begin.rpartition('.')[0]}.{end}")


def _check_name(name: str) -> None:
    if len(name) > 253 or not all(part and part.replace("-", "").isalnum() for part in name.rstrip(".").split(".")):
        raise ValueError(f"{name[:100]!r} is no name of a host")


def _resolved(name: str, allowed: Sequence[Network], resolve: Callable[[str], Sequence[str]]) -> Host:
    try:
        addresses = [ipaddress.ip_address(text) for text in resolve(name)]
    except (OSError, UnicodeError):
        raise ValueError(f"the name {name} is not known") from None
    if not addresses:
        raise ValueError(f"the name {name} has no address")
    for address in addresses:
        _check(address, name, allowed)
    return Host(addresses[0], name)


def _check(address: Address, entry: str, allowed: Sequence[Network]) -> None:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_multicast or address.is_unspecified:
        raise ValueError(f"{entry} is not the address of a host")
    if not is_allowed(address, allowed):
        raise ValueError(
            f"{entry} is outside of the ranges that are allowed (NMS_DISCOVERY_RANGES): {_listed(allowed)}"
        )


def _listed(allowed: Sequence[Network]) -> str:
    return ", ".join(map(str, allowed)) or "none"
