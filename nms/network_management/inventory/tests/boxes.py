"""Made-up boxes for tests and benchmarks: each number gives one switch, the same every time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api_clients.network.snmp.values import (
    Component,
    Interface,
    InterfaceAddress,
    LldpIdentity,
    Neighbor,
    SnmpProfile,
    SnmpTarget,
    System,
    Vlan,
)
from nms.network_management.profile import DeviceProfile, Identification

MAC_SUBTYPE, INTERFACE_NAME_SUBTYPE = 4, 5
UP = 1_000_000.0


def mac(number: int, port: int = 0) -> str:
    return (0x001B_5400_0000 + number * 256 + port).to_bytes(6, "big").hex(":")


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def interface(number: int, index: int, **values: Any) -> Interface:
    row = Interface(
        index=index,
        name=f"Gi0/{index}",
        description=f"GigabitEthernet0/{index}",
        alias="",
        type=6,
        mtu=1500,
        speed_bps=1_000_000_000,
        mac=mac(number, index),
        admin_status="up",
        oper_status="up",
    )
    return replace(row, **values)


def neighbor(port: int, other: int, other_port: int, **values: Any) -> Neighbor:
    """Hear box `other` on `port`, announcing itself by chassis MAC and interface name."""
    row = Neighbor(
        protocol="lldp",
        local_port=port,
        local_if_index=port,
        chassis_id_subtype=MAC_SUBTYPE,
        chassis_id=mac(other),
        port_id_subtype=INTERFACE_NAME_SUBTYPE,
        port_id=f"Gi0/{other_port}",
        port_description="",
        system_name=f"switch-{other}",
        system_description="",
        management_addresses=(),
    )
    return replace(row, **values)


def make_snmp(number: int, *, ports: int = 24, neighbors: tuple[Neighbor, ...] = (), **values: Any) -> SnmpProfile:
    said = SnmpProfile(
        system=System(
            description="Acme OS 7.1",
            object_id="1.3.6.1.4.1.99999.1.1",
            uptime_seconds=UP,
            contact="noc@example.org",
            name=f"switch-{number}",
            location=f"rack {number}",
            engine_id=f"80018 69f03{mac(number).replace(':', '')}".replace(" ", ""),
        ),
        interfaces=tuple(interface(number, index) for index in range(1, ports + 1)),
        addresses=tuple(
            InterfaceAddress(index, f"10.{index}.{number >> 8 & 255}.{number & 255}", 24)
            for index in range(1, ports + 1)
        ),
        vlans=(Vlan(1, "default"), Vlan(10, "users")),
        components=tuple(
            Component(index, 0, "module", f"Slot {index}", "", "", "", "", "", f"M{number:06}{index}", "Acme", "X1")
            for index in range(1, 5)
        ),
        lldp=LldpIdentity(
            MAC_SUBTYPE,
            mac(number),
            {index: (INTERFACE_NAME_SUBTYPE, f"Gi0/{index}", "") for index in range(1, ports + 1)},
        ),
        neighbors=neighbors,
    )
    return replace(said, **values)


def make_profile(
    number: int,
    *,
    at: str | None = None,
    port: int = 161,
    said: SnmpProfile | None = None,
    identification: Identification | None = None,
    **values: Any,
) -> DeviceProfile:
    """Box `number` as seen at address `at`; further `values` are those of make_snmp."""
    return DeviceProfile(
        target=SnmpTarget(at or address(number), port),
        credential_id=None,
        identification=identification or Identification("Acme", "acmeos", "X48", "7.1", f"SN{number:08}", "switch"),
        snmp=said or make_snmp(number, **values),
    )


def without_identifiers(profile: DeviceProfile) -> DeviceProfile:
    """The same box, but too simple to say who it is."""
    said = profile.snmp
    return replace(
        profile,
        identification=replace(profile.identification, serial=""),
        snmp=replace(
            said,
            system=replace(said.system, engine_id=None),
            interfaces=tuple(replace(row, mac=None) for row in said.interfaces),
            lldp=None,
        ),
    )
