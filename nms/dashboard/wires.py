"""The lines of the map: SVG path data for each link, given where the devices stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nms.dashboard.geometry import LEAF_GAP, ROW_GAP, Box
from nms.dashboard.tiers import Edge

PARALLEL_GAP = 10  # between links of one pair of neighbours
SPINE_GAP = 4  # between links that share a gutter


@dataclass(frozen=True, slots=True)
class Hang:
    """A device that links reach from its left, along a vertical `spine` that begins at `top`.

    A stacked endpoint names its `parent`, whose link alone goes that way.
    """

    spine: float
    top: float
    parent: int | None = None


def draw_wires(edges: Sequence[Edge], boxes: Mapping[int, Box], hangs: Mapping[int, Hang]) -> dict[int, str]:
    """Return path data by edge id; a link to oneself or to a device without a box has none."""
    drawn = [edge for edge in edges if edge.a != edge.b and edge.a in boxes and edge.b in boxes]
    return _Wires(boxes, hangs).paths(drawn)


class _Wires:
    """Each link leaves a card at a place of its own, so that no two hide each other."""

    def __init__(self, boxes: Mapping[int, Box], hangs: Mapping[int, Hang]) -> None:
        self._boxes = boxes
        self._hangs = hangs

    def paths(self, edges: Sequence[Edge]) -> dict[int, str]:
        paths: dict[int, str] = {}
        upright: list[Edge] = []
        level: dict[tuple[int, int], list[Edge]] = defaultdict(list)
        for edge in edges:
            if leaf := self._stacked_leaf(edge):
                paths[edge.id] = self._elbow(leaf)
            elif self._boxes[edge.a].y == self._boxes[edge.b].y:
                level[min(edge.a, edge.b), max(edge.a, edge.b)].append(edge)
            else:
                upright.append(edge)
        for bundle in level.values():
            for index, edge in enumerate(bundle):
                paths[edge.id] = self._sideways(edge, PARALLEL_GAP * (index - (len(bundle) - 1) / 2))
        return paths | self._upright(upright)

    def _stacked_leaf(self, edge: Edge) -> int | None:
        """The end that is stacked under the other, if one is."""
        for leaf, parent in ((edge.a, edge.b), (edge.b, edge.a)):
            if leaf in self._hangs and self._hangs[leaf].parent == parent:
                return leaf
        return None

    def _elbow(self, leaf: int) -> str:
        hang, box = self._hangs[leaf], self._boxes[leaf]
        assert hang.parent is not None
        start = self._boxes[hang.parent].centre
        return f"M{start:.0f} {hang.top:.0f}V{hang.top + LEAF_GAP:.0f}H{hang.spine:.0f}V{box.middle:.0f}H{box.x:.0f}"

    def _upright(self, edges: Sequence[Edge]) -> dict[int, str]:
        ends: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
        for edge in edges:
            upper, lower = self._by_height(edge)
            ends[upper, "bottom"].append((self._boxes[lower].centre, edge.id))
            ends[lower, "top"].append((self._boxes[upper].centre, edge.id))
        ranks = {
            (id, side, edge): (index, len(others))
            for (id, side), others in ends.items()
            for index, (_, edge) in enumerate(sorted(others))
        }
        paths = {}
        for edge in edges:
            upper, lower = self._by_height(edge)
            index, count = ranks[upper, "bottom", edge.id]
            box = self._boxes[upper]
            start = (box.x + box.width * (index + 1) / (count + 1), box.bottom)
            paths[edge.id] = self._descent(start, lower, *ranks[lower, "top", edge.id])
        return paths

    def _descent(self, start: tuple[float, float], lower: int, index: int, count: int) -> str:
        """A curve from `start` to the lower device, as the `index`-th of the `count` links that come from above."""
        box, hang = self._boxes[lower], self._hangs.get(lower)
        if hang is None or hang.parent is not None:
            return _curve(start, (box.x + box.width * (index + 1) / (count + 1), box.y))
        shift = SPINE_GAP * (index - (count - 1) / 2)
        entry = box.middle + 2 * shift
        return f"{_curve(start, (hang.spine + shift, hang.top))}V{entry:.0f}H{box.x:.0f}"

    def _by_height(self, edge: Edge) -> tuple[int, int]:
        return (edge.a, edge.b) if self._boxes[edge.a].y < self._boxes[edge.b].y else (edge.b, edge.a)

    def _sideways(self, edge: Edge, offset: float) -> str:
        left, right = sorted((self._boxes[edge.a], self._boxes[edge.b]), key=lambda box: box.x)
        between = [box for box in self._boxes.values() if box.y == left.y and left.x < box.x < right.x]
        if not between:
            return f"M{left.x + left.width:.0f} {left.middle + offset:.0f}H{right.x:.0f}"
        rise = left.y - min(ROW_GAP * 0.45, 18 + 8 * len(between))
        x1, x2 = left.centre + offset, right.centre + offset
        return f"M{x1:.0f} {left.y:.0f}C{x1:.0f} {rise:.0f} {x2:.0f} {rise:.0f} {x2:.0f} {right.y:.0f}"


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    bend = max(0, min(ROW_GAP * 0.55, (y2 - y1) / 2))
    return f"M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
