"""Values that the tests of pure steps are fed with."""

from __future__ import annotations

from api_clients.network.snmp.values import (
    ArpEntry,
    Community,
    LldpIdentity,
    Neighbor,
    SnmpProfile,
    SnmpTarget,
    System,
)
from nms.network_management.discovery.login import Hello
from nms.network_management.discovery.plan import StoredCredential


def system(name: str = "r1", *, engine_id: str | None = None, uptime: float | None = 1000.0) -> System:
    return System(
        description="Router OS 1",
        object_id="1.3.6.1.4.1.9.1.1",
        uptime_seconds=uptime,
        contact="",
        name=name,
        location="",
        engine_id=engine_id,
    )


def hello(
    address: str,
    *,
    name: str = "r1",
    engine_id: str | None = None,
    uptime: float | None = 1000.0,
    read_at: float = 5000.0,
) -> Hello:
    return Hello(
        target=SnmpTarget(address),
        stored=StoredCredential(1, Community("public")),
        system=system(name, engine_id=engine_id, uptime=uptime),
        read_at=read_at,
    )


def lldp_neighbor(
    name: str,
    *management_addresses: str,
    chassis: str = "",
    port_mac: str = "",
) -> Neighbor:
    return Neighbor(
        protocol="lldp",
        local_port=1,
        local_if_index=1,
        chassis_id_subtype=4 if chassis else 7,
        chassis_id=chassis or name,
        port_id_subtype=3 if port_mac else 5,
        port_id=port_mac or "eth1",
        port_description="",
        system_name=name,
        system_description="",
        management_addresses=management_addresses,
    )


def profile(name: str, *neighbors: Neighbor, chassis: str = "", arp: dict[str, str] | None = None) -> SnmpProfile:
    return SnmpProfile(
        system=system(name),
        neighbors=neighbors,
        lldp=LldpIdentity(4, chassis, {}) if chassis else None,
        arp=tuple(ArpEntry(1, address, mac) for address, mac in (arp or {}).items()),
    )
