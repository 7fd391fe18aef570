"""Plans of labs, without a server and without a database."""

from __future__ import annotations

import math
import time
from itertools import combinations
from typing import Any

import pytest

from nms.network_management.capabilities.lab_contracts import ExportInput
from nms.network_management.labs.layout import APART, lay_out
from nms.network_management.labs.live import LiveDevice, LiveEnd, LiveLink
from nms.network_management.labs.materials import assign
from nms.network_management.labs.naming import node_names
from nms.network_management.labs.plan import Lab, PlanImpossible, plan_lab


def device(number: int, name: str = "", role: str = "") -> LiveDevice:
    return LiveDevice(number, name or f"d{number}", role, "reachable")


def link(number: int, a: int, a_port: str, b: int, b_port: str) -> LiveLink:
    return LiveLink(number, LiveEnd(a, a_port), LiveEnd(b, b_port), "up")


def plan(
    devices: list[LiveDevice],
    links: list[LiveLink],
    /,
    *,
    configured: dict[str, str] | None = None,
    templates: dict[str, str] | None = None,
    **asked: Any,
) -> Lab:
    document = {"name": "lab", "select": {"all": True}, **asked}
    return plan_lab(
        ExportInput.model_validate(document),
        devices,
        links,
        configured=configured or {},
        template_types=templates or {},
    )


CORE, HOST = device(1, "core", "switch"), device(2, "web", "server")
CABLE = link(7, 1, "Gi0/1", 2, "eth0")


def test_what_forwards_is_a_switch_with_its_own_port_names_and_what_does_not_is_vpcs() -> None:
    lab = plan([CORE, HOST], [CABLE])
    assert [(node.node, node.type) for node in lab.plan.nodes] == [("core", "ethernet_switch"), ("web", "vpcs")]
    (planned,) = lab.plan.links
    assert (planned.a.node, planned.a.port, planned.a.adapter_number, planned.a.port_number) == ("core", "Gi0/1", 0, 1)
    assert (planned.b.node, planned.b.port, planned.b.adapter_number, planned.b.port_number) == (
        "web",
        "Ethernet0",
        0,
        0,
    )
    ports: Any = lab.properties[1]["ports_mapping"]
    assert [port["name"] for port in ports] == ["Ethernet0", "Gi0/1", *(f"Ethernet{port}" for port in range(2, 8))]
    assert {(port["type"], port["vlan"]) for port in ports} == {("access", 1)}
    assert lab.properties[2] == {}


def test_a_host_with_two_links_becomes_a_switch_and_the_plan_says_so() -> None:
    lab = plan([CORE, HOST], [CABLE, link(8, 1, "Gi0/2", 2, "eth1")])
    assert lab.plan.nodes[1].type == "ethernet_switch"
    assert lab.plan.notes == ["web: it has 2 links and VPCS one port, so an Ethernet switch stands for it."]


def test_a_switch_has_a_port_for_each_link_however_many() -> None:
    hosts = [device(number) for number in range(2, 32)]
    lab = plan([CORE, *hosts], [link(number, 1, f"Gi0/{number}", number, "eth0") for number in range(2, 32)])
    used = {(planned.a.adapter_number, planned.a.port_number) for planned in lab.plan.links}
    ports: Any = lab.properties[1]["ports_mapping"]
    assert len(used) == 30
    assert {(0, port["port_number"]) for port in ports} >= used
    assert {f"Gi0/{number}" for number in range(2, 32)} <= {port["name"] for port in ports}
    assert len({port["name"] for port in ports}) == len(ports)


def test_materials_follow_the_device_then_the_role_then_the_configuration() -> None:
    devices = [device(1, role="router"), device(2, role="router"), device(3, role="server"), device(4, role="server")]
    lab = plan(
        devices,
        [],
        configured={"server": "Ubuntu", "router": "never"},
        templates={"c7200": "dynamips", "Ubuntu": "docker", "never": "qemu"},
        roles={"router": {"template": "c7200"}},
        devices={"2": {"type": "vpcs"}},
    )
    assert [(node.template, node.type) for node in lab.plan.nodes] == [
        ("c7200", ""),
        ("", "vpcs"),
        ("Ubuntu", ""),
        ("Ubuntu", ""),
    ]


def test_ports_of_a_template_are_those_given_or_the_usual_ones_alike_where_they_can_be() -> None:
    routers = [device(1, role="router"), device(2, role="router")]
    links = [link(7, 1, "Gi0/1", 2, "FastEthernet1/1"), link(8, 1, "Loopback", 2, "x")]
    lab = plan(
        routers,
        links,
        templates={"iou": "iou", "mine": "qemu"},
        devices={"1": {"template": "iou"}, "2": {"template": "mine", "ports": ["5/0", "1/1"]}},
    )
    places = [(end.adapter_number, end.port_number) for each in lab.plan.links for end in (each.a, each.b)]
    assert places == [(0, 1), (1, 1), (0, 0), (5, 0)]


def test_alike_ports_are_kept_for_whom_they_are_like() -> None:
    places = tuple((0, port) for port in range(3))
    assert assign(places, ["uplink", "Ethernet0"]) == [(0, 1), (0, 0)]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"roles": {"switch": {"template": "missing"}}}, "core is to be made of the template missing"),
        ({"roles": {"switch": {"type": "vpcs"}}}, "core has 2 links, and vpcs has ports for 1"),
        ({"roles": {"switch": {"template": "t", "ports": ["0/0"]}}}, "core has 2 links, and t has ports for 1"),
        ({"positions": {"99": [0, 0]}}, "device 99 is named, and not among those selected"),
        ({"devices": {"98": {"type": "vpcs"}}}, "device 98 is named, and not among those selected"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_is(asked: dict[str, Any], problem: str) -> None:
    with pytest.raises(PlanImpossible, match=problem):
        plan([CORE, HOST, device(3)], [CABLE, link(8, 1, "Gi0/2", 3, "eth0")], templates={"t": "qemu"}, **asked)


def test_a_link_of_a_device_with_itself_is_left_out_with_the_reason() -> None:
    lab = plan([CORE], [link(9, 1, "Gi0/1", 1, "Gi0/2")])
    assert lab.plan.links == []
    assert [(left.link_id, "one device" in left.reason) for left in lab.plan.left_out] == [(9, True)]


def test_names_are_host_names_and_differ() -> None:
    names = node_names([(1, "Core 1 (old)"), (2, "core-1-old"), (3, "10.0.0.1"), (4, "é" * 80), (5, "ok.example.org")])
    assert names == {1: "Core-1-old", 2: "core-1-old-2", 3: "n-10.0.0.1", 4: "n", 5: "ok.example.org"}


def test_a_segment_gives_a_port_two_links_under_names_of_their_own() -> None:
    lab = plan([CORE, HOST, device(3)], [CABLE, link(8, 1, "Gi0/1", 3, "eth0")])
    assert [planned.a.port for planned in lab.plan.links] == ["Gi0/1", "Gi0/1-2"]


# --- places ---


def test_the_same_network_is_drawn_the_same_way_with_room_between_nodes() -> None:
    ids = list(range(1, 41))
    links = [(1, number) for number in range(2, 12)] + [(2 + number % 10, number + 10) for number in range(2, 31)]
    places = lay_out(ids, links)
    assert places == lay_out(ids, links[::-1])
    nearest = min(math.dist(places[a], places[b]) for a, b in combinations(ids, 2))
    assert nearest > APART * 0.9
    assert places[1] == (0, 0), "the device with the most neighbours is in the middle"


def test_parts_that_are_not_connected_stand_side_by_side() -> None:
    places = lay_out([1, 2, 3, 4, 5], [(1, 2), (1, 3)])
    assert max(places[number][0] for number in (1, 2, 3)) < places[4][0] < places[5][0]
    assert len(set(places.values())) == 5
    assert lay_out([], []) == {}


def test_a_thousand_devices_are_laid_out_at_once() -> None:
    began = time.monotonic()
    places = lay_out(range(1000), [(number // 3, number) for number in range(1, 1000)])
    assert time.monotonic() - began < 1
    assert len(set(places.values())) == 1000


def test_given_positions_are_kept() -> None:
    lab = plan([CORE, HOST], [CABLE], positions={"2": [-333, 77]})
    assert (lab.plan.nodes[1].x, lab.plan.nodes[1].y) == (-333, 77)
