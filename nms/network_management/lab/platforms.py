"""The equipment of the lab: what real devices of these models say of themselves, and which ports they have.

Sources: vendor product MIBs for sysObjectID; sysDescr in the form the models send. `{name}` in a description is the
host name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api_clients.network.snmp.simulator.standard.interfaces import BRIDGE, ETHERNET, L3_VLAN, LOOPBACK, PROP_VIRTUAL

GIGABIT = 1_000_000_000
Family = Literal["ios", "eos", "junos", "routeros", "linux"]


@dataclass(frozen=True, slots=True)
class Port:
    """One interface that the model has; `logical` ones carry no cable."""

    index: int
    name: str
    description: str
    speed_bps: int = GIGABIT
    type: int = ETHERNET
    mtu: int = 1500
    logical: bool = False


@dataclass(frozen=True, slots=True)
class Platform:
    family: Family
    vendor: str
    model: str
    version: str
    object_id: str
    description: str
    enterprise: int
    oui: str
    serial_format: str  # {n} is replaced by digits
    ports: tuple[Port, ...]
    uplinks: tuple[str, ...]  # names of ports in the order links towards the core take them
    downlinks: tuple[str, ...]
    management_port: str  # carries the agent's address
    lldp_port_id: Literal["name", "index", "mac"]
    lldp_numbers_ports: Literal["by_index", "in_order"]
    vlan_port: str = ""  # name of the VLAN interface, with {vlan}
    memory_bytes: int = 4 << 30
    vendor_type: str = "0.0"
    services: int = 78
    entity: bool = True
    hardware_revision: str = ""
    box: str = ""  # what ENTITY-MIB calls the chassis; from vendor and model where empty


def _series(
    count: int,
    name: str,
    description: str,
    *,
    index: int,
    first: int = 1,
    speed_bps: int = GIGABIT,
    mtu: int = 1500,
) -> tuple[Port, ...]:
    return tuple(
        Port(index + offset, name.format(n=first + offset), description.format(n=first + offset), speed_bps, mtu=mtu)
        for offset in range(count)
    )


def _names(ports: tuple[Port, ...]) -> tuple[str, ...]:
    return tuple(port.name for port in ports)


def _loopback(index: int, name: str, description: str | None = None, mtu: int = 1514) -> Port:
    return Port(index, name, description or name, 8_000_000_000, LOOPBACK, mtu, logical=True)


_CISCO_SUFFIX = (
    "\r\nTechnical Support: http://www.cisco.com/techsupport\r\nCopyright (c) 1986-{year} by Cisco Systems, Inc."
)

_C9300_DOWN = _series(24, "Gi1/0/{n}", "GigabitEthernet1/0/{n}", index=9)
_C9300_UP = _series(4, "Te1/1/{n}", "TenGigabitEthernet1/1/{n}", index=37, speed_bps=10 * GIGABIT)
CISCO_C9300 = Platform(
    family="ios",
    vendor="Cisco",
    model="C9300-24T",
    version="17.9.4a",
    object_id="1.3.6.1.4.1.9.1.2494",
    description=(
        "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4a, "
        "RELEASE SOFTWARE (fc3)" + _CISCO_SUFFIX.format(year=2023) + "\r\nCompiled Fri 20-Oct-23 10:44 by mcpre"
    ),
    enterprise=9,
    oui="a0f849",
    serial_format="FOC{n:07d}X",
    ports=(
        Port(1, "Gi0/0", "GigabitEthernet0/0"),
        *_C9300_DOWN,
        *_C9300_UP,
        _loopback(45, "Lo0", "Loopback0"),
    ),
    uplinks=_names(_C9300_UP),
    downlinks=_names(_C9300_DOWN),
    management_port="Lo0",
    lldp_port_id="name",
    lldp_numbers_ports="in_order",
    vlan_port="Vl{vlan}",
    vendor_type="1.3.6.1.4.1.9.12.3.1.3.1745",
    hardware_revision="V02",
)

_C9500_PORTS = _series(16, "Te1/0/{n}", "TenGigabitEthernet1/0/{n}", index=9, speed_bps=10 * GIGABIT)
CISCO_C9500 = Platform(
    family="ios",
    vendor="Cisco",
    model="C9500-16X",
    version="17.6.5",
    object_id="1.3.6.1.4.1.9.1.2593",
    description=(
        "Cisco IOS Software [Bengaluru], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.6.5, "
        "RELEASE SOFTWARE (fc2)" + _CISCO_SUFFIX.format(year=2023) + "\r\nCompiled Wed 25-Jan-23 16:15 by mcpre"
    ),
    enterprise=9,
    oui="f87a41",
    serial_format="FCW{n:07d}Q",
    ports=(
        Port(1, "Gi0/0", "GigabitEthernet0/0"),
        *_C9500_PORTS,
        _loopback(33, "Lo0", "Loopback0"),
    ),
    uplinks=_names(_C9500_PORTS[12:]),
    downlinks=_names(_C9500_PORTS[:12]),
    management_port="Lo0",
    lldp_port_id="name",
    lldp_numbers_ports="in_order",
    vlan_port="Vl{vlan}",
    memory_bytes=16 << 30,
    vendor_type="1.3.6.1.4.1.9.12.3.1.3.1893",
    hardware_revision="V01",
)

_ASR_GIGABIT = _series(6, "Gi0/0/{n}", "GigabitEthernet0/0/{n}", index=3, first=0)
_ASR_TEN = _series(2, "Te0/0/{n}", "TenGigabitEthernet0/0/{n}", index=1, first=0, speed_bps=10 * GIGABIT)
CISCO_ASR1001X = Platform(
    family="ios",
    vendor="Cisco",
    model="ASR1001-X",
    version="17.3.6",
    object_id="1.3.6.1.4.1.9.1.1861",
    description=(
        "Cisco IOS Software [Amsterdam], ASR1000 Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.3.6, "
        "RELEASE SOFTWARE (fc3)" + _CISCO_SUFFIX.format(year=2022) + "\r\nCompiled Wed 31-Aug-22 12:08 by mcpre"
    ),
    enterprise=9,
    oui="70db98",
    serial_format="FXS{n:07d}A",
    ports=(*_ASR_TEN, *_ASR_GIGABIT, Port(10, "Gi0", "GigabitEthernet0"), _loopback(12, "Lo0", "Loopback0")),
    uplinks=_names(_ASR_GIGABIT),
    downlinks=_names(_ASR_TEN),
    management_port="Lo0",
    lldp_port_id="name",
    lldp_numbers_ports="in_order",
    memory_bytes=8 << 30,
    vendor_type="1.3.6.1.4.1.9.12.3.1.3.1309",
    hardware_revision="V05",
)


def _arista(model: str, object_id: str, version: str, *, serial_format: str, oui: str, ports: int) -> Platform:
    down = _series(ports, "Ethernet{n}", "Ethernet{n}", index=1, speed_bps=10 * GIGABIT, mtu=9214)
    up = _series(6, "Ethernet{n}", "Ethernet{n}", index=ports + 1, first=ports + 1, speed_bps=100 * GIGABIT, mtu=9214)
    return Platform(
        family="eos",
        vendor="Arista",
        model=model,
        version=version,
        object_id=object_id,
        description=f"Arista Networks EOS version {version} running on an Arista Networks {model}",
        enterprise=30065,
        oui=oui,
        serial_format=serial_format,
        ports=(*down, *up, Port(999001, "Management1", "Management1"), _loopback(5000000, "Loopback0", mtu=65535)),
        uplinks=_names(up),
        downlinks=_names(down),
        management_port="Loopback0",
        lldp_port_id="name",
        lldp_numbers_ports="in_order",
        vlan_port="Vlan{vlan}",
        memory_bytes=8 << 30,
        services=14,
        vendor_type="1.3.6.1.4.1.30065.3.1.1",
        hardware_revision="11.01",
    )


ARISTA_7280 = _arista(
    "DCS-7280SRA-48C6",
    "1.3.6.1.4.1.30065.1.3011.7280.1347.48.2878.6",
    "4.28.3M",
    serial_format="SSJ{n:08d}",
    oui="444ca8",
    ports=24,
)
ARISTA_7050 = _arista(
    "DCS-7050SX3-48YC12",
    "1.3.6.1.4.1.30065.1.3011.7050.3735.48.3328.12",
    "4.30.5M",
    serial_format="JPE{n:08d}",
    oui="2cdde9",
    ports=24,
)

_MX_TEN = _series(8, "xe-0/1/{n}", "xe-0/1/{n}", index=520, first=0, speed_bps=10 * GIGABIT, mtu=1514)
_MX_HUNDRED = _series(4, "et-0/0/{n}", "et-0/0/{n}", index=513, first=0, speed_bps=100 * GIGABIT, mtu=1514)
JUNIPER_MX204 = Platform(
    family="junos",
    vendor="Juniper",
    model="MX204",
    version="21.4R3-S5.4",
    object_id="1.3.6.1.4.1.2636.1.1.1.2.144",
    description=(
        "Juniper Networks, Inc. mx204 internet router, kernel JUNOS 21.4R3-S5.4, "
        "Build date: 2023-07-28 09:07:19 UTC Copyright (c) 1996-2023 Juniper Networks, Inc."
    ),
    enterprise=2636,
    oui="4c6d58",
    serial_format="BF{n:04d}",
    ports=(
        Port(1, "fxp0", "fxp0"),
        _loopback(6, "lo0", mtu=65535),
        _loopback(16, "lo0.0", mtu=65535),
        *_MX_HUNDRED,
        *_MX_TEN,
    ),
    uplinks=_names(_MX_TEN),
    downlinks=_names(_MX_HUNDRED),
    management_port="lo0.0",
    lldp_port_id="index",
    lldp_numbers_ports="by_index",
    memory_bytes=32 << 30,
    services=6,
    vendor_type="1.3.6.1.4.1.2636.1.1.2.1.144",
    box="Juniper MX204 Edge Router",
)

_EX_DOWN = _series(24, "ge-0/0/{n}", "ge-0/0/{n}", index=514, first=0, mtu=1514)
_EX_UP = _series(4, "xe-0/1/{n}", "xe-0/1/{n}", index=560, first=0, speed_bps=10 * GIGABIT, mtu=1514)
JUNIPER_EX2300 = Platform(
    family="junos",
    vendor="Juniper",
    model="EX2300-24T",
    version="20.4R3-S7.2",
    object_id="1.3.6.1.4.1.2636.1.1.1.4.132.3",
    description=(
        "Juniper Networks, Inc. ex2300-24t Ethernet Switch, kernel JUNOS 20.4R3-S7.2, "
        "Build date: 2023-04-28 20:24:34 UTC Copyright (c) 1996-2023 Juniper Networks, Inc."
    ),
    enterprise=2636,
    oui="84c1c1",
    serial_format="JW{n:010d}",
    ports=(
        Port(1, "me0", "me0"),
        _loopback(6, "lo0", mtu=65535),
        _loopback(16, "lo0.0", mtu=65535),
        *_EX_DOWN,
        *_EX_UP,
    ),
    uplinks=_names(_EX_UP),
    downlinks=_names(_EX_DOWN),
    management_port="lo0.0",
    lldp_port_id="index",
    lldp_numbers_ports="by_index",
    vlan_port="irb.{vlan}",
    memory_bytes=2 << 30,
    services=6,
    vendor_type="1.3.6.1.4.1.2636.1.1.2.1.132",
    box="Juniper EX2300-24T Switch",
)

_CRS_DOWN = _series(24, "ether{n}", "ether{n}", index=1)
_CRS_UP = _series(2, "sfp-sfpplus{n}", "sfp-sfpplus{n}", index=25, speed_bps=10 * GIGABIT)
MIKROTIK_CRS326 = Platform(
    family="routeros",
    vendor="MikroTik",
    model="CRS326-24G-2S+",
    version="7.12.1",
    object_id="1.3.6.1.4.1.14988.1",
    description="RouterOS CRS326-24G-2S+",
    enterprise=14988,
    oui="488f5a",
    serial_format="HC{n:08X}",
    ports=(
        *_CRS_DOWN,
        *_CRS_UP,
        Port(27, "bridge", "bridge", 0, BRIDGE, logical=True),
        Port(28, "loopback", "loopback", 0, BRIDGE, logical=True),
    ),
    uplinks=_names(_CRS_UP),
    downlinks=_names(_CRS_DOWN),
    management_port="loopback",
    lldp_port_id="name",
    lldp_numbers_ports="by_index",
    vlan_port="vlan{vlan}",
    memory_bytes=512 << 20,
    entity=False,
)


def _linux(kernel: str, description: str, ports: tuple[str, ...]) -> Platform:
    cards = tuple(Port(index, name, name) for index, name in enumerate(ports, 2))
    return Platform(
        family="linux",
        vendor="Linux",
        model="x86_64",
        version=kernel,
        object_id="1.3.6.1.4.1.8072.3.2.10",
        description=f"Linux {{name}} {kernel} {description} x86_64",
        enterprise=8072,
        oui="3cecef",
        serial_format="",
        ports=(Port(1, "lo", "lo", 10_000_000, LOOPBACK, 65536, logical=True), *cards),
        uplinks=_names(cards),
        downlinks=(),
        management_port="lo",
        lldp_port_id="mac",
        lldp_numbers_ports="by_index",
        memory_bytes=64 << 30,
        services=72,
        entity=False,
    )


DEBIAN_SERVER = _linux("6.1.0-28-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)", ("eno1", "eno2"))
UBUNTU_SERVER = _linux("5.15.0-91-generic", "#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023", ("enp1s0f0", "enp1s0f1"))

CORES = (ARISTA_7280,)
ROUTERS = (JUNIPER_MX204, CISCO_ASR1001X)
DISTRIBUTIONS = (CISCO_C9500, ARISTA_7050)
ACCESSES = (CISCO_C9300, JUNIPER_EX2300, MIKROTIK_CRS326)
SERVERS = (DEBIAN_SERVER, UBUNTU_SERVER)

VLAN_TYPES = {"ios": PROP_VIRTUAL, "eos": L3_VLAN, "junos": PROP_VIRTUAL, "routeros": L3_VLAN, "linux": L3_VLAN}
