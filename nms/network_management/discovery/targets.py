"""What a discovery is asked to look at: CIDR ranges, address ranges and single addresses, IPv4 and IPv6.

Pure: text in, merged ranges out. Knows nothing of the network; sizes are computed, never enumerated, so that a
mistyped /8 costs nothing before it is refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TargetInvalid(ValueError):
    """A target cannot be looked at; the message names it, says why and what would do."""


@dataclass(frozen=True, slots=True)
class AddressRange:
    """All addresses from `first` to `last`, both included; `text` is what the operator typed."""

    first: Address
    last: Address
    text: str

    @property
    def size(self) -> int:
        return int(self.last) - int(self.first) + 1

    @property
    def version(self) -> int:
        return self.first.version

    def __iter__(self) -> Iterator[Address]:
        kind = type(self.first)
        return (kind(number) for number in range(int(self.first), int(self.last) + 1))


class Scope:
    """The ranges that an administrator allows discovery to touch."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)
        self._merged = merge(AddressRange(net.network_address, net.broadcast_address, str(net)) for net in networks)

    def covers(self, wanted: AddressRange) -> bool:
        return any(
            allowed.version == wanted.version and allowed.first <= wanted.first and wanted.last <= allowed.last  # type: ignore[operator] # same version
            for allowed in self._merged
        )

    def __contains__(self, address: Address) -> bool:
        return self.covers(AddressRange(address, address, str(address)))

    def __str__(self) -> str:
        return ", ".join(str(network) for network in self._networks) or "none"


def parse_address(text: str) -> Address:
    """Return one unicast address, an IPv4-mapped IPv6 address as the IPv4 address it stands for."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        raise TargetInvalid(_not_a_target(text)) from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            raise TargetInvalid(f"{text} names an interface (%{address.scope_id}); give the address without it")
        address = address.ipv4_mapped or address
    if address.is_multicast or address.is_unspecified or address == ipaddress.IPv4Address("255.255.255.255"):
        raise TargetInvalid(f"{text} is not the address of one device; give a unicast address")
    return address


def parse_target(text: str) -> AddressRange:
    """Parse `10.0.0.0/24`, `10.0.0.1-10.0.0.20`, `10.0.0.1-20`, `10.0.0.1` or their IPv6 forms.

    A CIDR range stands for its hosts: without network and broadcast address (IPv6: without the subnet-router
    anycast address), except where the prefix is so long that all are hosts (/31, /32, /127, /128).
    """
    text = text.strip()
    if "/" in text:
        return _parse_network(text)
    if "-" in text:
        return _parse_range(text)
    address = parse_address(text)
    return AddressRange(address, address, text)


def merge(ranges: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """Return the same addresses as few ranges, ascending, IPv4 first, overlaps and neighbours joined."""
    merged: list[AddressRange] = []
    for current in sorted(ranges, key=lambda item: (item.version, int(item.first), int(item.last))):
        previous = merged[-1] if merged else None
        if previous and previous.version == current.version and int(current.first) <= int(previous.last) + 1:
            last = previous.last if int(previous.last) >= int(current.last) else current.last
            merged[-1] = AddressRange(previous.first, last, previous.text)
        else:
            merged.append(current)
    return tuple(merged)


def check_targets(texts: Sequence[str], *, scope: Scope, max_addresses: int) -> tuple[AddressRange, ...]:
    """Parse all of `texts` and return them merged. Raises TargetInvalid with every fault found, one a line."""
    ranges, faults = [], []
    for text in texts:
        try:
            parsed = parse_target(text)
            _refuse_oversize(parsed.text, parsed.size, max_addresses)
            if not scope.covers(parsed):
                raise TargetInvalid(f"{text} is outside the ranges that discovery may touch: {scope}")  # noqa: TRY301 # collected with the others
            ranges.append(parsed)
        except TargetInvalid as fault:
            faults.append(str(fault))
    if faults:
        raise TargetInvalid("\n".join(faults))
    merged = merge(ranges)
    _refuse_oversize("the targets together", sum(part.size for part in merged), max_addresses)
    return merged


def _refuse_oversize(what: str, size: int, max_addresses: int) -> None:
    if size > max_addresses:
        cover = "cover" if what.startswith("the targets") else "covers"
        raise TargetInvalid(
            f"{what} {cover} {size:,} addresses, more than the {max_addresses:,} that one discovery may cover; "
            "give smaller ranges, or raise NMS_DISCOVERY_MAX_ADDRESSES"
        )


def _parse_network(text: str) -> AddressRange:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise TargetInvalid(_not_a_target(text)) from None
    if network.is_multicast:
        raise TargetInvalid(f"{text} is a multicast range; give a range of unicast addresses")
    first, last = network.network_address, network.broadcast_address
    if network.max_prefixlen - network.prefixlen > 1:
        first += 1
        if network.version == 4:
            last -= 1
    return AddressRange(first, last, text)


def _parse_range(text: str) -> AddressRange:
    left, _, right = (part.strip() for part in text.partition("-"))
    if right.isascii() and right.isdigit() and "." in left:
        right = f"{left.rpartition('.')[0]}.{right}"
    if not (_is_address(left) and _is_address(right)):
        raise TargetInvalid(_not_a_target(text))
    first, last = parse_address(left), parse_address(right)
    if first.version != last.version:
        raise TargetInvalid(f"{text} begins with IPv{first.version} and ends with IPv{last.version}; use one of them")
    if int(last) < int(first):
        raise TargetInvalid(f"{text} ends before it begins; swap its ends")
    return AddressRange(first, last, text)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _not_a_target(text: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    return (
        f"{shown!r} is neither an address nor a range; "
        "give something like 10.0.0.1, 10.0.0.0/24, 10.0.0.1-10.0.0.20 or 2001:db8::1"
    )
