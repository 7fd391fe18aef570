"""The lines of the map: SVG path data for each link, given where the devices stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from nms.dashboard.geometry import LEAF_GAP, LEAF_INDENT, ROW_GAP, Box
from nms.dashboard.tiers import Edge

PARALLEL_GAP = 10  # between links of one pair of neighbours


def draw_wires(edges: Sequence[Edge], boxes: Mapping[int, Box], leaf_parents: Mapping[int, int]) -> dict[int, str]:
    """Return path data by edge id. `leaf_parents` names the device that a stacked endpoint hangs under."""
    return _Wires(boxes, leaf_parents).paths([edge for edge in edges if edge.a in boxes and edge.b in boxes])


class _Wires:
    """Each link leaves a card at a place of its own, so that no two hide each other."""

    def __init__(self, boxes: Mapping[int, Box], leaf_parents: Mapping[int, int]) -> None:
        self._boxes = boxes
        self._leaf_parents = leaf_parents

    def paths(self, edges: Sequence[Edge]) -> dict[int, str]:
        paths: dict[int, str] = {}
        upright: list[Edge] = []
        level: dict[tuple[int, int], list[Edge]] = defaultdict(list)
        for edge in edges:
            a, b = self._boxes[edge.a], self._boxes[edge.b]
            if self._leaf_parents.get(edge.a) == edge.b or self._leaf_parents.get(edge.b) == edge.a:
                parent, leaf = (a, b) if self._leaf_parents.get(edge.b) == edge.a else (b, a)
                paths[edge.id] = _elbow(parent, leaf)
            elif edge.a == edge.b:
                continue
            elif a.y == b.y:
                level[min(edge.a, edge.b), max(edge.a, edge.b)].append(edge)
            else:
                upright.append(edge)
        for bundle in level.values():
            for index, edge in enumerate(bundle):
                paths[edge.id] = self._sideways(edge, PARALLEL_GAP * (index - (len(bundle) - 1) / 2))
        return paths | self._upright(upright)

    def _upright(self, edges: Sequence[Edge]) -> dict[int, str]:
        ends: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
        for edge in edges:
            upper, lower = self._by_height(edge)
            ends[upper, "bottom"].append((self._boxes[lower].centre, edge.id))
            ends[lower, "top"].append((self._boxes[upper].centre, edge.id))
        places = {
            (id, side, edge): self._boxes[id].x + self._boxes[id].width * (index + 1) / (len(others) + 1)
            for (id, side), others in ends.items()
            for index, (_, edge) in enumerate(sorted(others))
        }
        paths = {}
        for edge in edges:
            upper, lower = self._by_height(edge)
            x1, y1 = places[upper, "bottom", edge.id], self._boxes[upper].bottom
            x2, y2 = places[lower, "top", edge.id], self._boxes[lower].y
            bend = min(ROW_GAP * 0.55, (y2 - y1) / 2)
            paths[edge.id] = f"M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
        return paths

    def _by_height(self, edge: Edge) -> tuple[int, int]:
        return (edge.a, edge.b) if self._boxes[edge.a].y < self._boxes[edge.b].y else (edge.b, edge.a)

    def _sideways(self, edge: Edge, offset: float) -> str:
        left, right = sorted((self._boxes[edge.a], self._boxes[edge.b]), key=lambda box: box.x)
        between = [box for box in self._boxes.values() if box.y == left.y and left.x < box.x < right.x]
        if not between:
            return f"M{left.x + left.width:.0f} {left.y + left.height / 2 + offset:.0f}H{right.x:.0f}"
        rise = left.y - min(ROW_GAP * 0.45, 18 + 8 * len(between))
        x1, x2 = left.centre + offset, right.centre + offset
        return f"M{x1:.0f} {left.y:.0f}C{x1:.0f} {rise:.0f} {x2:.0f} {rise:.0f} {x2:.0f} {right.y:.0f}"


def _elbow(parent: Box, leaf: Box) -> str:
    spine = leaf.x - LEAF_INDENT / 2
    middle = leaf.y + leaf.height / 2
    return (
        f"M{parent.centre:.0f} {parent.bottom:.0f}V{parent.bottom + LEAF_GAP:.0f}H{spine:.0f}V{middle:.0f}H{leaf.x:.0f}"
    )
