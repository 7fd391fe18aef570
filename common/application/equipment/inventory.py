"""What the inventory is told of a project's equipment: the input of network_management.record_equipment. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api_clients.network.gns3.values import Node, Topology
from common.application.equipment.links import connected_ports, links_of, port_at
from common.application.equipment.values import FoundAddress

CAPABILITY: Final = "network_management.record_equipment"
JsonObject = dict[str, Any]

_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Recorded:
    """A node as the inventory should know it; an address in doubt is not told."""

    node: Node
    addresses: Sequence[FoundAddress]
    macs: Mapping[str, str]  # MAC -> port
    system_name: str = ""
    serial: str = ""


def inventory_input(server: str, topology: Topology, nodes: Sequence[Recorded], *, complete: bool) -> JsonObject:
    told = {one.node.node_id for one in nodes}
    return {
        "server": server,
        "project_id": topology.project.project_id,
        "project": topology.project.name[:_MAX_NAME],
        "equipment": [_equipment(one, topology) for one in nodes],
        "links": list(_links(topology, told)),
        "complete": complete,
    }


def _equipment(one: Recorded, topology: Topology) -> JsonObject:
    node = one.node
    own = [found for found in one.addresses if found.belongs != "contradicted"]
    by_port: dict[str, list[str]] = defaultdict(list)
    for found in own:
        by_port[found.interface].append(found.with_prefix)
    connected = connected_ports(node, topology)
    mac_of = {port: mac for mac, port in one.macs.items()}
    names = dict.fromkeys([*(port.name for port in node.ports), *sorted(connected), *filter(None, by_port), *mac_of])
    return {
        "node_id": node.node_id,
        "name": node.name[:_MAX_NAME] or node.node_id,
        "type": node.type[:50],
        "status": node.status,
        "addresses": by_port.get("", []),
        "interfaces": [
            {
                "name": name[:_MAX_NAME],
                "mac": mac_of.get(name, ""),
                "addresses": by_port.get(name, []),
                "connected": name in connected,
            }
            for name in names
            if name
        ],
        "system_name": one.system_name[:255],
        "serial": one.serial[:255],
    }


def _links(topology: Topology, told: set[str]) -> Iterator[JsonObject]:
    """All links of the nodes that are told, each once."""
    nodes = {node.node_id: node for node in topology.nodes}
    for node_id in sorted(told):
        for link, own, other in links_of(node_id, topology.links):
            if other.node_id in told and link.ends[0] != own:
                continue  # told from its other end
            yield {
                "a": {"node_id": own.node_id, "port": port_at(nodes.get(own.node_id), own)},
                "b": {"node_id": other.node_id, "port": port_at(nodes.get(other.node_id), other)},
            }
