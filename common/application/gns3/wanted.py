"""What a project shall hold that is to be made, checked before a server hears of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api_clients.network.gns3.values import Project
from common.domain.errors import Invalid

MOST_NODES, MOST_LINKS = 1000, 5000


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node to make: of a template (its id, or its name), else of a type. `key` is what links call it by."""

    key: str
    name: str
    template: str = ""
    type: str = ""
    x: int = 0
    y: int = 0
    compute_id: str = "local"
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewLinkEnd:
    """`node` is a NewNode's key."""

    node: str
    adapter_number: int
    port_number: int


@dataclass(frozen=True, slots=True)
class NewLink:
    ends: tuple[NewLinkEnd, NewLinkEnd]


@dataclass(frozen=True, slots=True)
class CreatedProject:
    """`node_ids` by the keys of the nodes; `link_ids` in the order of the links."""

    server: str
    project: Project
    node_ids: Mapping[str, str]
    link_ids: tuple[str, ...]


def check(name: str, nodes: Sequence[NewNode], links: Sequence[NewLink]) -> None:
    """Raises Invalid with an entry for each problem."""
    problems = tuple(
        {"field": place, "code": "invalid", "message": message} for place, message in _problems(name, nodes, links)
    )
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise Invalid(
            f"The project cannot be made: {problems[0]['field']}: {problems[0]['message']}{more}",
            code="project_invalid",
            details=problems,
        )


def _problems(name: str, nodes: Sequence[NewNode], links: Sequence[NewLink]) -> Iterator[tuple[str, str]]:
    if not name.strip():
        yield "name", "a project needs a name"
    if len(nodes) > MOST_NODES:
        yield "nodes", f"at most {MOST_NODES} nodes"
    if len(links) > MOST_LINKS:
        yield "links", f"at most {MOST_LINKS} links"
    yield from _node_problems(nodes)
    yield from _link_problems(links, {node.key for node in nodes})


def _node_problems(nodes: Sequence[NewNode]) -> Iterator[tuple[str, str]]:
    for key, times in Counter(node.key for node in nodes).items():
        if times > 1:
            yield "nodes", f"the key {key!r:.100} comes {times} times"
    for number, node in enumerate(nodes):
        if not node.key or not node.name.strip():
            yield f"nodes.{number}", "a node needs a key and a name"
        if bool(node.template) == bool(node.type):
            yield f"nodes.{number}", "a node is made of a template or of a type, one of the two"


def _link_problems(links: Sequence[NewLink], keys: set[str]) -> Iterator[tuple[str, str]]:
    used: Counter[tuple[str, int, int]] = Counter()
    for number, link in enumerate(links):
        for end in link.ends:
            used[end.node, end.adapter_number, end.port_number] += 1
            if end.node not in keys:
                yield f"links.{number}", f"there is no node with the key {end.node!r:.100}"
        if link.ends[0].node == link.ends[1].node:
            yield f"links.{number}", "both ends are at the same node"
    for (node, adapter, port), times in used.items():
        if times > 1:
            yield "links", f"port {adapter}/{port} of {node!r:.100} is used {times} times"
