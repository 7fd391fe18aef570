"""What one discovery works with, resolved and checked: the pipeline's only input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from api_clients.network.snmp.values import Credential
from nms.network_management.discovery.targets import AddressRange, Scope


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A credential and the inventory's id of it (None: given for this discovery alone)."""

    id: int | None
    credential: Credential


@dataclass(frozen=True, slots=True)
class Limits:
    """What one discovery may take of the network and of this machine, whatever it was asked to look at."""

    packets_per_second: int = 4000
    addresses_at_once: int = 8192  # swept together; memory is bounded by this, not by the size of the ranges
    logins_at_once: int = 128
    profiles_at_once: int = 64
    seconds_per_device: float = 120.0
    boxes_remembered: int = 512  # whose profile stands ready for a further address of the same box


@dataclass(frozen=True, slots=True)
class Plan:
    """`credentials` are tried in order; `remembered` maps an address to the position of the one that worked last.

    `known_chassis` maps the chassis MAC of known devices to where they are managed: for neighbours that announce no
    address of their own.
    """

    ranges: tuple[AddressRange, ...]
    credentials: tuple[StoredCredential, ...]
    scope: Scope
    port: int = 161
    crawl_depth: int = 0
    max_addresses: int = 65536
    timeout_seconds: float = 1.0
    retries: int = 1
    named: frozenset[str] = frozenset()
    remembered: Mapping[str, int] = field(default_factory=dict)
    known_chassis: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
