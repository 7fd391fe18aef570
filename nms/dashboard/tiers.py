"""Which row of the map a device belongs to: the core at the top, what hangs on it further down.

A drawing may go by what people name things; nothing else in NMS does. Where no name tells, the rows are the
distance from the best connected device. Pure and deterministic.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ENDPOINT_ROLES = frozenset({"server", "printer", "power", "storage", "wireless", "phone", "camera", "workstation"})
# Words in names and roles, and the row they ask for. Row 0 is for what joins the core to the outside.
_ROW_OF_WORD = {
    "wan": 0, "border": 0, "gateway": 0, "gw": 0,
    "core": 1, "backbone": 1, "spine": 1,
    "dist": 2, "distribution": 2, "agg": 2, "aggregation": 2,
    "acc": 3, "access": 3, "leaf": 3, "tor": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    id: int
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    id: int
    a: int
    b: int


def neighbours(nodes: Iterable[Node], edges: Iterable[Edge]) -> dict[int, list[int]]:
    """Return the ids next to each node, each once, ascending; edges to unknown nodes and to oneself are left out."""
    found: dict[int, set[int]] = {node.id: set() for node in nodes}
    for edge in edges:
        if edge.a != edge.b and edge.a in found and edge.b in found:
            found[edge.a].add(edge.b)
            found[edge.b].add(edge.a)
    return {id: sorted(others) for id, others in found.items()}


def is_endpoint(node: Node) -> bool:
    return node.role.lower() in ENDPOINT_ROLES


def assign_rows(nodes: Sequence[Node], around: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Return the row of every node that carries traffic for others; rows without a node are closed up.

    Endpoints get no row: where they hang is the layout's affair. So does what has no neighbour at all.
    """
    inner = {node.id: node for node in nodes if not is_endpoint(node) and around[node.id]}
    rows = {id: row for id, node in inner.items() if (row := _row_by_name(node)) is not None}
    _place_by_neighbours(inner, around, rows)
    used = sorted(set(rows.values()))
    return {id: used.index(row) for id, row in rows.items()}


def _row_by_name(node: Node) -> int | None:
    host = node.name.lower().split(".")[0]
    words = [*re.findall(r"[a-z]+", node.role.lower()), *re.findall(r"[a-z]+", host)]
    return next((_ROW_OF_WORD[word] for word in words if word in _ROW_OF_WORD), None)


def _place_by_neighbours(inner: Mapping[int, Node], around: Mapping[int, Sequence[int]], rows: dict[int, int]) -> None:
    """Give the nodes without a row one below the neighbour that has one; a router stands above a switch."""
    queue = deque(sorted(rows, key=lambda id: (rows[id], id)))
    while len(rows) < len(inner):
        if not queue:
            queue.append(_best_connected(inner, around, rows))
            rows[queue[0]] = 1
        here = queue.popleft()
        for other in around[here]:
            if other in inner and other not in rows:
                above = _is_router(inner[other]) and not _is_router(inner[here]) and rows[here] <= 1
                rows[other] = rows[here] - 1 if above else rows[here] + 1
                queue.append(other)


def _is_router(node: Node) -> bool:
    return node.role.lower() in {"router", "firewall"}


def _best_connected(inner: Mapping[int, Node], around: Mapping[int, Sequence[int]], rows: Mapping[int, int]) -> int:
    left = [id for id in inner if id not in rows]
    return min(left, key=lambda id: (-len(around[id]), inner[id].name, id))
