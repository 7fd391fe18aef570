"""The values that cross the SNMP client's border: where to ask, as whom, and what a device said of itself.

Everything here is frozen; addresses are `ipaddress` text in canonical form, MAC addresses lower-case with
colons, times in seconds, speeds in bits per second. A fact that the agent does not serve is None or empty,
never invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

AuthProtocol = Literal["MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"]
PrivProtocol = Literal["DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C"]  # -C: Cisco's key extension
Value = int | str | bytes | float | None  # OID and IpAddress arrive as text, OCTET STRING as bytes
Syntax = Literal[  # the types of SMIv2 that SET can be told to write (RFC 2578)
    "Integer32", "OctetString", "ObjectIdentifier", "IpAddress", "Counter32", "Gauge32", "TimeTicks", "Counter64"
]


@dataclass(frozen=True, slots=True)
class SnmpTarget:
    """An agent: an IPv4 or IPv6 address (no name) and its UDP port."""

    address: str
    port: int = 161


@dataclass(frozen=True, slots=True)
class Community:
    """Credential of SNMPv1 and v2c."""

    community: str = field(repr=False)
    version: Literal["1", "2c"] = "2c"


@dataclass(frozen=True, slots=True)
class UsmUser:
    """Credential of SNMPv3 (RFC 3414): no protocol means noAuthNoPriv, no priv_protocol means authNoPriv."""

    name: str
    auth_protocol: AuthProtocol | None = None
    auth_password: str | None = field(default=None, repr=False)
    priv_protocol: PrivProtocol | None = None
    priv_password: str | None = field(default=None, repr=False)


Credential = Community | UsmUser


@dataclass(frozen=True, slots=True)
class System:
    """SNMPv2-MIB system group (RFC 3418); `engine_id` from SNMP-FRAMEWORK-MIB (RFC 3411) as lower-case hex.

    `services` is sysServices, a sum of 2^(layer-1): 2 for bridging, 4 for routing, 64 for applications.
    """

    description: str
    object_id: str
    uptime_seconds: float | None
    contact: str
    name: str
    location: str
    engine_id: str | None = None
    services: int | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    """One row of ifTable merged with its ifXTable row (RFC 2863). `type` is the IANAifType number, 0 where not said.

    speed_bps is ifHighSpeed where ifSpeed is saturated (4294967295), zero or absent. Statuses are the MIB's words:
    up, down, testing, unknown, dormant, notPresent, lowerLayerDown.
    """

    index: int
    name: str  # ifName, or ifDescr where the agent has none
    description: str  # ifDescr, or ifName where the agent leaves it empty
    alias: str
    type: int
    mtu: int | None
    speed_bps: int | None
    mac: str | None
    admin_status: str
    oper_status: str


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """ipAddressTable (RFC 4293) or ipAddrTable (RFC 1213); prefix_length None where the agent does not say."""

    if_index: int
    address: str
    prefix_length: int | None


@dataclass(frozen=True, slots=True)
class Vlan:
    """Q-BRIDGE-MIB dot1qVlanStatic/Current, or CISCO-VTP-MIB."""

    vlan_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Component:
    """One row of entPhysicalTable (ENTITY-MIB, RFC 6933); class_name is the MIB's word: chassis, module, port..."""

    index: int
    contained_in: int
    class_name: str
    name: str
    description: str
    vendor_type: str
    hardware_revision: str
    firmware_revision: str
    software_revision: str
    serial: str
    manufacturer: str
    model: str


@dataclass(frozen=True, slots=True)
class Processor:
    """One processor and its load over the last minute, in percent (HOST-RESOURCES-MIB or the vendor's)."""

    index: str
    description: str
    load_percent: float | None


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory pool in bytes (HOST-RESOURCES-MIB, UCD-SNMP-MIB or the vendor's)."""

    index: str
    description: str
    total_bytes: int | None
    used_bytes: int | None
    virtual: bool = False  # swap, or physical memory and swap together: not to be added to the physical pools


@dataclass(frozen=True, slots=True)
class LldpIdentity:
    """How LLDP (LLDP-MIB, IEEE 802.1AB) names the device itself and its ports: local port number -> (subtype, id)."""

    chassis_id_subtype: int
    chassis_id: str
    ports: dict[int, tuple[int, str, str]]  # local port number -> (port ID subtype, port ID, description)


@dataclass(frozen=True, slots=True)
class Neighbor:
    """What the device hears on one of its ports over LLDP or CDP.

    `local_if_index` is None where the protocol's local port number cannot be mapped to an interface; IDs are
    rendered by their subtype: a MAC with colons, a network address as text, everything else as text.
    """

    protocol: Literal["lldp", "cdp"]
    local_port: int
    local_if_index: int | None
    chassis_id_subtype: int | None  # CDP has none
    chassis_id: str  # for CDP the device ID
    port_id_subtype: int | None
    port_id: str
    port_description: str
    system_name: str
    system_description: str
    management_addresses: tuple[str, ...]
    capabilities: tuple[str, ...] = ()  # LLDP's words: bridge, router, wlanAccessPoint, telephone...
    platform: str = ""  # CDP alone: the model, such as "cisco WS-C2960X-48TS-L"


@dataclass(frozen=True, slots=True)
class ArpEntry:
    """ipNetToMedia (RFC 1213) or ipNetToPhysical (RFC 4293)."""

    if_index: int
    address: str
    mac: str


@dataclass(frozen=True, slots=True)
class RouteSummary:
    """Routes in summary: how many, by protocol word (local, netmgmt, ospf, bgp...), and the default gateways."""

    total: int
    by_protocol: dict[str, int]
    default_gateways: tuple[str, ...]
    truncated: bool = False  # counting stopped at the limit; `total` is a lower bound


@dataclass(frozen=True, slots=True)
class SnmpProfile:
    """All that one agent said. `problems` maps a part's name to why it could not be read; the rest still stands."""

    system: System
    interfaces: tuple[Interface, ...] = ()
    addresses: tuple[InterfaceAddress, ...] = ()
    vlans: tuple[Vlan, ...] = ()
    components: tuple[Component, ...] = ()
    processors: tuple[Processor, ...] = ()
    memories: tuple[Memory, ...] = ()
    lldp: LldpIdentity | None = None
    neighbors: tuple[Neighbor, ...] = ()
    arp: tuple[ArpEntry, ...] = ()
    routes: RouteSummary | None = None
    problems: dict[str, str] = field(default_factory=dict)
