"""Plan a lab: every node, its place, its ports and links, before a server is asked to make anything. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nms.network_management.capabilities.lab_contracts import (
    ExportInput,
    LabPlan,
    LeftOut,
    MadeOf,
    PlannedEnd,
    PlannedLink,
    PlannedNode,
)
from nms.network_management.labs.layout import lay_out
from nms.network_management.labs.live import LiveDevice, LiveEnd, LiveLink
from nms.network_management.labs.materials import Material, Place, assign, choose, material
from nms.network_management.labs.naming import node_names

_CONFLICT = "{device} has {links} links, and {material} has ports for {ports}: give it something with more"


class PlanImpossible(Exception):
    """The lab cannot be made as it is wanted; `problems` says of each device why."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}.")
        self.problems = tuple(problems)


@dataclass(slots=True)
class _Board:
    """One device as it is built: which port of the lab each of its links takes."""

    device: LiveDevice
    name: str
    material: Material
    taken: dict[int, Place] = field(default_factory=dict)  # by link
    names: dict[Place, str] = field(default_factory=dict)  # of the ports that are taken, "" where GNS3 names them


@dataclass(frozen=True, slots=True)
class Lab:
    """The plan, and the properties of nodes by device: the names of switch ports."""

    plan: LabPlan
    properties: Mapping[int, Mapping[str, object]]


def plan_lab(
    asked: ExportInput,
    devices: Sequence[LiveDevice],
    links: Sequence[LiveLink],
    *,
    configured: Mapping[str, str],
    template_types: Mapping[str, str],
) -> Lab:
    """`template_types` by id and by name of the templates that there are. Raises PlanImpossible."""
    wanted, left_out = _makeable(links)
    degree: dict[int, int] = defaultdict(int)
    for link in wanted:
        degree[link.a.device_id] += 1
        degree[link.b.device_id] += 1
    names = node_names((device.id, device.name) for device in devices)
    boards, notes, problems = {}, [], []
    for device in devices:
        made_of, note = choose(
            device.id,
            device.role,
            degree[device.id],
            devices=asked.devices,
            roles=asked.roles,
            configured=configured,
        )
        if made_of.template is not None and made_of.template not in template_types:
            problems.append(f"{device.name} is to be made of the template {made_of.template}, which the server has not")
            continue
        stuff = material(made_of, template_types.get(made_of.template or "", ""), degree[device.id])
        if len(stuff.places) < degree[device.id]:
            problems.append(
                _CONFLICT.format(
                    device=device.name,
                    links=degree[device.id],
                    material=made_of.template or made_of.type,
                    ports=len(stuff.places),
                )
            )
        if note:
            notes.append(f"{device.name}: {note}.")
        boards[device.id] = _Board(device, names[device.id], stuff)
    problems += _strangers(asked, {device.id for device in devices})
    if problems:
        raise PlanImpossible(problems)
    _connect(boards, wanted)
    places = _positions(asked, devices, wanted)
    plan = LabPlan(
        name=asked.name,
        nodes=[_node(boards[device.id], places[device.id]) for device in devices],
        links=[
            PlannedLink(link_id=link.id, a=_end(boards, link, link.a), b=_end(boards, link, link.b)) for link in wanted
        ],
        left_out=left_out,
        notes=notes,
    )
    return Lab(plan, {device_id: _properties(board) for device_id, board in boards.items()})


def _makeable(links: Sequence[LiveLink]) -> tuple[list[LiveLink], list[LeftOut]]:
    wanted, left_out = [], []
    for link in links:
        if link.a.device_id == link.b.device_id:
            left_out.append(LeftOut(link_id=link.id, reason="Both ends are at one device, which GNS3 does not link."))
        else:
            wanted.append(link)
    return wanted, left_out


def _strangers(asked: ExportInput, selected: set[int]) -> list[str]:
    named = sorted({int(key) for key in (*asked.devices, *asked.positions)} - selected)
    return [f"device {device_id} is named, and not among those selected" for device_id in named]


def _connect(boards: Mapping[int, _Board], links: Sequence[LiveLink]) -> None:
    """Give each end of each link its port."""
    ends: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for link in links:
        for end in (link.a, link.b):
            ends[end.device_id].append((link.id, end.port))
    for device_id, known in ends.items():
        board = boards[device_id]
        places = assign(board.material.places, [interface for _, interface in known])
        for (link_id, interface), place in zip(known, places, strict=True):
            board.taken[link_id] = place
            board.names[place] = _port_name(board, interface, place)


def _end(boards: Mapping[int, _Board], link: LiveLink, end: LiveEnd) -> PlannedEnd:
    board = boards[end.device_id]
    place = board.taken[link.id]
    return PlannedEnd(
        device_id=end.device_id,
        device=board.device.name,
        interface=end.port,
        node=board.name,
        adapter_number=place[0],
        port_number=place[1],
        port=board.names[place],
    )


def _port_name(board: _Board, interface: str, place: Place) -> str:
    """As on the device where the port can be named; two links of one interface (a segment) need names of their own."""
    if not board.material.named:
        return "Ethernet0" if board.material.made_of.type == "vpcs" else ""
    name = wanted = interface.strip() or f"Ethernet{place[1]}"
    number = 2
    while name in board.names.values():
        name = f"{wanted}-{number}"
        number += 1
    return name


def _positions(
    asked: ExportInput, devices: Sequence[LiveDevice], links: Sequence[LiveLink]
) -> dict[int, tuple[int, int]]:
    drawn = lay_out([device.id for device in devices], [(link.a.device_id, link.b.device_id) for link in links])
    return drawn | {int(key): (place[0], place[1]) for key, place in asked.positions.items()}


def _node(board: _Board, place: tuple[int, int]) -> PlannedNode:
    made_of: MadeOf = board.material.made_of
    return PlannedNode(
        device_id=board.device.id,
        device=board.device.name,
        node=board.name,
        template=made_of.template or "",
        type=made_of.type or "",
        x=place[0],
        y=place[1],
    )


def _properties(board: _Board) -> dict[str, object]:
    """The ports of a switch or hub, with the names of the device's own where they are used."""
    if not board.material.named:
        return {}
    switch = board.material.made_of.type == "ethernet_switch"
    names = {place: board.names.get(place, "") for place in board.material.places}
    taken = set(names.values())
    mapping = []
    for (_, number), name in names.items():
        port: dict[str, object] = {"name": name or _spare(number, taken), "port_number": number}
        mapping.append({**port, "type": "access", "vlan": 1} if switch else port)
    return {"ports_mapping": mapping}


def _spare(number: int, taken: set[str]) -> str:
    name = f"Ethernet{number}"
    return name if name not in taken else f"Spare{number}"
