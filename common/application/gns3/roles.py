"""In what order the nodes of a project start: who carries the others' frames comes before them. Pure.

    wave 0    switches, hubs, clouds, NAT
    wave 1    routers, firewalls and multilayer switches, those with the most links first
    wave 2    hosts

What a node is follows from its type; where that leaves it open (qemu, docker, virtual machines), from the category of
its template; and where that says nothing, from the links: one that connects two neighbours or more is a router.
"""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.network.gns3.values import ALWAYS_ON, Node, Template, Topology
from common.application.gns3.reports import Role

WAVES: Mapping[Role, int] = {"switch": 0, "router": 1, "host": 2}
_OF_TYPE: Mapping[str, Role] = {
    **dict.fromkeys(ALWAYS_ON, "switch"),
    "dynamips": "router",
    "iou": "router",
    "vpcs": "host",
    "traceng": "host",
}
_OF_CATEGORY: Mapping[str, Role] = {
    "switch": "switch",
    "router": "router",
    "firewall": "router",
    "multilayer_switch": "router",
    "guest": "host",
}


def roles(topology: Topology, templates: Mapping[str, Template]) -> dict[str, Role]:
    """The role of each node by its id; `templates` by theirs, as far as they are known."""
    neighbours = _neighbours(topology)
    return {node.node_id: _role(node, templates, len(neighbours[node.node_id])) for node in topology.nodes}


def waves(topology: Topology, templates: Mapping[str, Template]) -> tuple[tuple[Node, ...], ...]:
    """The nodes in three waves; within one those with the most neighbours first, then by name."""
    known, neighbours = roles(topology, templates), _neighbours(topology)
    ordered = sorted(topology.nodes, key=lambda node: (-len(neighbours[node.node_id]), node.name, node.node_id))
    return tuple(
        tuple(node for node in ordered if WAVES[known[node.node_id]] == wave) for wave in sorted(set(WAVES.values()))
    )


def _role(node: Node, templates: Mapping[str, Template], neighbours: int) -> Role:
    if node.type in _OF_TYPE:
        return _OF_TYPE[node.type]
    template = templates.get(node.template_id or "")
    if template is not None and template.category in _OF_CATEGORY:
        return _OF_CATEGORY[template.category]
    return "router" if neighbours >= 2 else "host"


def _neighbours(topology: Topology) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {node.node_id: set() for node in topology.nodes}
    for link in topology.links:
        ids = [end.node_id for end in link.ends]
        for one in ids:
            found.setdefault(one, set()).update(other for other in ids if other != one)
    return found
