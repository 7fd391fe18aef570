"""The values that cross the border of the console client: where to ask, as whom, and what a device said of itself.

All frozen. IP addresses are `ipaddress` text in canonical form, MAC addresses lower-case with colons, times in
seconds. What the device does not say is None or empty, never invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Protocol = Literal["telnet", "raw"]  # raw: a TCP console whose bytes are all data
Status = Literal["up", "down", "unknown"]
ConfigurationKind = Literal["running", "startup"]


@dataclass(frozen=True, slots=True)
class ConsoleTarget:
    """A console; `device_type` is what is known of the device, from GNS3's words or ours: vpcs, dynamips, iou,
    docker, qemu, cisco, linux, mikrotik... Where it says nothing, the prompt decides.
    """

    host: str
    port: int
    device_type: str = ""
    protocol: Protocol = "telnet"

    @property
    def where(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Login:
    """For consoles that ask: a user and password, a password alone (Cisco's line password), and for `enable`."""

    username: str = ""
    password: str = field(default="", repr=False)
    enable_password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 or IPv6 address of an interface; prefix_length None where the device does not say."""

    address: str
    prefix_length: int | None = None

    def __str__(self) -> str:
        return self.address if self.prefix_length is None else f"{self.address}/{self.prefix_length}"


@dataclass(frozen=True, slots=True)
class ConsoleInterface:
    """An interface in the device's own words. `status` is whether traffic can pass; unknown where it is not told."""

    name: str
    mac: str | None = None
    addresses: tuple[Address, ...] = ()
    status: Status = "unknown"
    description: str = ""


@dataclass(frozen=True, slots=True)
class ArpEntry:
    """A neighbour's address and MAC (ARP, or IPv6's neighbour discovery); interface "" where it is not told."""

    address: str
    mac: str
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A row of the routing table; `network` as 10.0.0.0/24, gateway None where it is connected."""

    network: str
    gateway: str | None = None
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Ping:
    """What the device's own ping found; times of those that came back, in seconds, None where the device hides them."""

    address: str
    sent: int
    received: int
    rtt_min_seconds: float | None = None
    rtt_avg_seconds: float | None = None
    rtt_max_seconds: float | None = None

    @property
    def success(self) -> bool:
        return self.received > 0


@dataclass(frozen=True, slots=True)
class Neighbor:
    """What the device hears on one of its interfaces over CDP, LLDP or MikroTik's discovery."""

    protocol: Literal["cdp", "lldp", "mndp"]
    local_interface: str
    name: str
    interface: str
    addresses: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """Who the device is; `operating_system` such as "Cisco IOS", "RouterOS", "Linux", "VPCS"."""

    hostname: str
    operating_system: str = ""
    version: str = ""
    model: str = ""
    serial: str = ""
    uptime: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration with its secrets masked; there is no way to the unmasked text."""

    kind: ConfigurationKind
    text: str = field(repr=False)
    masked: int = 0
