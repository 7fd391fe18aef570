"""Which addresses the lab uses: loopback for the agents, 10.0.0.0/8 for what the devices say of their networks."""

from __future__ import annotations

import ipaddress

_LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
_LINKS = int(ipaddress.IPv4Address("10.255.0.0"))


def agent_addresses(base: str, count: int) -> list[str]:
    """`count` loopback addresses from `base` on, leaving out .0 and .255 of every /24, which sweeps take for networks.

    Raises ValueError for a base that is no loopback address, or leaves too little room.
    """
    try:
        first = ipaddress.IPv4Address(base)
    except ValueError:
        raise ValueError(f"The base address must be IPv4, such as 127.10.0.1; got {base}") from None
    if first not in _LOOPBACK:
        raise ValueError(f"The base address must lie in {_LOOPBACK}, which never leaves the machine; got {base}")
    found: list[str] = []
    number = int(first)
    while len(found) < count:
        if number >= int(_LOOPBACK.broadcast_address):
            raise ValueError(f"{count} devices do not fit between {base} and {_LOOPBACK.broadcast_address}")
        if number & 0xFF not in (0, 255):
            found.append(str(ipaddress.IPv4Address(number)))
        number += 1
    return found


class AddressPlan:
    """Hands out the addresses on cables and VLANs; pods have 10.<pod>.0.0/16."""

    def __init__(self) -> None:
        self._next_link = _LINKS

    def next_link(self) -> tuple[str, str]:
        """Both ends of a new /31."""
        left, self._next_link = self._next_link, self._next_link + 2
        return str(ipaddress.IPv4Address(left)), str(ipaddress.IPv4Address(left + 1))

    def gateway(self, pod: int, pair: int, vlan: int, place: int) -> tuple[str, int]:
        return f"10.{pod}.{vlan + pair}.{place + 2}", 24

    def server(self, pod: int, pair: int, number: int) -> tuple[str, int]:
        return f"10.{pod}.{20 + pair}.{number + 10}", 24
