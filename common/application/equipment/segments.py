"""Which nodes share a segment (a broadcast domain) through switches and hubs. Pure.

GNS3's Ethernet switch has access ports and trunks (dot1q), its hub none of that. Other nodes that may switch (an IOU
of layer 2, a container) are opaque: they end segments. Suspended links carry nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from api_clients.network.gns3.values import Link, LinkEnd, Node

HUB, SWITCH = "ethernet_hub", "ethernet_switch"
JOINING = frozenset({HUB, SWITCH})
UNTAGGED = 0

Member = tuple[str, int, int]  # node id, adapter, port


@dataclass(frozen=True, slots=True)
class Segment:
    """`members` are the ends of nodes that are no switch or hub, `through` the switches and hubs between them."""

    members: frozenset[Member]
    through: frozenset[str]

    @property
    def node_ids(self) -> frozenset[str]:
        return frozenset(node_id for node_id, _, _ in self.members)


@dataclass(frozen=True, slots=True)
class _Port:
    """How a port of a switch treats frames; `vlan` is its access VLAN, or the native one of a trunk."""

    vlan: int
    trunk: bool


def segments_of(nodes: Iterable[Node], links: Iterable[Link]) -> tuple[Segment, ...]:
    """Every segment with at least one member, the same in any order of nodes and links."""
    by_id = {node.node_id: node for node in nodes}
    ports = {node.node_id: _switch_ports(node) for node in by_id.values() if node.type == SWITCH}
    vlans = {port.vlan for table in ports.values() for port in table.values()} | {1}
    joined = _Joined()
    for link in links:
        if not link.suspended and len(link.ends) == 2 and all(end.node_id in by_id for end in link.ends):
            for one, other in _same(link.ends[0], link.ends[1], by_id, ports, vlans):
                joined.join(one, other)
    return _told(joined, by_id)


def mates_of(node_id: str, segments: Iterable[Segment]) -> frozenset[str]:
    """The nodes that share any segment with the node."""
    return frozenset(
        mate for segment in segments if node_id in segment.node_ids for mate in segment.node_ids if mate != node_id
    )


def _same(
    a: LinkEnd, b: LinkEnd, nodes: Mapping[str, Node], ports: Mapping[str, dict[int, _Port]], vlans: set[int]
) -> Iterator[tuple[Hashable, Hashable]]:
    """What is one broadcast domain because of this link: the untagged frames, and each VLAN where both can tag."""
    yield _untagged(a, nodes, ports), _untagged(b, nodes, ports)
    if not (_tags(a, nodes, ports) and _tags(b, nodes, ports)):
        return
    natives = {port.vlan for end in (a, b) if (port := _port(end, ports)) is not None}
    for vlan in vlans - natives:
        yield _tagged(a, vlan, nodes, ports), _tagged(b, vlan, nodes, ports)


def _untagged(end: LinkEnd, nodes: Mapping[str, Node], ports: Mapping[str, dict[int, _Port]]) -> Hashable:
    if nodes[end.node_id].type == HUB:
        return ("hub", end.node_id, UNTAGGED)
    if (port := _port(end, ports)) is not None:
        return ("switch", end.node_id, port.vlan)
    return ("end", _member(end), UNTAGGED)


def _tagged(end: LinkEnd, vlan: int, nodes: Mapping[str, Node], ports: Mapping[str, dict[int, _Port]]) -> Hashable:
    if nodes[end.node_id].type == HUB:
        return ("hub", end.node_id, vlan)
    if end.node_id in ports:
        return ("switch", end.node_id, vlan)
    return ("end", _member(end), vlan)


def _tags(end: LinkEnd, nodes: Mapping[str, Node], ports: Mapping[str, dict[int, _Port]]) -> bool:
    """Trunks do, and hubs and hosts may."""
    port = _port(end, ports)
    return port.trunk if port is not None else nodes[end.node_id].type != SWITCH


def _port(end: LinkEnd, ports: Mapping[str, dict[int, _Port]]) -> _Port | None:
    table = ports.get(end.node_id)
    return None if table is None else table.get(end.port_number, _Port(1, trunk=False))


def _switch_ports(node: Node) -> dict[int, _Port]:
    found = {}
    for row in node.properties.get("ports_mapping") or ():
        if isinstance(row, Mapping) and isinstance(row.get("port_number"), int):
            vlan = row.get("vlan")
            found[row["port_number"]] = _Port(vlan if isinstance(vlan, int) else 1, trunk=row.get("type") == "dot1q")
    return found


def _member(end: LinkEnd) -> Member:
    return end.node_id, end.adapter_number, end.port_number


def _told(joined: _Joined, nodes: Mapping[str, Node]) -> tuple[Segment, ...]:
    found = []
    for group in joined.groups():
        members = frozenset(what for _, what, _ in group if isinstance(what, tuple))
        through = frozenset(what for _, what, _ in group if isinstance(what, str))
        # A host at a trunk hears every VLAN; alone in one of them it shares it with nobody.
        if members and not (len(members) == 1 and any(kind == "end" and vlan for kind, _, vlan in group)):
            found.append(Segment(members, through))
    return tuple(sorted(set(found), key=lambda segment: (sorted(segment.members), sorted(segment.through))))


class _Joined:
    """Union-find."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def join(self, one: Hashable, other: Hashable) -> None:
        self._parent[self._root(one)] = self._root(other)

    def groups(self) -> list[list[tuple[str, Member | str, int]]]:
        found: dict[Hashable, list[tuple[str, Member | str, int]]] = defaultdict(list)
        for item in self._parent:
            found[self._root(item)].append(item)  # type: ignore[arg-type] # only such items are joined
        return list(found.values())

    def _root(self, item: Hashable) -> Hashable:
        self._parent.setdefault(item, item)
        while self._parent[item] != item:
            self._parent[item] = item = self._parent[self._parent[item]]
        return item
