"""What Elasticsearch tells, as frozen values. Sizes are bytes, durations seconds, times have a zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

HealthStatus = Literal["green", "yellow", "red"]
RowResult = Literal["created", "updated", "noop", "failed", "unknown", "not_sent"]


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The node that answered, and its cluster."""

    node: str
    cluster_name: str
    cluster_uuid: str
    version: str
    build_flavor: str
    lucene_version: str


@dataclass(frozen=True, slots=True)
class ClusterHealth:
    """`timed_out`: not all nodes answered in time, so the numbers may be old."""

    cluster_name: str
    status: HealthStatus
    timed_out: bool
    nodes: int
    data_nodes: int
    active_primary_shards: int
    active_shards: int
    relocating_shards: int
    initializing_shards: int
    unassigned_shards: int
    delayed_unassigned_shards: int
    pending_tasks: int
    active_shards_percent: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """One part of the health report; `diagnoses` are what is wrong, each with what to do about it."""

    name: str
    status: Literal["green", "yellow", "red", "unknown"]
    symptom: str
    impacts: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeStats:
    """One node; None where it does not tell. `disk_*` are those of the folders that it keeps data in."""

    id: str
    name: str
    host: str
    roles: tuple[str, ...]
    cpu_percent: float | None
    load: Mapping[str, float]
    memory_total_bytes: int | None
    memory_used_bytes: int | None
    heap_used_bytes: int | None
    heap_max_bytes: int | None
    disk_total_bytes: int | None
    disk_available_bytes: int | None
    documents: int | None
    store_bytes: int | None
    uptime_seconds: float | None
    open_file_descriptors: int | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of the list of indices. Counts and sizes are None where no shard of it is there to tell."""

    index: str
    uuid: str
    health: str
    status: str
    primaries: int
    replicas: int
    documents: int | None
    deleted: int | None
    store_bytes: int | None
    primary_store_bytes: int | None


@dataclass(frozen=True, slots=True)
class Hit:
    index: str
    id: str
    source: Mapping[str, Any]
    score: float | None = None
    sort: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`total` is exact where `is_total_exact`, else at least that; None where it was not counted. With `timed_out` or
    `failed_shards` there may be more than what is here. `aggregations` are as Elasticsearch writes them.
    """

    hits: tuple[Hit, ...]
    total: int | None
    is_total_exact: bool
    took_seconds: float
    timed_out: bool
    failed_shards: int
    aggregations: Mapping[str, Any] = field(default_factory=dict)
    pit_id: str = ""


@dataclass(frozen=True, slots=True)
class AllHits:
    """The hits of a search without an end of its pages. `is_complete`: no more match, and every shard answered."""

    hits: tuple[Hit, ...]
    total: int | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Document:
    index: str
    id: str
    version: int
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """`result` is created, updated, deleted or noop."""

    index: str
    id: str
    version: int
    result: str


@dataclass(frozen=True, slots=True)
class BulkRow:
    """What became of the document at `position` (from 0). `unknown`: the request that held it failed, and nobody
    can know whether it was written; `not_sent`: a failure came before its turn. `error_type` and `reason` say why.
    """

    position: int
    id: str
    result: RowResult
    status: int | None = None
    error_type: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BulkResult:
    indexed: int
    failed: int
    took_seconds: float
    rows: tuple[BulkRow, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """`is_acknowledged` False: the cluster did it or is at it, but not every node said so in time."""

    is_acknowledged: bool


@dataclass(frozen=True, slots=True)
class CreatedIndex:
    index: str
    is_acknowledged: bool
    are_shards_acknowledged: bool


@dataclass(frozen=True, slots=True)
class IndexMapping:
    """`fields` are types by dotted name, such as host.name; `properties` the mapping as Elasticsearch writes it."""

    index: str
    fields: Mapping[str, str]
    properties: Mapping[str, Any]
    dynamic: str = ""


@dataclass(frozen=True, slots=True)
class IndexTemplate:
    name: str
    index_patterns: tuple[str, ...]
    priority: int | None
    version: int | None
    composed_of: tuple[str, ...]
    is_data_stream: bool
    settings: Mapping[str, Any]
    mappings: Mapping[str, Any]
    aliases: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LifecyclePhase:
    """`min_age` is Elasticsearch's own text, such as 30d; `actions` are their settings by name."""

    name: str
    min_age: str
    actions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LifecyclePolicy:
    name: str
    version: int
    modified_at: datetime | None
    phases: tuple[LifecyclePhase, ...]
    indices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LifecycleState:
    """Where an index is in its life; `error` says why it does not go on."""

    index: str
    is_managed: bool
    policy: str = ""
    phase: str = ""
    action: str = ""
    step: str = ""
    age: str = ""
    error: str = ""
