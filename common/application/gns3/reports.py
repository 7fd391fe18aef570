"""What actions on whole projects and the status of the service tell. Frozen values, plain enough to become JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

NodeOutcome = Literal["already", "done", "failed", "timed_out", "cancelled", "not_tried"]
ProjectOutcome = Literal["done", "partial", "failed", "cancelled"]
Overall = Literal["unconfigured", "healthy", "degraded", "unhealthy", "unknown"]
Role = Literal["switch", "router", "host"]


@dataclass(frozen=True, slots=True)
class NodeReport:
    """`wave` counts from 0: nodes of a later one begin when those of the earlier ones have answered or failed.

    already: it was so before. failed: the server refused, `error` says why. timed_out: asked for, but it did not
    answer in time. cancelled: stopped in between. not_tried: cancelled or out of time before its turn.
    """

    node_id: str
    name: str
    type: str
    role: Role
    wave: int
    outcome: NodeOutcome
    status: str  # started, stopped or suspended, as last seen
    console: str = ""  # host:port, "" without one
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """What starting or stopping a project came to. `opened`: it was closed before and is open now."""

    server: str
    project_id: str
    name: str
    outcome: ProjectOutcome
    opened: bool
    seconds: float
    nodes: tuple[NodeReport, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class CacheStatus:
    """Of this process since it began. `ratio` is hits / (hits + misses), None before the first question."""

    hits: int
    misses: int
    ratio: float | None
    ttl_seconds: float


@dataclass(frozen=True, slots=True)
class CircuitStatus:
    """The breaker of one server; the counts are of this process."""

    phase: Literal["closed", "open", "half_open"]
    admitted: int
    refused: int
    success: int
    failure: int
    neutral: int
    opened: int


@dataclass(frozen=True, slots=True)
class ComputeStatus:
    compute_id: str
    name: str
    connected: bool


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """`reachable` is None until a listener has looked. `listening`: some process watches it now."""

    name: str
    reachable: bool | None
    since: datetime | None
    reason: str
    version: str
    api: str
    listening: bool
    listening_since: datetime | None
    circuit: CircuitStatus
    computes: tuple[ComputeStatus, ...]
    projects: int
    open_projects: int
    watched_projects: int


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """Of this process: the last attempts at one operation of GNS3."""

    operation: str
    count: int
    failures: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float


@dataclass(frozen=True, slots=True)
class Gns3Status:
    """unconfigured: no server. healthy, degraded (some are away) or unhealthy (all are); unknown: nobody looked yet."""

    status: Overall
    servers: tuple[ServerStatus, ...]
    cache: CacheStatus
    calls: tuple[CallStatistics, ...] = ()
    events: dict[str, int] = field(default_factory=dict)  # by type, of the last 24 hours


@dataclass(frozen=True, slots=True)
class ProjectState:
    """What the hub itself knows of a project, without asking the server."""

    server: str
    project_id: str
    name: str
    status: str
    revision: int
    watched: bool
    made_by_hub: bool
    nodes: int
    links: int
    running: int
    changed_at: datetime
