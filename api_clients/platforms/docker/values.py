"""What a Docker engine answers, as frozen values. Times have a zone; sizes are bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

HealthStatus = Literal["healthy", "unhealthy", "starting", "none"]
"""`none`: the container has no health check, or does not run."""

LogStreamName = Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class EngineVersion:
    """`api_version` is the newest the engine speaks, `minimum_api_version` the oldest."""

    version: str
    api_version: str
    minimum_api_version: str
    operating_system: str
    architecture: str
    kernel: str


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """`warnings` are the engine's own, such as a missing kernel feature."""

    name: str
    version: str
    operating_system: str
    running: int
    paused: int
    stopped: int
    images: int
    cpus: int
    memory_bytes: int
    storage_driver: str
    cgroup_version: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """`public_port` at `address` of the engine's host leads to it where it is published, else it is None."""

    private_port: int
    protocol: str
    public_port: int | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """`state` is the engine's word (created, running, paused, restarting, exited, dead), `status` its sentence.

    `addresses` are those in the container's networks, by their names.
    """

    id: str
    name: str
    image: str
    state: str
    status: str
    health: HealthStatus
    created_at: datetime
    network_mode: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HealthProbe:
    """One run of a health check; 0 is well."""

    started_at: datetime | None
    ended_at: datetime | None
    exit_code: int
    output: str


@dataclass(frozen=True, slots=True)
class ContainerHealth:
    """`probes` are the last few, oldest first; `failing_streak` counts failures since the last success."""

    status: HealthStatus
    failing_streak: int = 0
    probes: tuple[HealthProbe, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerDetail:
    """One container in full, but for its environment, which often holds secrets.

    `has_terminal`: its output is that of a terminal, in which stdout and stderr are one. `exit_code` and `error` are
    those of the last run; `is_out_of_memory` says that the kernel ended it.
    """

    id: str
    name: str
    image: str
    state: str
    is_running: bool
    is_out_of_memory: bool
    exit_code: int
    error: str
    process: int
    started_at: datetime | None
    finished_at: datetime | None
    restart_count: int
    restart_policy: str
    has_terminal: bool
    log_driver: str
    health: ContainerHealth
    labels: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a container uses at one moment. `cpu_percent` is over the `span_seconds` before it, 100 being one core, None
    where the engine had looked only once; the bytes of network and disk are since the container's start, over all of
    its interfaces and devices. Memory is without the page cache, as `docker stats` shows it, its limit that of the
    machine where the container has none of its own.
    """

    id: str
    name: str
    at: datetime
    span_seconds: float
    cpu_percent: float | None
    cpu_seconds: float
    memory_bytes: int
    memory_limit_bytes: int
    memory_percent: float
    received_bytes: int
    sent_bytes: int
    read_bytes: int
    written_bytes: int
    processes: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """`timestamp` is `at` with all nine digits of its second, as the engine wrote it."""

    at: datetime
    timestamp: str
    stream: LogStreamName
    message: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `kind` (container, image, network, volume, daemon), `action` (start, die, oom,
    health_status: unhealthy) to `id`; `name` is the container's where it is one, `attributes` are the engine's own.
    """

    at: datetime
    kind: str
    action: str
    id: str
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """What a container with the label nms.service=true offers.

    `address` and `port` are where it is reached from the engine's host: the container's own address, else the
    published one; empty and None where there is none. `type` is the label nms.service.type, such as prometheus.
    """

    name: str
    type: str
    address: str
    port: int | None
    health: HealthStatus
    is_running: bool
    container: str
    container_id: str
