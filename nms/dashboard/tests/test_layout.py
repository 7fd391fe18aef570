"""The map: every device stands somewhere, nothing overlaps, every link ends at its two devices."""

import itertools
import re
from collections.abc import Sequence

import pytest

from nms.dashboard.geometry import Box
from nms.dashboard.layout import Layout, lay_out
from nms.dashboard.tiers import Edge, Node


def campus(*, access: int = 12, servers: int = 20) -> tuple[list[Node], list[Edge]]:
    """Two routers, two core switches, four distribution switches, dual-homed access switches, servers."""
    names = ["router1", "router2", "core1", "core2", *(f"dist{n}" for n in range(1, 5))]
    nodes = [Node(id, name, "router" if "router" in name else "switch") for id, name in enumerate(names, 1)]
    nodes += [Node(100 + n, f"access{n}", "switch") for n in range(access)]
    nodes += [Node(1000 + n, f"srv{n}", "server") for n in range(servers)]
    pairs = [(3, 4), (3, 4), (1, 3), (1, 4), (2, 3), (2, 4)]
    pairs += [(core, dist) for core in (3, 4) for dist in range(5, 9)]
    pairs += [(5 + (2 * n + k) % 4, 100 + n) for n in range(access) for k in (0, 1)]
    pairs += [(100 + n % access, 1000 + n) for n in range(servers)]
    return nodes, [Edge(id, a, b) for id, (a, b) in enumerate(pairs, 1)]


def ring(size: int) -> tuple[list[Node], list[Edge]]:
    nodes = [Node(n, f"r{n}", "router") for n in range(1, size + 1)]
    return nodes, [Edge(n, n, n % size + 1) for n in range(1, size + 1)]


def star_of_unknowns() -> tuple[list[Node], list[Edge]]:
    return [Node(n, f"box{n}") for n in range(9)], [Edge(n, 0, n) for n in range(1, 9)]


NETWORKS = {
    "campus": campus(),
    "large campus": campus(access=60, servers=400),
    "ring": ring(4),
    "long ring": ring(31),
    "star": star_of_unknowns(),
    "two islands": (
        [*ring(4)[0], Node(50, "core9", "switch"), Node(51, "srv", "server")],
        [*ring(4)[1], Edge(50, 50, 51)],
    ),
    "servers among themselves": ([Node(1, "a", "server"), Node(2, "b", "server")], [Edge(1, 1, 2)]),
    "no links": ([Node(n, f"lonely{n}", "switch") for n in range(30)], []),
    "nothing": ([], []),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_every_device_has_a_box_inside_the_picture_and_none_overlaps(network: tuple[list[Node], list[Edge]]) -> None:
    layout = lay_out(*network)
    assert set(layout.boxes) == {node.id for node in network[0]}
    for box in layout.boxes.values():
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= layout.width
        assert box.bottom <= layout.height
    for one, other in itertools.combinations(layout.boxes.items(), 2):
        assert not overlap(one[1], other[1]), (one, other)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_every_link_starts_and_ends_at_its_devices(network: tuple[list[Node], list[Edge]]) -> None:
    layout = lay_out(*network)
    assert set(layout.paths) == {edge.id for edge in network[1]}
    for edge in network[1]:
        ends = path_ends(layout.paths[edge.id])
        boxes = layout.boxes[edge.a], layout.boxes[edge.b]
        assert (touches(ends[0], boxes[0]) and touches(ends[1], boxes[1])) or (
            touches(ends[0], boxes[1]) and touches(ends[1], boxes[0])
        ), (edge, ends, boxes)


def test_rows_follow_the_roles_from_the_outside_to_the_access() -> None:
    layout = lay_out(*campus())
    assert (
        heights(layout, [1, 2]) < heights(layout, [3, 4]) < heights(layout, [5, 6, 7, 8]) < heights(layout, [100, 111])
    )


def test_servers_stand_under_their_switch() -> None:
    nodes, edges = campus()
    layout = lay_out(nodes, edges)
    for edge in edges:
        if edge.b >= 1000:
            switch, server = layout.boxes[edge.a], layout.boxes[edge.b]
            assert switch.bottom < server.y
            assert abs(switch.centre - server.centre) < switch.width


def test_switches_stand_near_the_switches_they_hang_on() -> None:
    """The order within a row untangles links: an access switch is closer to its own distribution pair."""
    layout = lay_out(*campus())
    for number in range(12):
        own, other = ((5, 6), (7, 8)) if number % 2 == 0 else ((7, 8), (5, 6))
        assert distance(layout, 100 + number, own) < distance(layout, 100 + number, other)


def test_without_names_that_tell_the_best_connected_device_stands_above() -> None:
    layout = lay_out(*star_of_unknowns())
    assert layout.boxes[0].y < min(layout.boxes[n].y for n in range(1, 9))


def test_the_same_network_gives_the_same_picture_in_whatever_order_it_comes() -> None:
    nodes, edges = campus()
    assert lay_out(nodes, edges) == lay_out(nodes[::-1], edges)


def test_the_second_link_of_a_server_is_told_from_the_one_it_hangs_on() -> None:
    nodes, edges = campus()
    layout = lay_out(nodes, [*edges, Edge(901, 105, 1000)])
    assert layout.crossing == {901}


def test_parallel_links_do_not_hide_each_other() -> None:
    nodes, edges = campus()
    layout = lay_out(nodes, [*edges, Edge(900, 5, 100)])
    assert layout.paths[1] != layout.paths[2]
    assert layout.paths[900] not in [path for id, path in layout.paths.items() if id != 900]


def test_links_to_unknown_devices_and_to_oneself_are_left_out() -> None:
    layout = lay_out([Node(1, "a"), Node(2, "b")], [Edge(1, 1, 2), Edge(2, 1, 99), Edge(3, 2, 2)])
    assert set(layout.paths) == {1}


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width and other.x < one.x + one.width and one.y < other.bottom and other.y < one.bottom
    )


def path_ends(path: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """The first and the last point of path data made of absolute M, C, H and V."""
    points: list[tuple[float, float]] = []
    for command, text in re.findall(r"([MCHV])([^MCHV]*)", path):
        numbers = [float(number) for number in text.split()]
        x, y = points[-1] if points else (0.0, 0.0)
        points.append(
            (numbers[-1], y) if command == "H" else (x, numbers[-1]) if command == "V" else (numbers[-2], numbers[-1])
        )
    return points[0], points[-1]


def touches(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    return box.x - 1 <= x <= box.x + box.width + 1 and box.y - 1 <= y <= box.bottom + 1


def heights(layout: Layout, ids: Sequence[int]) -> float:
    found = {layout.boxes[id].y for id in ids}
    assert len(found) == 1, "one row"
    return found.pop()


def distance(layout: Layout, id: int, others: Sequence[int]) -> float:
    return min(abs(layout.boxes[id].centre - layout.boxes[other].centre) for other in others)
