"""What devices are made of in a lab, and which ports that gives. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice

from nms.network_management.capabilities.lab_contracts import MAX_PORTS, MadeOf

VPCS, SWITCH = MadeOf(type="vpcs"), MadeOf(type="ethernet_switch")
FORWARDING = frozenset(
    {"switch", "router", "firewall", "wireless", "access", "loadbalancer", "transport", "hub", "cloud"}
)
_SWITCH_PORTS = 8  # of a switch as GNS3 makes it
_TRAILING = re.compile(r"(?:(\d+)\D)?(\d+)$")

Place = tuple[int, int]  # adapter and port number


@dataclass(frozen=True, slots=True)
class Material:
    """`places` are all ports that may be used, in order; `named`: they can be given the names of the device's own."""

    made_of: MadeOf
    places: tuple[Place, ...]
    named: bool = False


def choose(
    device_id: int,
    role: str,
    links: int,
    *,
    devices: Mapping[str, MadeOf],
    roles: Mapping[str, MadeOf],
    configured: Mapping[str, str],
) -> tuple[MadeOf, str]:
    """Return what the device is made of, and a note where that is not what its role would give."""
    told = devices.get(str(device_id)) or roles.get(role)
    if told is not None:
        return told, ""
    if role in configured:
        return MadeOf(template=configured[role]), ""
    if role in FORWARDING:
        return SWITCH, ""
    if links > 1:
        return SWITCH, f"it has {links} links and VPCS one port, so an Ethernet switch stands for it"
    return VPCS, ""


def material(made_of: MadeOf, template_type: str, links: int) -> Material:
    """Return the ports of what a device is made of; `template_type` is "" without a template."""
    if made_of.ports is not None:
        return Material(made_of, tuple(_place(text) for text in made_of.ports))
    if made_of.type in {"ethernet_switch", "ethernet_hub"}:
        ports = max(_SWITCH_PORTS, links)
        return Material(made_of, tuple((0, port) for port in range(ports)), named=True)
    return Material(made_of, tuple(islice(_usual(made_of.type or template_type), MAX_PORTS)))


def _usual(node_type: str) -> Iterable[Place]:
    """The ports that nodes of a type usually have. Where a template has fewer, GNS3 refuses the link by its name."""
    match node_type:
        case "vpcs" | "traceng" | "cloud" | "nat":
            return ((0, 0),)
        case "ethernet_switch" | "ethernet_hub":
            return ((0, port) for port in range(_SWITCH_PORTS))
        case "iou":
            return ((adapter, port) for adapter in range(2) for port in range(4))
        case "dynamips":
            return ((adapter, port) for adapter in count() for port in range(1 if adapter == 0 else 2))
        case _:  # qemu, docker, virtualbox, vmware: a port on each adapter
            return ((adapter, 0) for adapter in count())


def assign(places: Sequence[Place], interfaces: Sequence[str]) -> list[Place]:
    """Return a port for each of `interfaces`: one numbered like it if that is free, else the first that is left.

    There must be as many places as interfaces.
    """
    free = dict.fromkeys(places)
    chosen: dict[int, Place] = {}
    for at, interface in enumerate(interfaces):
        place = next((place for place in _alike(interface) if place in free), None)
        if place is not None:
            chosen[at] = place
            del free[place]
    rest = iter(free)
    return [chosen[at] if at in chosen else next(rest) for at in range(len(interfaces))]


def _alike(interface: str) -> list[Place]:
    """Ports that an interface's number may mean: of Gi0/1 0/1, of eth2 adapter 2 or port 2."""
    found = _TRAILING.search(interface.strip())
    if not found:
        return []
    last = int(found[2])
    return [*([(int(found[1]), last)] if found[1] else []), (last, 0), (0, last)]


def _place(text: str) -> Place:
    adapter, _, port = text.partition("/")
    return int(adapter), int(port)
