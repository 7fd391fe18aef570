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
    FOLD_GAP,
    GUTTER,
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
from nms.dashboard.wires import Hang, draw_wires

ORDERING_SWEEPS = 12
COLUMNS = 12  # a longer row is folded: several devices, one under the other, share a column
LONGEST_FOLD = 6


@dataclass(frozen=True, slots=True)
class Layout:
    """`paths` are SVG path data by edge id; an edge to a device that is not on the map has none.

    `crossing` are the edges that lead to a stacked device from elsewhere than the one it is stacked under.
    """

    width: float
    height: float
    boxes: Mapping[int, Box]
    paths: Mapping[int, str]
    crossing: frozenset[int]


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


@dataclass(frozen=True, slots=True)
class _Column:
    """One place in a row. In a folded row several units share it, with a gutter for the links of the lower ones."""

    units: tuple[_Unit, ...]

    @property
    def gutter(self) -> float:
        return GUTTER if len(self.units) > 1 else 0

    @property
    def width(self) -> float:
        return max(unit.width for unit in self.units) + self.gutter

    @property
    def height(self) -> float:
        return sum(unit.height for unit in self.units) + FOLD_GAP * (len(self.units) - 1)


def lay_out(nodes: Sequence[Node], edges: Sequence[Edge]) -> Layout:
    """Return the map of `nodes` and `edges`. Devices without a link stand in rows of their own below."""
    nodes = sorted(nodes, key=lambda node: (_natural(node.name), node.id))
    around = neighbours(nodes, edges)
    units = _fill_rows(nodes, around)
    _order_by_neighbours(units, around)
    rows = [_fold(row) for row in units]
    lefts = _lefts(rows, around)
    boxes: dict[int, Box] = {}
    hangs: dict[int, Hang] = {}
    y: float = MARGIN
    for row in rows:
        for column in row:
            _place(column, lefts[column], y, boxes, hangs)
        y += max(column.height for column in row) + ROW_GAP
    y = y - ROW_GAP + CARD_HEIGHT if rows else y
    lonely = [node.id for node in nodes if not around[node.id]]
    width = max([box.x + box.width for box in boxes.values()], default=4 * (CARD_WIDTH + COLUMN_GAP))
    boxes |= _grid(lonely, y, width)
    return Layout(
        width=max([box.x + box.width for box in boxes.values()], default=0) + MARGIN,
        height=max([box.bottom for box in boxes.values()], default=0) + MARGIN,
        boxes=boxes,
        paths=draw_wires(edges, boxes, hangs),
        crossing=frozenset(
            edge.id
            for edge in edges
            for leaf, other in ((edge.a, edge.b), (edge.b, edge.a))
            if leaf in hangs and hangs[leaf].parent not in (None, other)
        ),
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
    """Sweep down and up by the barycentre method (Sugiyama and others, 1981), which untangles links."""
    row_of = {unit.id: index for index, row in enumerate(rows) for unit in row}
    places: dict[int, float] = {}  # 0 to 1, from the left end of a row to its right end

    def settle(row: Sequence[_Unit]) -> None:
        places.update({unit.id: (place + 0.5) / len(row) for place, unit in enumerate(row)})

    def wanted(unit: _Unit) -> float:
        others = (id for id in around[unit.id] if row_of.get(id, row_of[unit.id]) != row_of[unit.id])
        return _mean((places[id] for id in others), places[unit.id])

    for row in rows:
        settle(row)
    for _ in range(ORDERING_SWEEPS):
        for row in (*rows[1:], *rows[-2::-1]):
            row.sort(key=wanted)
            settle(row)


def _fold(row: Sequence[_Unit]) -> list[_Column]:
    lines = min(LONGEST_FOLD, -(-len(row) // COLUMNS))
    return [_Column(tuple(row[start : start + lines])) for start in range(0, len(row), lines)]


def _lefts(rows: Sequence[Sequence[_Column]], around: Mapping[int, Sequence[int]]) -> dict[_Column, float]:
    """Return the left edge of every column: the widest row stands close, the others over what they are linked to."""
    if not rows:
        return {}
    widest = max(range(len(rows)), key=lambda index: (sum(column.width + COLUMN_GAP for column in rows[index]), index))
    centres: dict[int, float] = {}
    lefts: dict[_Column, float] = {}
    for index in [widest, *range(widest - 1, -1, -1), *range(widest + 1, len(rows))]:
        row, middle = rows[index], _mean(centres.values(), 0)
        wanted = [
            _mean((centres[other] for unit in column.units for other in around[unit.id] if other in centres), middle)
            for column in row
        ]
        gap = COLUMN_GAP if index == widest else WIDE_GAP
        for column, centre in zip(row, _spread(wanted, [column.width for column in row], gap=gap), strict=True):
            lefts[column] = centre - column.width / 2
            centres |= {unit.id: centre for unit in column.units}
    leftmost = min(lefts.values())
    return {column: left - leftmost + MARGIN for column, left in lefts.items()}


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


def _place(column: _Column, left: float, top: float, boxes: dict[int, Box], hangs: dict[int, Hang]) -> None:
    """Put the boxes of a column's devices into `boxes`, and into `hangs` what is reached along a spine."""
    centre = left + column.gutter + (column.width - column.gutter) / 2
    y = top
    for index, unit in enumerate(column.units):
        boxes[unit.id] = Box(centre - CARD_WIDTH / 2, y, CARD_WIDTH, CARD_HEIGHT)
        if index:
            hangs[unit.id] = Hang(spine=left + column.gutter / 2, top=top)
        stack = _stack(unit, centre, y + CARD_HEIGHT + LEAF_GAP)
        boxes |= stack
        hangs |= {
            id: Hang(spine=box.x - LEAF_INDENT / 2, top=y + CARD_HEIGHT, parent=unit.id) for id, box in stack.items()
        }
        y += unit.height + FOLD_GAP


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
