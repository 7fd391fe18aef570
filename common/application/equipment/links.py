"""What a node is connected to: its links with the neighbour at the other end, and who shares its segments. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api_clients.network.gns3.values import Link, LinkEnd, Node, Topology
from common.application.equipment.segments import Segment


def link_documents(node: Node, topology: Topology) -> list[dict[str, Any]]:
    """A row for each link of the node, by its port."""
    nodes = {one.node_id: one for one in topology.nodes}
    rows = [
        {
            "link_id": link.link_id,
            "port": port_at(node, own),
            "suspended": link.suspended,
            "filters": {name: list(values) for name, values in link.filters.items()},
            "neighbor": _neighbor(nodes.get(other.node_id), other),
        }
        for link, own, other in links_of(node.node_id, topology.links)
    ]
    return sorted(rows, key=lambda row: (row["port"], row["link_id"]))


def segment_documents(node: Node, segments: Iterable[Segment], nodes: Mapping[str, Node]) -> list[dict[str, Any]]:
    """The segments that the node is in (by its ports), or that pass through it."""
    rows = []
    for segment in segments:
        ports = [
            port_at(node, LinkEnd(node_id, adapter, port))
            for node_id, adapter, port in segment.members
            if node_id == node.node_id
        ]
        if ports or node.node_id in segment.through:
            rows.append(
                {
                    "ports": sorted(ports),
                    "equipment_ids": sorted(segment.node_ids - {node.node_id}),
                    "through": sorted(segment.through),
                }
            )
    return rows


def links_of(node_id: str, links: Iterable[Link]) -> Iterator[tuple[Link, LinkEnd, LinkEnd]]:
    """Each link of the node with its own end and the other one."""
    for link in links:
        for own, other in zip(link.ends, reversed(link.ends), strict=True):
            if own.node_id == node_id and len(link.ends) == 2:
                yield link, own, other


def connected_ports(node: Node, topology: Topology) -> frozenset[str]:
    return frozenset(port_at(node, own) for _, own, _ in links_of(node.node_id, topology.links))


def port_at(node: Node | None, end: LinkEnd) -> str:
    """The port's name; a closed project does not tell it, then its numbers or its label on the map."""
    for port in node.ports if node is not None else ():
        if (port.adapter_number, port.port_number) == (end.adapter_number, end.port_number):
            return port.name
    return end.label or f"{end.adapter_number}/{end.port_number}"


def mates_in_turn(node: Node, segments: Iterable[Segment]) -> list[str]:
    """The nodes that share a segment with it, those next to it in their order first, so that all are asked by some."""
    found: list[str] = []
    for segment in segments:
        if node.node_id in segment.node_ids:
            ring = sorted(segment.node_ids)
            place = ring.index(node.node_id)
            found += [*ring[place + 1 :], *ring[:place]]
    return list(dict.fromkeys(found))


def _neighbor(node: Node | None, end: LinkEnd) -> dict[str, Any]:
    return {
        "equipment_id": end.node_id,
        "name": node.name if node is not None else "",
        "type": node.type if node is not None else "",
        "port": port_at(node, end),
    }
