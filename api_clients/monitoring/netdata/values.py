"""What Netdata tells, as frozen values. Times have a zone, texts are free of HTML entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AlarmStatus = Literal["REMOVED", "UNDEFINED", "UNINITIALIZED", "CLEAR", "RAISED", "WARNING", "CRITICAL", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    normal: int
    warning: int
    critical: int


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """The server itself. What it does not know of its machine is None or empty."""

    version: str
    uid: str
    hosts: tuple[str, ...]
    alarms: AlarmCounts
    os_name: str = ""
    os_version: str = ""
    kernel_name: str = ""
    kernel_version: str = ""
    architecture: str = ""
    virtualization: str = ""
    cores: int | None = None
    cpu_hz: int | None = None
    ram_bytes: int | None = None
    disk_bytes: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    collectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """`dimensions` are names by id; `alarms` the names of those that watch it."""

    id: str
    name: str
    context: str
    family: str
    title: str
    units: str
    chart_type: str
    plugin: str
    module: str
    priority: int
    update_every_seconds: int
    first_entry: datetime | None
    last_entry: datetime | None
    dimensions: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataRow:
    """One value for each label of its data; None where nothing was collected."""

    at: datetime
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ChartData:
    """`labels` are the names of the dimensions; rows come newest first, as Netdata gives them."""

    labels: tuple[str, ...]
    rows: tuple[DataRow, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """`warn` and `crit` are the conditions, in Netdata's own language; `value_text` is the value with its unit."""

    id: int
    name: str
    chart: str
    family: str
    status: AlarmStatus
    value: float | None
    value_text: str
    units: str
    summary: str
    info: str
    warn: str
    crit: str
    recipient: str
    source: str
    is_active: bool
    is_disabled: bool
    is_silenced: bool
    changed_at: datetime | None
    updated_at: datetime | None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """One line of the alarm log; `id` grows, so the highest seen is where to go on."""

    id: int
    alarm_id: int
    host: str
    name: str
    chart: str
    family: str
    status: AlarmStatus
    old_status: AlarmStatus
    value: float | None
    old_value: float | None
    value_text: str
    info: str
    recipient: str
    is_silenced: bool
    at: datetime | None
    duration_seconds: int


@dataclass(frozen=True, slots=True)
class Context:
    """What charts of one kind have in common; `title` and `units` are empty where the server does not say them."""

    id: str
    family: str
    title: str
    units: str
    chart_type: str
    priority: int
    first_entry: datetime | None
    last_entry: datetime | None
    is_live: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A machine whose metrics the server has: itself, or one that streams to it (`hops` above 0). `state` is reachable,
    stale, offline, or a newer word of Netdata's.
    """

    machine_guid: str
    node_id: str
    name: str
    version: str
    hops: int
    state: str


@dataclass(frozen=True, slots=True)
class NodeAlert:
    """An alert of one node of a server that may have many."""

    node: str
    name: str
    chart: str
    context: str
    status: AlarmStatus
    value: float | None
    units: str
    summary: str
    info: str
    recipient: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Metric:
    """The last value of each dimension of a chart, by the dimension's id."""

    chart: str
    context: str
    family: str
    units: str
    updated_at: datetime | None
    values: Mapping[str, float | None]
