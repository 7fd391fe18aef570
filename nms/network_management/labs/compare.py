"""What a lab and the live network differ in: nodes and links missing on either side, ports, states. Pure.

A node of the lab is the device that it was exported from; else the device that is this very node (GNS3 found it); else
the one of its name; else the one that has an address of its own. A name or an address that fits several tells nothing.
Links are compared by the devices at their ends: two cables between the same two devices have to be two in the lab.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from api_clients.network.gns3.values import Link, LinkEnd, Node, Topology
from nms.network_management.capabilities.lab_contracts import Difference, Pair
from nms.network_management.labs.live import LiveDevice, LiveLink
from nms.network_management.labs.naming import node_name
from nms.network_management.topology.neighbors import name_forms
from nms.network_management.topology.ports import same_port_name

By = Literal["export", "reference", "name", "address"]
Pairing = dict[str, int]  # node -> device
Marks = Set[Hashable]
Between = tuple[int, int]  # two devices, the smaller id first


@dataclass(frozen=True, slots=True)
class Lab:
    """A project as it is; `exported` are its nodes' devices where it was made by an export, `addresses` those known."""

    server: str
    topology: Topology
    exported: Mapping[str, int]
    addresses: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    matched: tuple[Pair, ...]
    differences: tuple[Difference, ...]


def compare(lab: Lab, devices: Sequence[LiveDevice], links: Sequence[LiveLink]) -> Comparison:
    pairs = tuple(_match(lab, devices))
    pairing = {pair.node_id: pair.device_id for pair in pairs}
    differences = [
        *_nodes(lab, devices, pairing),
        *_states(lab, devices, pairing),
        *_Links(lab, devices, pairing).differences(links),
    ]
    return Comparison(pairs, tuple(differences))


# --- nodes ---


def _match(lab: Lab, devices: Sequence[LiveDevice]) -> Iterator[Pair]:
    nodes = {node.node_id: node for node in lab.topology.nodes}
    left = {device.id: device for device in devices}
    for by, of_node, of_device in _rungs(lab):
        found = _unambiguous(
            {node_id: of_node(node) for node_id, node in nodes.items()},
            {device_id: of_device(device) for device_id, device in left.items()},
        )
        for node_id, device_id in found.items():
            node, device = nodes.pop(node_id), left.pop(device_id)
            yield Pair(device_id=device.id, device=device.name, node_id=node_id, node=node.name, by=by)


def _rungs(lab: Lab) -> Iterator[tuple[By, Callable[[Node], Marks], Callable[[LiveDevice], Marks]]]:
    """What a node and a device have in common if they are each other, the best evidence first."""
    project_id = lab.topology.project.project_id
    yield "export", lambda node: {lab.exported.get(node.node_id)}, lambda device: {device.id}
    yield "reference", lambda node: {(lab.server, project_id, node.node_id)}, lambda device: {device.node}
    yield "name", lambda node: _names(node.name), lambda device: _names(device.name)
    yield "address", lambda node: lab.addresses.get(node.node_id, frozenset()), lambda device: device.addresses


def _names(name: str) -> set[str]:
    """As it is, and as an export would write it."""
    return name_forms(name) | name_forms(node_name(name))


def _unambiguous(nodes: Mapping[str, Marks], devices: Mapping[int, Marks]) -> Pairing:
    bearers: dict[Hashable, list[int]] = defaultdict(list)
    for device_id, marks in devices.items():
        for mark in marks:
            bearers[mark].append(device_id)
    by_node = {
        node_id: {device for mark in marks for device in bearers.get(mark, ())} for node_id, marks in nodes.items()
    }
    claims = Counter(device_id for found in by_node.values() for device_id in found)
    only = {node_id: found.pop() for node_id, found in by_node.items() if len(found) == 1}
    return {node_id: device_id for node_id, device_id in only.items() if claims[device_id] == 1}


def _nodes(lab: Lab, devices: Sequence[LiveDevice], pairing: Pairing) -> Iterator[Difference]:
    project = lab.topology.project.name
    matched = set(pairing.values())
    for device in devices:
        if device.id not in matched:
            yield Difference(
                about="node",
                kind="missing_in_lab",
                device_ids=[device.id],
                node_ids=[],
                explanation=f"{device.name} is in the network; no node of {project} has its name or an address of its.",
            )
    for node in lab.topology.nodes:
        if node.node_id not in pairing:
            yield Difference(
                about="node",
                kind="missing_live",
                device_ids=[],
                node_ids=[node.node_id],
                explanation=f"{node.name} is in {project}; no device compared with has its name or an address of its.",
            )


def _states(lab: Lab, devices: Sequence[LiveDevice], pairing: Pairing) -> Iterator[Difference]:
    by_id = {device.id: device for device in devices}
    for node in lab.topology.nodes:
        device = by_id.get(pairing.get(node.node_id, 0))
        if device is None:
            continue
        runs, answers = node.status == "started", device.status == "reachable"
        if runs != answers:
            yield Difference(
                about="node",
                kind="state",
                device_ids=[device.id],
                node_ids=[node.node_id],
                explanation=f"{device.name} is {device.status}, and {node.name} is {node.status} in the lab.",
            )


# --- links ---


class _Links:
    def __init__(self, lab: Lab, devices: Sequence[LiveDevice], pairing: Pairing) -> None:
        self._lab = lab
        self._pairing = pairing
        self._nodes = {node.node_id: node for node in lab.topology.nodes}
        self._node_of = {device_id: node_id for node_id, device_id in pairing.items()}
        self._names = {device.id: device.name for device in devices}

    def differences(self, live: Sequence[LiveLink]) -> Iterator[Difference]:
        ours: dict[Between, list[LiveLink]] = defaultdict(list)
        for link in live:
            ours[_between(link.a.device_id, link.b.device_id)].append(link)
        theirs: dict[Between, list[Link]] = defaultdict(list)
        for lab_link in self._lab.topology.links:
            ends = [self._pairing.get(end.node_id) for end in lab_link.ends]
            if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
                theirs[_between(ends[0], ends[1])].append(lab_link)
            else:
                yield self._missing_live(lab_link, "at least one of its nodes is not in the network")
        for between in sorted(ours.keys() | theirs.keys()):
            yield from self._side_by_side(ours[between], theirs[between])

    def _side_by_side(self, live: list[LiveLink], lab: list[Link]) -> Iterator[Difference]:
        """Links between the same two devices: those at the same ports are each other first, then one by one."""
        same = [(ours, theirs) for ours in live for theirs in lab if self._same_ports(ours, theirs)]
        for ours, theirs in same:
            if ours in live and theirs in lab:
                live.remove(ours)
                lab.remove(theirs)
                yield from self._state(ours, theirs)
        for ours, theirs in zip(list(live), list(lab), strict=False):
            live.remove(ours)
            lab.remove(theirs)
            yield from self._ports(ours, theirs)
            yield from self._state(ours, theirs)
        for ours in live:
            yield self._missing_in_lab(ours)
        for theirs in lab:
            yield self._missing_live(theirs, "the network has no such link between the two")

    def _same_ports(self, live: LiveLink, lab: Link) -> bool:
        at = {self._pairing[end.node_id]: self._port(end) for end in lab.ends}
        return all(same_port_name(at.get(end.device_id, ""), end.port) for end in (live.a, live.b))

    def _port(self, end: LinkEnd) -> str:
        place = (end.adapter_number, end.port_number)
        ports = self._nodes[end.node_id].ports
        return next((port.name for port in ports if (port.adapter_number, port.port_number) == place), end.label)

    def _describe(self, lab: Link) -> str:
        return " - ".join(
            f"{self._nodes[end.node_id].name if end.node_id in self._nodes else end.node_id} {self._port(end)}".strip()
            for end in lab.ends
            if end.node_id in self._nodes
        )

    def _describe_live(self, link: LiveLink) -> str:
        return " - ".join(f"{self._names[end.device_id]} {end.port}".strip() for end in (link.a, link.b))

    def _ports(self, live: LiveLink, lab: Link) -> Iterator[Difference]:
        """Only where the lab's ports could have these names: VPCS has one port, whatever the device calls its own."""
        nameable = [end for end in lab.ends if self._nodes[end.node_id].type not in {"vpcs", "traceng", "cloud", "nat"}]
        at = {end.device_id: end.port for end in (live.a, live.b)}
        if any(not same_port_name(self._port(end), at[self._pairing[end.node_id]]) for end in nameable):
            yield self._link_difference(
                "ports", live, lab, f"{self._describe_live(live)} is {self._describe(lab)} in the lab."
            )

    def _state(self, live: LiveLink, lab: Link) -> Iterator[Difference]:
        faults = ["is suspended"] if lab.suspended else []
        faults += [f"has the filter {name}" for name in sorted(lab.filters)]
        if live.status == "up" and faults:
            said = f"{self._describe_live(live)} is up, and in the lab the link {' and '.join(faults)}."
            yield self._link_difference("state", live, lab, said)
        elif live.status == "down" and not lab.suspended and self._both_run(lab):
            said = f"{self._describe_live(live)} is down, and in the lab the link is not suspended."
            yield self._link_difference("state", live, lab, said)

    def _both_run(self, lab: Link) -> bool:
        return all(self._nodes[end.node_id].status == "started" for end in lab.ends)

    def _link_difference(
        self, kind: Literal["ports", "state"], live: LiveLink, lab: Link, explanation: str
    ) -> Difference:
        return Difference(
            about="link",
            kind=kind,
            device_ids=[live.a.device_id, live.b.device_id],
            node_ids=[end.node_id for end in lab.ends],
            link_id=live.id,
            lab_link_id=lab.link_id,
            explanation=explanation,
        )

    def _missing_in_lab(self, link: LiveLink) -> Difference:
        ends = (link.a, link.b)
        absent = [self._names[end.device_id] for end in ends if end.device_id not in self._node_of]
        why = f"{' and '.join(absent)} is not in it" if absent else "there is no such link between the two nodes"
        return Difference(
            about="link",
            kind="missing_in_lab",
            device_ids=[end.device_id for end in ends],
            node_ids=[self._node_of[end.device_id] for end in ends if end.device_id in self._node_of],
            link_id=link.id,
            explanation=f"{self._describe_live(link)} is missing in the lab: {why}.",
        )

    def _missing_live(self, link: Link, why: str) -> Difference:
        return Difference(
            about="link",
            kind="missing_live",
            device_ids=[self._pairing[end.node_id] for end in link.ends if end.node_id in self._pairing],
            node_ids=[end.node_id for end in link.ends],
            lab_link_id=link.link_id,
            explanation=f"{self._describe(link)} is in the lab: {why}.",
        )


def _between(one: int, other: int) -> Between:
    return (one, other) if one <= other else (other, one)
