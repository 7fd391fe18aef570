"""Who shares a segment through switches, hubs, VLANs and trunks."""

from __future__ import annotations

import random
from typing import Any

from api_clients.network.gns3.values import Link, LinkEnd, Node
from common.application.equipment.segments import mates_of, segments_of


def node(name: str, kind: str = "vpcs", ports: list[dict[str, Any]] | None = None) -> Node:
    return Node(
        node_id=name,
        project_id="p",
        name=name,
        type=kind,
        status="started",
        compute_id="local",
        template_id=None,
        console=None,
        console_type="telnet",
        console_host="127.0.0.1",
        ports=(),
        x=0,
        y=0,
        z=0,
        symbol="",
        properties={"ports_mapping": ports} if ports is not None else {},
    )


def link(*ends: tuple[str, int], suspended: bool = False) -> Link:
    return Link(
        link_id="-".join(f"{name}{port}" for name, port in ends),
        project_id="p",
        type="ethernet",
        ends=tuple(LinkEnd(name, 0, port) for name, port in ends),
        suspended=suspended,
        filters={},
        capturing=False,
    )


def port(number: int, kind: str = "access", vlan: int = 1) -> dict[str, Any]:
    return {"port_number": number, "type": kind, "vlan": vlan, "name": f"Ethernet{number}"}


def mates(nodes: list[Node], links: list[Link]) -> dict[str, str]:
    found = segments_of(nodes, links)
    return {one.name: "".join(sorted(mates_of(one.node_id, found))) for one in nodes}


HOSTS = [node(name) for name in "ABCD"]


def test_hosts_at_a_switch_share_a_segment() -> None:
    switch = node("S", "ethernet_switch", [port(0), port(1), port(2)])
    links = [link(("A", 0), ("S", 0)), link(("B", 0), ("S", 1))]
    assert mates([*HOSTS, switch], links) == {"A": "B", "B": "A", "C": "", "D": "", "S": ""}
    (segment,) = segments_of([*HOSTS, switch], links)
    assert (segment.node_ids, segment.through) == ({"A", "B"}, {"S"})


def test_access_ports_of_different_vlans_are_apart() -> None:
    switch = node("S", "ethernet_switch", [port(0, vlan=10), port(1, vlan=20), port(2, vlan=10)])
    links = [link((name, 0), ("S", number)) for number, name in enumerate("ABC")]
    assert mates([*HOSTS, switch], links)["A"] == "C"
    assert mates([*HOSTS, switch], links)["B"] == ""


def test_a_trunk_carries_each_vlan_by_itself() -> None:
    one = node("S", "ethernet_switch", [port(0, vlan=10), port(1, vlan=20), port(7, "dot1q")])
    other = node("T", "ethernet_switch", [port(0, vlan=10), port(1, vlan=20), port(7, "dot1q")])
    links = [
        link(("A", 0), ("S", 0)),
        link(("B", 0), ("S", 1)),
        link(("C", 0), ("T", 0)),
        link(("D", 0), ("T", 1)),
        link(("S", 7), ("T", 7)),
    ]
    found = mates([*HOSTS, one, other], links)
    assert (found["A"], found["B"]) == ("C", "D")


def test_an_access_port_at_a_trunk_meets_the_native_vlan() -> None:
    one = node("S", "ethernet_switch", [port(0, vlan=10), port(7, "access", vlan=10)])
    other = node("T", "ethernet_switch", [port(0, vlan=30), port(1, vlan=10), port(7, "dot1q", vlan=30)])
    links = [link(("A", 0), ("S", 0)), link(("B", 0), ("T", 0)), link(("C", 0), ("T", 1)), link(("S", 7), ("T", 7))]
    assert mates([*HOSTS, one, other], links)["A"] == "B"


def test_a_router_at_a_trunk_hears_all_vlans() -> None:
    switch = node("S", "ethernet_switch", [port(0, vlan=10), port(1, vlan=20), port(7, "dot1q")])
    links = [link(("A", 0), ("S", 0)), link(("B", 0), ("S", 1)), link(("D", 0), ("S", 7))]
    found = mates([*HOSTS, switch], links)
    assert (found["A"], found["B"], found["D"]) == ("D", "D", "AB")


def test_a_hub_joins_all_and_a_suspended_link_joins_nobody() -> None:
    hub = node("H", "ethernet_hub")
    links = [link((name, 0), ("H", number), suspended=name == "C") for number, name in enumerate("ABC")]
    assert mates([*HOSTS, hub], links) == {"A": "B", "B": "A", "C": "", "D": "", "H": ""}


def test_nodes_that_route_end_a_segment() -> None:
    links = [link(("A", 0), ("B", 0)), link(("B", 1), ("C", 0))]
    assert mates(HOSTS, links) == {"A": "B", "B": "AC", "C": "B", "D": ""}


def test_a_link_to_a_node_that_is_not_there_is_passed_over() -> None:
    assert segments_of(HOSTS, [link(("A", 0), ("gone", 0)), link(("A", 1))]) == ()


def test_the_order_of_nodes_and_links_does_not_matter() -> None:
    switch = node("S", "ethernet_switch", [port(number, vlan=number % 3) for number in range(4)])
    nodes = [*HOSTS, switch]
    links = [link((name, 0), ("S", number)) for number, name in enumerate("ABCD")]
    expected = segments_of(nodes, links)
    for seed in range(10):
        random.Random(seed).shuffle(nodes)
        random.Random(seed).shuffle(links)
        assert segments_of(nodes, links) == expected
