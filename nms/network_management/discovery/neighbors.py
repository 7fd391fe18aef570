"""From what a device hears on its ports to addresses that can be asked.

Pure. A neighbour's management addresses come first; without one, an address that LLDP used as chassis or port ID;
without that, whoever the ARP tables read so far know by the MAC of the neighbour's chassis or port.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from api_clients.network.snmp.values import Neighbor, SnmpProfile

_CHASSIS_MAC, _CHASSIS_NETWORK_ADDRESS = 4, 5  # LldpChassisIdSubtype
_PORT_MAC, _PORT_NETWORK_ADDRESS = 3, 4  # LldpPortIdSubtype


@dataclass(slots=True)
class Lead:
    """One neighbouring box as its neighbours describe it; the views of several are added up."""

    name: str
    heard_by: str  # "r1 (10.0.0.1) on eth2", the first in order
    chassis: tuple[int, str] | None
    addresses: set[str] = field(default_factory=set)
    macs: set[str] = field(default_factory=set)

    def add(self, other: Lead) -> None:
        self.addresses |= other.addresses
        self.macs |= other.macs
        self.heard_by = min(self.heard_by, other.heard_by)
        self.name = min(filter(None, (self.name, other.name)), default="")


def leads_of(profile: SnmpProfile, *, address: str) -> list[Lead]:
    """Return a lead for each neighbour that the device at `address` hears."""
    names = {interface.index: interface.name for interface in profile.interfaces}
    own = f"{profile.system.name or address} ({address})"
    return [
        Lead(
            name=neighbor.system_name or neighbor.chassis_id,
            heard_by=f"{own} on {names.get(neighbor.local_if_index or -1) or f'port {neighbor.local_port}'}",
            chassis=chassis_key(neighbor.chassis_id_subtype, neighbor.chassis_id),
            addresses=_addresses(neighbor, speaker=address),
            macs=_macs(neighbor),
        )
        for neighbor in profile.neighbors
    ]


def chassis_key(subtype: int | None, chassis_id: str) -> tuple[int, str] | None:
    """Return what names one box in the world: a MAC. Other subtypes are unique within a site at best."""
    return (_CHASSIS_MAC, chassis_id.lower()) if subtype == _CHASSIS_MAC and chassis_id else None


def own_chassis(profile: SnmpProfile) -> tuple[int, str] | None:
    return chassis_key(profile.lldp.chassis_id_subtype, profile.lldp.chassis_id) if profile.lldp else None


def _addresses(neighbor: Neighbor, *, speaker: str) -> set[str]:
    given = list(neighbor.management_addresses)
    if not given:
        if neighbor.chassis_id_subtype == _CHASSIS_NETWORK_ADDRESS:
            given.append(neighbor.chassis_id)
        if neighbor.port_id_subtype == _PORT_NETWORK_ADDRESS:
            given.append(neighbor.port_id)
    usable = (_usable(text, speaker=speaker) for text in given)
    return {address for address in usable if address}


def _usable(text: str, *, speaker: str) -> str | None:
    """Return the address where asking it reaches the neighbour, not ourselves and not nobody."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
        if address.is_link_local:
            return None  # means nothing without the interface it was heard on
    if address.is_unspecified or address.is_multicast:
        return None
    if address.is_loopback and not ipaddress.ip_address(speaker).is_loopback:
        return None  # 127.0.0.1 announced by a real device would lead to our own agent
    return str(address)


def _macs(neighbor: Neighbor) -> set[str]:
    macs = set()
    if neighbor.chassis_id_subtype == _CHASSIS_MAC:
        macs.add(neighbor.chassis_id.lower())
    if neighbor.port_id_subtype == _PORT_MAC:
        macs.add(neighbor.port_id.lower())
    return macs
