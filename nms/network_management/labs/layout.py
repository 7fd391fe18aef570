"""Where the nodes of a lab stand: the same network is always drawn the same way. Pure, and linear in its size.

Each connected part is a tree by distance from its middle (the device with the most neighbours), drawn in circles: what
is further out stands on a larger circle, in the sector of what it hangs on. Sectors are as wide as what hangs in them.
Parts stand side by side, the largest first.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Position = tuple[int, int]
RING = 150  # pixels of GNS3's canvas between circles
APART = 110  # at least, between neighbours on a circle
_GAP = 200  # between parts


@dataclass(slots=True)
class _Tree:
    root: int
    children: dict[int, list[int]]
    levels: list[list[int]]


def lay_out(devices: Sequence[int], links: Iterable[tuple[int, int]]) -> dict[int, Position]:
    """Return a position for each of `devices`; (0, 0) is the middle of the drawing."""
    neighbours: dict[int, set[int]] = {device: set() for device in devices}
    for a, b in links:
        if a != b:
            neighbours[a].add(b)
            neighbours[b].add(a)
    drawn: dict[int, tuple[float, float]] = {}
    right = 0.0
    for tree in _trees(neighbours):
        placed, radius = _in_circles(tree)
        for device, (x, y) in placed.items():
            drawn[device] = x + right + radius, y
        right += 2 * radius + _GAP
    middle = (right - _GAP) / 2
    return {device: (round(x - middle), round(y)) for device, (x, y) in drawn.items()}


def _trees(neighbours: Mapping[int, Collection[int]]) -> list[_Tree]:
    seen: set[int] = set()
    middles = sorted(neighbours, key=lambda device: (-len(neighbours[device]), device))
    found = [_grow(root, neighbours, seen) for root in middles if root not in seen]
    return sorted(found, key=lambda tree: (-sum(map(len, tree.levels)), tree.root))


def _grow(root: int, neighbours: Mapping[int, Collection[int]], seen: set[int]) -> _Tree:
    children: dict[int, list[int]] = defaultdict(list)
    levels: list[list[int]] = []
    queue = deque([(root, 0)])
    seen.add(root)
    while queue:
        device, level = queue.popleft()
        if level == len(levels):
            levels.append([])
        levels[level].append(device)
        for other in sorted(set(neighbours[device]) - seen):
            seen.add(other)
            children[device].append(other)
            queue.append((other, level + 1))
    return _Tree(root, children, levels)


def _in_circles(tree: _Tree) -> tuple[dict[int, tuple[float, float]], float]:
    """Positions around (0, 0), and the radius of the outermost circle."""
    weight: dict[int, int] = {}
    for level in reversed(tree.levels):
        for device in level:
            weight[device] = sum(weight[child] for child in tree.children.get(device, ())) or 1
    # Wide enough for the leaves of the whole part to stand side by side on the outermost circle.
    depth = len(tree.levels) - 1
    step = max(RING, APART * weight[tree.root] / (2 * math.pi * depth)) if depth else 0.0
    sector = {tree.root: (0.0, 2 * math.pi)}
    placed = {tree.root: (0.0, 0.0)}
    for number, level in enumerate(tree.levels[1:], start=1):
        for device in tree.levels[number - 1]:
            start, width = sector[device]
            for child in tree.children.get(device, ()):
                part = width * weight[child] / weight[device]
                sector[child] = start, part
                angle = start + part / 2
                placed[child] = number * step * math.cos(angle), number * step * math.sin(angle)
                start += part
        assert all(device in placed for device in level), "each hangs on one of the circle before"
    return placed, depth * step
