"""What a simulated server holds. Mutable: only the server's own operations change it, under its lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Document = dict[str, Any]
Status = Literal["started", "stopped", "suspended"]


@dataclass(slots=True)
class Node:
    """`number` counts the nodes of a project and makes its MAC address, as VPCS's option -m does."""

    node_id: str
    name: str
    type: str
    number: int
    status: Status
    console: int | None
    console_type: str | None
    ports: list[Document]
    properties: Document
    template_id: str | None = None
    compute_id: str = "local"
    x: int = 0
    y: int = 0
    z: int = 1
    symbol: str = ":/symbols/computer.svg"
    locked: bool = False
    label: Document = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    command_line: str = ""

    def port(self, adapter: int, number: int) -> Document | None:
        wanted = (adapter, number)
        return next((port for port in self.ports if (port["adapter_number"], port["port_number"]) == wanted), None)


@dataclass(slots=True)
class Link:
    """`refused` are filters that the last PUT asked for in vain; a v3 server stumbles over them once more."""

    link_id: str
    ends: list[Document]
    suspended: bool = False
    filters: Document = field(default_factory=dict)
    style: Document = field(default_factory=dict)
    capture_file: str | None = None
    capturing: bool = False
    capture: bytearray = field(default_factory=bytearray)
    refused: bool = False

    def touches(self, node_id: str) -> bool:
        return any(end["node_id"] == node_id for end in self.ends)


@dataclass(slots=True)
class Snapshot:
    snapshot_id: str
    name: str
    created_at: int
    nodes: dict[str, Node]
    links: dict[str, Link]
    drawings: dict[str, Document]


@dataclass(slots=True)
class Project:
    project_id: str
    name: str
    filename: str
    opened: bool = True
    auto_close: bool = True
    auto_open: bool = False
    auto_start: bool = False
    canvas: Document = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    drawings: dict[str, Document] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    made: int = 0  # nodes so far
