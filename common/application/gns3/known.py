"""The last known state of a project, as small as telling a difference allows, and how readings change it.

Pure: every function takes a state and returns another. What a state does not hold (coordinates, properties, ports) is
in it as a digest, so that a change of it is seen, too, though it is no event.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from api_clients.network.gns3.values import ALWAYS_ON, Drawing, Link, Node, NodeStatus, Project, ProjectStatus, Topology

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownNode:
    name: str
    type: str
    status: NodeStatus
    digest: str


@dataclass(frozen=True, slots=True)
class KnownLink:
    """`shape` is of what the network sees (suspended, filters), `digest` of all."""

    node_ids: tuple[str, ...]
    shape: str
    digest: str


@dataclass(frozen=True, slots=True)
class Known:
    """`nodes` and `links` are None where they were never read; `rested`: it was closed then, so that none ran."""

    name: str
    status: ProjectStatus
    details: str = ""  # digest of the rest of the project
    nodes: Mapping[str, KnownNode] | None = None
    links: Mapping[str, KnownLink] | None = None
    drawings: str = ""
    rested: bool = False


Step = Callable[[Known], Known]


def first_seen(project: Project, *, new: bool) -> Known:
    """`new`: it was not there before, and so was nothing in it; else it may have been there for long."""
    known = Known(project.name, project.status, _digest(asdict(project)), rested=project.status == "closed")
    return replace(known, nodes={}, links={}) if new else known


def as_listed(known: Known, project: Project) -> Known:
    """What the list of projects says. Nothing runs in a closed one."""
    listed = replace(known, name=project.name, status=project.status, details=_digest(asdict(project)))
    if project.status == "opened" or known.nodes is None:
        return listed
    return replace(listed, nodes={key: _at_rest(node) for key, node in known.nodes.items()})


def with_topology(known: Known, topology: Topology) -> Known:
    listed = as_listed(known, topology.project)
    read = with_links(with_nodes(listed, topology.nodes), topology.links)
    return replace(read, drawings=_drawings(topology.drawings))


def with_nodes(known: Known, nodes: Iterable[Node]) -> Known:
    return replace(known, nodes={node.node_id: _node(node) for node in nodes})


def with_links(known: Known, links: Iterable[Link]) -> Known:
    return replace(known, links={link.link_id: _link(link) for link in links})


def with_node(known: Known, node: Node) -> Known:
    return replace(known, nodes={**(known.nodes or {}), node.node_id: _node(node)})


def without_node(known: Known, node_id: str) -> Known:
    """Its links go with it."""
    nodes = {key: node for key, node in (known.nodes or {}).items() if key != node_id}
    links = {key: link for key, link in (known.links or {}).items() if node_id not in link.node_ids}
    return replace(known, nodes=nodes, links=links)


def with_link(known: Known, link: Link) -> Known:
    return replace(known, links={**(known.links or {}), link.link_id: _link(link)})


def without_link(known: Known, link_id: str) -> Known:
    return replace(known, links={key: link for key, link in (known.links or {}).items() if key != link_id})


def runs(node: KnownNode) -> bool:
    return node.status == "started"


def to_json(known: Known) -> JsonObject:
    """What a row keeps beside name and status."""
    return {
        "details": known.details,
        "drawings": known.drawings,
        "rested": known.rested,
        "nodes": None
        if known.nodes is None
        else {key: [node.name, node.type, node.status, node.digest] for key, node in known.nodes.items()},
        "links": None
        if known.links is None
        else {key: [list(link.node_ids), link.shape, link.digest] for key, link in known.links.items()},
    }


def of_json(name: str, status: str, state: Mapping[str, Any]) -> Known:
    nodes, links = state.get("nodes"), state.get("links")
    return Known(
        name=name,
        status="opened" if status == "opened" else "closed",
        details=state.get("details", ""),
        nodes=None if nodes is None else {key: KnownNode(*row) for key, row in nodes.items()},
        links=None if links is None else {key: KnownLink(tuple(row[0]), row[1], row[2]) for key, row in links.items()},
        drawings=state.get("drawings", ""),
        rested=state.get("rested", False),
    )


def _node(node: Node) -> KnownNode:
    return KnownNode(node.name, node.type, node.status, _digest(asdict(node)))


def _at_rest(node: KnownNode) -> KnownNode:
    """As in a closed project; a switch keeps saying nothing."""
    return node if node.type in ALWAYS_ON else replace(node, status="stopped")


def _link(link: Link) -> KnownLink:
    shape = _digest({"suspended": link.suspended, "filters": {name: list(args) for name, args in link.filters.items()}})
    return KnownLink(tuple(end.node_id for end in link.ends), shape, _digest(asdict(link)))


def _drawings(drawings: Iterable[Drawing]) -> str:
    return _digest([asdict(drawing) for drawing in drawings])


def _digest(value: Any) -> str:
    document = json.dumps(value, sort_keys=True, default=str, separators=(",", ":"))
    return blake2b(document.encode(), digest_size=6).hexdigest()
