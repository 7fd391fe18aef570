"""What a lab and the network differ in, without a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api_clients.network.gns3.values import Link, LinkEnd, Node, Port, Project, Topology
from nms.network_management.labs import compare as compare_module
from nms.network_management.labs.compare import Comparison, Lab, compare
from nms.network_management.labs.live import LiveDevice, LiveEnd, LiveLink

PROJECT = Project("p", "lab", "opened", False, False, False, "")


def node(name: str, *ports: str, type: str = "ethernet_switch", status: Any = "started") -> Node:
    known = tuple(Port(0, number, port, port, "ethernet") for number, port in enumerate(ports or ("Ethernet0",)))
    return Node(f"n-{name}", "p", name, type, status, "local", None, None, "none", "", known, 0, 0, 0, "", {})


def cable(a: str, a_port: int, b: str, b_port: int, **values: Any) -> Link:
    ends = (LinkEnd(f"n-{a}", 0, a_port), LinkEnd(f"n-{b}", 0, b_port))
    known = Link(f"l-{a}-{b}-{a_port}", "p", "ethernet", ends, False, {}, capturing=False)
    return replace(known, **values)


def device(number: int, name: str, status: str = "reachable", **values: Any) -> LiveDevice:
    return LiveDevice(number, name, "switch", status, **values)


def link(number: int, a: int, a_port: str, b: int, b_port: str, status: str = "up") -> LiveLink:
    return LiveLink(number, LiveEnd(a, a_port), LiveEnd(b, b_port), status)


def lab(nodes: list[Node], *links: Link, exported: Any = None, addresses: Any = None) -> Lab:
    return Lab("main", Topology(PROJECT, tuple(nodes), links), exported or {}, addresses or {})


def kinds(found: Comparison) -> list[tuple[str, str]]:
    return [(difference.about, difference.kind) for difference in found.differences]


A, B = device(1, "core"), device(2, "access.example.org")
NODES = [node("core", "Gi0/1", "Gi0/2"), node("access", "Gi0/1")]
LIVE = [link(7, 1, "Gi0/2", 2, "GigabitEthernet0/1")]


def test_a_lab_that_is_the_network_has_no_differences() -> None:
    found = compare(lab(NODES, cable("core", 1, "access", 0)), [A, B], LIVE)
    assert kinds(found) == []
    assert [(pair.device_id, pair.node_id, pair.by) for pair in found.matched] == [
        (1, "n-core", "name"),
        (2, "n-access", "name"),
    ]


def test_what_is_missing_on_either_side_is_explained() -> None:
    found = compare(lab([NODES[0], node("extra")], cable("core", 0, "extra", 0)), [A, B], LIVE)
    assert kinds(found) == [
        ("node", "missing_in_lab"),
        ("node", "missing_live"),
        ("link", "missing_live"),
        ("link", "missing_in_lab"),
    ]
    told = [difference.explanation for difference in found.differences]
    assert told[0].startswith("access.example.org is in the network; no node of lab")
    assert told[2] == "core Gi0/1 - extra Ethernet0 is in the lab: at least one of its nodes is not in the network."
    assert told[3] == (
        "core Gi0/2 - access.example.org GigabitEthernet0/1 is missing in the lab: access.example.org is not in it."
    )
    assert (found.differences[3].link_id, found.differences[2].lab_link_id) == (7, "l-core-extra-0")


def test_a_link_at_other_ports_is_one_difference_and_a_second_cable_is_another() -> None:
    one = lab(NODES, cable("core", 0, "access", 0))
    found = compare(one, [A, B], LIVE)
    assert kinds(found) == [("link", "ports")]
    assert "is core Gi0/1 - access Gi0/1 in the lab" in found.differences[0].explanation
    two = [*LIVE, link(8, 1, "Gi0/1", 2, "Gi0/7")]
    assert kinds(compare(lab(NODES, cable("core", 1, "access", 0)), [A, B], two)) == [("link", "missing_in_lab")]


def test_vpcs_has_no_port_names_to_differ_in() -> None:
    pc = node("access", "Ethernet0", type="vpcs")
    assert kinds(compare(lab([NODES[0], pc], cable("core", 1, "access", 0)), [A, B], LIVE)) == []


def test_states_that_differ() -> None:
    stopped = [NODES[0], node("access", "Gi0/1", status="stopped")]
    found = compare(lab(stopped, cable("core", 1, "access", 0)), [A, B], LIVE)
    assert kinds(found) == [("node", "state")]
    cut = compare(lab(NODES, cable("core", 1, "access", 0, suspended=True, filters={"delay": (9, 0)})), [A, B], LIVE)
    assert kinds(cut) == [("link", "state")]
    assert "in the lab the link is suspended and has the filter delay" in cut.differences[0].explanation
    down = compare(lab(NODES, cable("core", 1, "access", 0)), [A, B], [replace(LIVE[0], status="down")])
    assert kinds(down) == [("link", "state")]


def test_nodes_are_matched_by_export_then_reference_then_name_then_address() -> None:
    nodes = [node("x"), node("y"), node("z"), node("core")]
    devices = [
        device(1, "core"),
        device(2, "b", node=("main", "p", "n-y")),
        device(3, "c", addresses=frozenset({"10.0.0.3"})),
        device(4, "d"),
    ]
    known = lab(nodes, exported={"n-x": 4}, addresses={"n-z": frozenset({"10.0.0.3"})})
    found = compare(known, devices, [])
    assert {pair.node_id: (pair.device_id, pair.by) for pair in found.matched} == {
        "n-x": (4, "export"),
        "n-y": (2, "reference"),
        "n-core": (1, "name"),
        "n-z": (3, "address"),
    }


def test_a_name_that_two_devices_have_matches_neither() -> None:
    found = compare(lab([node("core")]), [A, device(3, "CORE")], [])
    assert found.matched == ()
    assert len(found.differences) == 3


def test_names_are_compared_as_an_export_writes_them() -> None:
    found = compare(lab([node("Core-1-old")]), [device(1, "Core 1 (old)")], [])
    assert len(found.matched) == 1


def test_a_large_network_is_compared_without_putting_every_node_beside_every_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    forms = compare_module.name_forms
    monkeypatch.setattr(compare_module, "name_forms", lambda name: asked.append(name) or forms(name))
    devices = [device(number, f"sw{number}") for number in range(1, 301)]
    found = compare(lab([node(f"sw{number}") for number in range(1, 301)]), devices, [])
    assert len(found.matched) == 300
    assert len(asked) <= 2 * (300 + 300)
