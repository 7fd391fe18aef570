"""The values from which links are made, and the links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Port:
    """An interface, under all names a neighbour may call it by."""

    id: int
    if_index: int
    name: str
    description: str = ""
    alias: str = ""
    mac: str = ""
    announced_subtype: int | None = None  # LLDP port ID subtype and port ID that the device itself announces
    announced_id: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A device, under all identifiers by which a neighbour may call it."""

    id: int
    name: str = ""  # sysName
    chassis_subtype: int | None = None
    chassis_id: str = ""
    serial: str = ""
    addresses: Mapping[str, int | None] = field(default_factory=dict)  # own IP addresses -> interface
    ports: tuple[Port, ...] = ()
    gns3: str = ""  # the node that it is (gns3_reference)
    gns3_ports: Mapping[str, str] = field(default_factory=dict)  # that node's ports: their name in GNS3 -> MAC or ""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What device `device_id` hears on one port: the evidence. Subtypes are LLDP's; CDP and GNS3 have none."""

    id: int
    device_id: int
    interface_id: int | None
    protocol: str
    chassis_subtype: int | None
    chassis_id: str
    port_subtype: int | None
    port_id: str
    port_description: str = ""
    system_name: str = ""
    management_addresses: tuple[str, ...] = ()
    local_port: int = 0
    own_port: str = ""  # what GNS3 calls the port


@dataclass(frozen=True, slots=True, order=True)
class End:
    """One end of a link. `interface_id` is 0 where the announced `port` matches none of the device's."""

    device_id: int
    interface_id: int
    port: str = ""


@dataclass(frozen=True, slots=True)
class FoundLink:
    """Two ends in order, and who vouches for them: hearing -> whether the A end heard it."""

    a: End
    b: End
    hearings: Mapping[int, bool]
    protocols: tuple[str, ...]
