"""What the steps of a discovery hand to each other. Frozen, no I/O.

Addresses are `ipaddress` text in canonical form, MACs lower-case with colons; an interface is the name of a GNS3 port
where one fits, else the device's own word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from api_clients.network.console.values import ConsoleInterface, Ping

Source = Literal["console", "startup", "arp", "dhcp", "earlier"]
Belongs = Literal["confirmed", "unconfirmed", "contradicted"]
Proof = Literal["console", "mac", "sysname"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says that the node has the address."""

    node_id: str
    address: str
    source: Source
    interface: str = ""
    prefix_length: int | None = None
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a node's console shows of its neighbourhood: the address answered with the MAC."""

    seen_by: str  # node id
    address: str
    mac: str
    source: Literal["arp", "dhcp"] = "arp"


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address of a node, and whether it really is that node's. `reason` is for people, where it is in doubt;
    `remark` names other nodes that have it too."""

    address: str
    interface: str
    prefix_length: int | None
    mac: str
    sources: tuple[Source, ...]
    belongs: Belongs
    proofs: tuple[Proof, ...] = ()
    reason: str = ""
    remark: str = ""

    @property
    def with_prefix(self) -> str:
        return self.address if self.prefix_length is None else f"{self.address}/{self.prefix_length}"


@dataclass(frozen=True, slots=True)
class StartupFile:
    """A startup configuration as the node keeps it; `text` has its secrets masked."""

    path: str
    text: str = field(repr=False)
    masked: int
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ConsoleAnswer:
    """What a console said when it was asked who it is; `interfaces` is None where that could not be read."""

    dialect: str
    hostname: str
    interfaces: tuple[ConsoleInterface, ...] | None
    running: str | None = field(repr=False)
    running_masked: int
    startup: str | None = field(default=None, repr=False)
    system: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)  # by question
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What a console said of others: pings from it, its ARP table, leases it gave. `why_no_pings` is for people."""

    pings: tuple[Ping, ...] = ()
    observations: tuple[Observation, ...] = ()
    problems: Mapping[str, Problem] = field(default_factory=dict)
    why_no_pings: str = ""


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """What an SNMP agent said that is proven to be the node's; see contracts of network_management."""

    address: str
    device_id: int
    outcome: str
    system_name: str
    uptime_seconds: float | None
    serial: str
    credential_kind: str
    performance: Mapping[str, Any]
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether an address answers an echo, and who asked."""

    address: str
    success: bool
    response_time_ms: float | None
    asked_from: Literal["hub", "console"]
