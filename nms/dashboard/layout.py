"""Where everything stands on the map: rows of devices, servers stacked under their switch, links between them.

Pure geometry in SVG units, the same for the same network each time. Knows nothing of colours or statuses.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nms.dashboard.geometry import (
    CARD_HEIGHT,
    CARD_WIDTH,
    COLUMN_GAP,
    LEAF_GAP,
    LEAF_HEIGHT,
    LEAF_INDENT,
    LEAF_WIDTH,
    LEAVES_PER_COLUMN,
    MARGIN,
    ROW_GAP,
    WIDE_GAP,
    Box,
)
from nms.dashboard.tiers import Edge, Node, assign_rows, is_endpoint, neighbours
from nms.dashboard.wires import draw_wires

ORDERING_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """`paths` are SVG path data by edge id; an edge to a device that is not on the map has none."""

    width: float
    height: float
    boxes: Mapping[int, Box]
    paths: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What takes one place in a row: a device and the endpoints stacked under it."""

    id: int
    leaves: tuple[int, ...] = ()

    @property
    def columns(self) -> int:
        return -(-len(self.leaves) // LEAVES_PER_COLUMN)

    @property
    def width(self) -> float:
        return max(CARD_WIDTH, self.columns * (LEAF_INDENT + LEAF_WIDTH))

    @property
    def height(self) -> float:
        stacked = min(len(self.leaves), LEAVES_PER_COLUMN)
        return CARD_HEIGHT + stacked * (LEAF_HEIGHT + LEAF_GAP) + (LEAF_GAP if stacked else 0)


def lay_out(nodes: Sequence[Node], edges: Sequence[Edge]) -> Layout:
    """Return the map of `nodes` and `edges`. Devices without a link stand in rows of their own below."""
    nodes = sorted(nodes, key=lambda node: (_natural(node.name), node.id))
    around = neighbours(nodes, edges)
    rows = _fill_rows(nodes, around)
    for _ in range(ORDERING_SWEEPS):
        _order_by_neighbours(rows, around)
    centres = _centres(rows, around)
    boxes: dict[int, Box] = {}
    leaf_parents: dict[int, int] = {}
    y: float = MARGIN
    for row in rows:
        for unit in row:
            boxes[unit.id] = Box(centres[unit.id] - CARD_WIDTH / 2, y, CARD_WIDTH, CARD_HEIGHT)
            boxes |= _stack(unit, centres[unit.id], y + CARD_HEIGHT + LEAF_GAP)
            leaf_parents |= dict.fromkeys(unit.leaves, unit.id)
        y += max(unit.height for unit in row) + ROW_GAP
    y = y - ROW_GAP + CARD_HEIGHT if rows else y
    lonely = [node.id for node in nodes if not around[node.id]]
    width = max([box.x + box.width for box in boxes.values()], default=4 * (CARD_WIDTH + COLUMN_GAP))
    boxes |= _grid(lonely, y, width)
    return Layout(
        width=max([box.x + box.width for box in boxes.values()], default=0) + MARGIN,
        height=max([box.bottom for box in boxes.values()], default=0) + MARGIN,
        boxes=boxes,
        paths=draw_wires(edges, boxes, leaf_parents),
    )


def _fill_rows(nodes: Sequence[Node], around: Mapping[int, Sequence[int]]) -> list[list[_Unit]]:
    row_of = assign_rows(nodes, around)
    parents = {
        node.id: min((id for id in around[node.id] if id in row_of), key=lambda id: (-row_of[id], id), default=None)
        for node in nodes
        if is_endpoint(node) and around[node.id]
    }
    has_lower = {id for id in row_of if any(row_of.get(other, -1) > row_of[id] for other in around[id])}
    stacked: dict[int, list[int]] = defaultdict(list)
    for id, parent in parents.items():
        if parent is not None and parent not in has_lower:
            stacked[parent].append(id)
        else:
            row_of[id] = row_of[parent] + 1 if parent is not None else 0
    rows: list[list[_Unit]] = [[] for _ in range(max(row_of.values(), default=-1) + 1)]
    for node in nodes:
        if node.id in row_of:
            rows[row_of[node.id]].append(_Unit(node.id, tuple(stacked[node.id])))
    return [row for row in rows if row]


def _order_by_neighbours(rows: list[list[_Unit]], around: Mapping[int, Sequence[int]]) -> None:
    """One sweep down and one up of the barycentre method (Sugiyama and others, 1981), which untangles links."""
    for sequence in (range(1, len(rows)), range(len(rows) - 2, -1, -1)):
        for index in sequence:
            places = {
                unit.id: (place + 0.5) / len(row)
                for position, row in enumerate(rows)
                if position != index
                for place, unit in enumerate(row)
            }
            own = {unit.id: (place + 0.5) / len(rows[index]) for place, unit in enumerate(rows[index])}
            rows[index].sort(key=lambda unit: _mean((places[o] for o in around[unit.id] if o in places), own[unit.id]))


def _centres(rows: Sequence[Sequence[_Unit]], around: Mapping[int, Sequence[int]]) -> dict[int, float]:
    """Return the x of every unit: the widest row close together, the others over what they are linked to."""
    if not rows:
        return {}
    widest = max(range(len(rows)), key=lambda index: (sum(unit.width + COLUMN_GAP for unit in rows[index]), index))
    centres: dict[int, float] = {}
    for index in [widest, *range(widest - 1, -1, -1), *range(widest + 1, len(rows))]:
        middle = _mean(centres.values(), 0)
        wanted = [_mean((centres[o] for o in around[unit.id] if o in centres), middle) for unit in rows[index]]
        gap = COLUMN_GAP if index == widest else WIDE_GAP
        places = _spread(wanted, [unit.width for unit in rows[index]], gap=gap)
        centres |= zip((unit.id for unit in rows[index]), places, strict=True)
    left = min(centres[unit.id] - unit.width / 2 for row in rows for unit in row)
    return {id: centre - left + MARGIN for id, centre in centres.items()}


def _spread(wanted: Sequence[float], widths: Sequence[float], *, gap: float) -> list[float]:
    """Return places as close to `wanted` as their widths allow, in the given order (least squares, by pooling)."""
    offsets = [0.0]
    for before, after in itertools.pairwise(widths):
        offsets.append(offsets[-1] + (before + after) / 2 + gap)
    pools: list[tuple[float, int]] = []  # mean of wanted minus offset, how many share it
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] >= mean:
            other, others = pools.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        pools.append((mean, count))
    shifts = [mean for mean, count in pools for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _stack(unit: _Unit, centre: float, top: float) -> dict[int, Box]:
    left = centre - unit.columns * (LEAF_INDENT + LEAF_WIDTH) / 2
    boxes = {}
    for index, leaf in enumerate(unit.leaves):
        column, place = divmod(index, LEAVES_PER_COLUMN)
        x = left + column * (LEAF_INDENT + LEAF_WIDTH) + LEAF_INDENT
        boxes[leaf] = Box(x, top + LEAF_GAP + place * (LEAF_HEIGHT + LEAF_GAP), LEAF_WIDTH, LEAF_HEIGHT)
    return boxes


def _grid(ids: Sequence[int], top: float, width: float) -> dict[int, Box]:
    per_row = max(1, int((width - MARGIN) // (CARD_WIDTH + COLUMN_GAP)))
    boxes = {}
    for index, id in enumerate(ids):
        row, column = divmod(index, per_row)
        x = MARGIN + column * (CARD_WIDTH + COLUMN_GAP)
        boxes[id] = Box(x, top + row * (CARD_HEIGHT + COLUMN_GAP), CARD_WIDTH, CARD_HEIGHT)
    return boxes


def _natural(name: str) -> list[tuple[int, str]]:
    """A sort key that puts access2 before access10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name.lower())]


def _mean(values: Iterable[float], default: float) -> float:
    values = list(values)
    return sum(values) / len(values) if values else default
