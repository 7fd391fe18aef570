"""What probing found out, frozen. Round-trip times in seconds; addresses as they were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["icmp", "icmp-raw", "tcp"]
PortState = Literal["open", "closed", "filtered"]


@dataclass(frozen=True, slots=True)
class Echo:
    """Whether a host answers, and how that was asked.

    `method` icmp is an echo over the kernel's unprivileged socket, icmp-raw the same as root, tcp a connection
    to `port`, accepted or refused, where this process may do neither. `reason` says why a host that did not
    answer counts as silent.
    """

    address: str
    method: Method
    alive: bool
    rtt_seconds: float | None = None
    attempts: int = 1
    port: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PortProbe:
    """One TCP port: open (accepted), closed (refused), filtered (silence, or a router said no)."""

    address: str
    port: int
    state: PortState
    rtt_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One router on the way; address None where nobody answered at this distance."""

    distance: int
    address: str | None
    rtt_seconds: float | None


@dataclass(frozen=True, slots=True)
class Route:
    """The way to an address; `reached` tells whether the last hop is the address itself."""

    address: str
    method: Literal["icmp-raw", "udp"]
    reached: bool
    hops: tuple[Hop, ...]
