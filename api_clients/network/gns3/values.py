"""What a GNS3 server holds, the same for its APIs v2 and v3.

Identifiers are UUIDs in lower case, as text; coordinates are the pixels of GNS3's own canvas. A closed project's nodes
have no status of their own: they are "stopped", without ports and console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Api = Literal["v2", "v3"]
NodeStatus = Literal["started", "stopped", "suspended"]
ProjectStatus = Literal["opened", "closed"]

# They run whenever their project is open, and say "started" for ever: GNS3's nodes without a process of their own.
ALWAYS_ON = frozenset({"ethernet_switch", "ethernet_hub", "frame_relay_switch", "atm_switch", "cloud", "nat"})

GONE = frozenset({404, 410})  # the statuses of what is not there any more


@dataclass(frozen=True, slots=True)
class Version:
    """`version` is the server's own, such as 2.2.54 or 3.0.6."""

    version: str
    api: Api


@dataclass(frozen=True, slots=True)
class Compute:
    compute_id: str
    name: str
    connected: bool
    cpu_usage_percent: float | None = None
    memory_usage_percent: float | None = None


@dataclass(frozen=True, slots=True)
class ComputeStatistics:
    """How busy a compute is; sizes in bytes, the load of 1, 5 and 15 minutes in percent of its processors."""

    compute_id: str
    name: str
    cpu_usage_percent: float
    memory_usage_percent: float
    memory_total: int
    memory_used: int
    disk_usage_percent: float
    load_average_percent: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """`type` is the kind of node it makes: vpcs, ethernet_switch, qemu, dynamips, docker and so on."""

    template_id: str
    name: str
    type: str
    builtin: bool
    category: str
    symbol: str
    compute_id: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """With `auto_close` the server closes it, and stops its nodes, when the last listener to its stream leaves."""

    project_id: str
    name: str
    status: ProjectStatus
    auto_close: bool
    auto_open: bool
    auto_start: bool
    path: str


@dataclass(frozen=True, slots=True)
class Port:
    adapter_number: int
    port_number: int
    name: str
    short_name: str
    link_type: str
    mac: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """`console_host` is where its console can be reached from here; `properties` are those of its type."""

    node_id: str
    project_id: str
    name: str
    type: str
    status: NodeStatus
    compute_id: str
    template_id: str | None
    console: int | None
    console_type: str
    console_host: str
    ports: tuple[Port, ...]
    x: int
    y: int
    z: int
    symbol: str
    properties: Mapping[str, Any] = field(repr=False)
    directory: str = ""
    command_line: str = field(default="", repr=False)

    @property
    def console_address(self) -> str:
        """Host and port of its console; "" where it has none now."""
        return "" if self.console is None else f"{self.console_host}:{self.console}"


@dataclass(frozen=True, slots=True)
class LinkEnd:
    node_id: str
    adapter_number: int
    port_number: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """`filters` by name with their arguments, percent or milliseconds: {"packet_loss": (10,), "delay": (100, 20)}."""

    link_id: str
    project_id: str
    type: str
    ends: tuple[LinkEnd, ...]
    suspended: bool
    filters: Mapping[str, tuple[Any, ...]]
    capturing: bool
    capture_file: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that a link can have; `parameters` are the names of its arguments with their least and largest value."""

    type: str
    name: str
    description: str
    parameters: tuple[tuple[str, int | None, int | None], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    drawing_id: str
    project_id: str
    svg: str = field(repr=False)
    x: int = 0
    y: int = 0
    z: int = 0
    rotation: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`created_at` in seconds since 1970. Its id lasts until the project is closed: then the server makes a new one."""

    snapshot_id: str
    project_id: str
    name: str
    created_at: float


@dataclass(frozen=True, slots=True)
class ProjectStatistics:
    nodes: int
    links: int
    drawings: int
    snapshots: int


@dataclass(frozen=True, slots=True)
class Topology:
    """All of a project as one reading found it."""

    project: Project
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    drawings: tuple[Drawing, ...] = ()


@dataclass(frozen=True, slots=True)
class Notification:
    """One line of a stream, as the server sent it; `project_id` is "" for the controller's own stream.

    `action` is one of ping, compute.*, project.*, template.*, node.*, link.*, drawing.*, snapshot.restored, log.*.
    """

    action: str
    event: Mapping[str, Any]
    project_id: str = ""
