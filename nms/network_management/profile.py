"""What discovery hands to the inventory: one device as its agent described it."""

from __future__ import annotations

from dataclasses import dataclass

from api_clients.network.snmp.values import SnmpProfile, SnmpTarget


@dataclass(frozen=True, slots=True)
class Identification:
    """What the device is. Empty text means unknown; `os` is a lower-case word such as ios, junos, routeros, linux."""

    vendor: str = ""
    os: str = ""
    model: str = ""
    version: str = ""
    serial: str = ""
    role: str = ""  # router, switch, firewall, wireless, server... (docs/identification.md); "" where nothing tells


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """One reachable agent: where it answered, with which stored credential, what it is and what it said."""

    target: SnmpTarget
    credential_id: int | None
    identification: Identification
    snmp: SnmpProfile
