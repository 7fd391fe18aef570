"""Values of GNS3 as JSON and back, for a cache that several processes share.

An entry that another version wrote raises a TypeError or LookupError, and is read anew (api_clients' cache).
"""

from __future__ import annotations

import threading
from typing import Any

import orjson
from cachetools import LRUCache

from api_clients.domain.values import Response
from api_clients.network.gns3.values import Drawing, Link, LinkEnd, Node, Port, Project, Topology

_REMEMBERED = 128

Value = Topology | Node | tuple[Project, ...]


def encode(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain)


class Decoder:
    """Reads a response's body; a body that was read lately, the same object, costs a look-up."""

    def __init__(self, shape: Any) -> None:
        self._shape = shape
        self._lock = threading.Lock()
        self._read: LRUCache[bytes, Any] = LRUCache(_REMEMBERED)

    def __call__(self, response: Response) -> Any:
        with self._lock:
            value = self._read.get(response.body)
        if value is None:
            value = self._shape(orjson.loads(response.body))
            with self._lock:
                self._read[response.body] = value
        return value


def read_topology(document: Any) -> Topology:
    return Topology(
        project=Project(**document["project"]),
        nodes=tuple(read_node(row) for row in document["nodes"]),
        links=tuple(_link(row) for row in document["links"]),
        drawings=tuple(Drawing(**row) for row in document["drawings"]),
    )


def read_node(row: Any) -> Node:
    return Node(**{**row, "ports": tuple(Port(**port) for port in row["ports"])})


def read_projects(document: Any) -> tuple[Project, ...]:
    return tuple(Project(**row) for row in document)


def _link(row: Any) -> Link:
    ends = tuple(LinkEnd(**end) for end in row["ends"])
    filters = {name: tuple(arguments) for name, arguments in row["filters"].items()}
    return Link(**{**row, "ends": ends, "filters": filters})


def _plain(value: Any) -> Any:
    """Mappings that are no dicts."""
    return dict(value)
