"""Elasticsearch's documents become values: the cluster, its nodes, indices, templates and lifecycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

from api_clients.monitoring.elasticsearch.values import (
    Acknowledged,
    ClusterHealth,
    CreatedIndex,
    HealthStatus,
    IndexMapping,
    IndexRow,
    IndexTemplate,
    Indicator,
    LifecyclePhase,
    LifecyclePolicy,
    LifecycleState,
    NodeStats,
    ServerInfo,
)

COLOURS = frozenset(get_args(HealthStatus))
PHASES = ("hot", "warm", "cold", "frozen", "delete")


def info(document: Mapping[str, Any]) -> ServerInfo:
    version = document["version"]
    return ServerInfo(
        node=str(document["name"]),
        cluster_name=str(document["cluster_name"]),
        cluster_uuid=str(document["cluster_uuid"]),
        version=str(version["number"]),
        build_flavor=str(version.get("build_flavor", "")),
        lucene_version=str(version.get("lucene_version", "")),
    )


def cluster_health(document: Mapping[str, Any]) -> ClusterHealth:
    status = str(document["status"]).lower()
    if status not in COLOURS:
        raise ValueError("no status of a cluster")
    return ClusterHealth(
        cluster_name=str(document["cluster_name"]),
        status=cast("HealthStatus", status),
        timed_out=bool(document["timed_out"]),
        nodes=int(document["number_of_nodes"]),
        data_nodes=int(document["number_of_data_nodes"]),
        active_primary_shards=int(document["active_primary_shards"]),
        active_shards=int(document["active_shards"]),
        relocating_shards=int(document["relocating_shards"]),
        initializing_shards=int(document["initializing_shards"]),
        unassigned_shards=int(document["unassigned_shards"]),
        delayed_unassigned_shards=int(document.get("delayed_unassigned_shards", 0)),
        pending_tasks=int(document.get("number_of_pending_tasks", 0)),
        active_shards_percent=float(document["active_shards_percent_as_number"]),
    )


def health_report(document: Mapping[str, Any]) -> tuple[Indicator, ...]:
    return tuple(_indicator(str(name), item) for name, item in document["indicators"].items())


def nodes_stats(document: Mapping[str, Any]) -> tuple[NodeStats, ...]:
    return tuple(_node(str(name), item) for name, item in document["nodes"].items())


def index_rows(document: list[Mapping[str, Any]]) -> tuple[IndexRow, ...]:
    """Read _cat/indices as JSON, asked in bytes: every value is a text, null where no shard tells."""
    return tuple(
        IndexRow(
            index=str(row["index"]),
            uuid=str(row.get("uuid") or ""),
            health=str(row.get("health") or ""),
            status=str(row.get("status") or ""),
            primaries=int(row["pri"]),
            replicas=int(row["rep"]),
            documents=_whole(row.get("docs.count")),
            deleted=_whole(row.get("docs.deleted")),
            store_bytes=_whole(row.get("store.size")),
            primary_store_bytes=_whole(row.get("pri.store.size")),
        )
        for row in document
    )


def acknowledged(document: Mapping[str, Any]) -> Acknowledged:
    return Acknowledged(bool(document["acknowledged"]))


def created_index(document: Mapping[str, Any]) -> CreatedIndex:
    return CreatedIndex(str(document["index"]), bool(document["acknowledged"]), bool(document["shards_acknowledged"]))


def mappings(document: Mapping[str, Any]) -> tuple[IndexMapping, ...]:
    return tuple(_mapping(str(index), item["mappings"]) for index, item in document.items())


def index_templates(document: Mapping[str, Any]) -> tuple[IndexTemplate, ...]:
    return tuple(_template(str(item["name"]), item["index_template"]) for item in document["index_templates"])


def lifecycle_policies(document: Mapping[str, Any]) -> tuple[LifecyclePolicy, ...]:
    return tuple(
        LifecyclePolicy(
            name=str(name),
            version=int(item["version"]),
            modified_at=_moment(item.get("modified_date")),
            phases=tuple(_phases(item["policy"]["phases"])),
            indices=tuple(map(str, (item.get("in_use_by") or {}).get("indices", ()))),
        )
        for name, item in document.items()
    )


def lifecycle_states(document: Mapping[str, Any]) -> tuple[LifecycleState, ...]:
    return tuple(_state(str(name), item) for name, item in document["indices"].items())


def operation_mode(document: Mapping[str, Any]) -> str:
    return str(document["operation_mode"])


def _indicator(name: str, item: Mapping[str, Any]) -> Indicator:
    status = item["status"]
    if status not in COLOURS | {"unknown"}:
        raise ValueError("no status of an indicator")
    return Indicator(
        name=name,
        status=status,
        symptom=str(item["symptom"]),
        impacts=tuple(str(impact["description"]) for impact in item.get("impacts") or ()),
        diagnoses=tuple(f"{found['cause']} {found['action']}" for found in item.get("diagnosis") or ()),
    )


def _node(name: str, item: Mapping[str, Any]) -> NodeStats:
    load = _at(item, "os", "cpu", "load_average") or {}
    uptime = _at(item, "jvm", "uptime_in_millis")
    percent = _at(item, "os", "cpu", "percent")
    return NodeStats(
        id=name,
        name=str(item["name"]),
        host=str(item.get("host", "")),
        roles=tuple(map(str, item.get("roles", ()))),
        cpu_percent=None if percent is None or percent < 0 else float(percent),  # -1: this system does not say
        load={str(minutes).removesuffix("m"): float(value) for minutes, value in load.items()},
        memory_total_bytes=_whole(_at(item, "os", "mem", "total_in_bytes")),
        memory_used_bytes=_whole(_at(item, "os", "mem", "used_in_bytes")),
        heap_used_bytes=_whole(_at(item, "jvm", "mem", "heap_used_in_bytes")),
        heap_max_bytes=_whole(_at(item, "jvm", "mem", "heap_max_in_bytes")),
        disk_total_bytes=_whole(_at(item, "fs", "total", "total_in_bytes")),
        disk_available_bytes=_whole(_at(item, "fs", "total", "available_in_bytes")),
        documents=_whole(_at(item, "indices", "docs", "count")),
        store_bytes=_whole(_at(item, "indices", "store", "size_in_bytes")),
        uptime_seconds=None if uptime is None else int(uptime) / 1000,
        open_file_descriptors=_whole(_at(item, "process", "open_file_descriptors")),
    )


def _mapping(index: str, item: Mapping[str, Any]) -> IndexMapping:
    properties = dict(item.get("properties") or {})
    dynamic = item.get("dynamic")
    return IndexMapping(
        index, dict(_fields(properties, "")), properties, "" if dynamic is None else str(dynamic).lower()
    )


def _fields(properties: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    """Name the fields below each other by dots. One that holds others is an object where it says no type."""
    for name, item in properties.items():
        path = f"{prefix}{name}"
        inner = item.get("properties")
        yield path, str(item.get("type", "object"))
        if inner:
            yield from _fields(inner, f"{path}.")
        for variant, shape in (item.get("fields") or {}).items():
            yield f"{path}.{variant}", str(shape["type"])


def _template(name: str, item: Mapping[str, Any]) -> IndexTemplate:
    content = item.get("template") or {}
    return IndexTemplate(
        name=name,
        index_patterns=_texts(item["index_patterns"]),
        priority=_whole(item.get("priority")),
        version=_whole(item.get("version")),
        composed_of=_texts(item.get("composed_of") or ()),
        is_data_stream=item.get("data_stream") is not None,
        settings=dict(content.get("settings") or {}),
        mappings=dict(content.get("mappings") or {}),
        aliases=dict(content.get("aliases") or {}),
    )


def _phases(phases: Mapping[str, Any]) -> Iterator[LifecyclePhase]:
    """In the order of an index's life."""
    for name in sorted(phases, key=lambda name: PHASES.index(name) if name in PHASES else len(PHASES)):
        item = phases[name]
        yield LifecyclePhase(str(name), str(item.get("min_age", "0ms")), dict(item.get("actions") or {}))


def _state(name: str, item: Mapping[str, Any]) -> LifecycleState:
    if str(item["managed"]).lower() != "true":  # a boolean, which the description calls a text
        return LifecycleState(name, is_managed=False)
    error = item.get("step_info") or {}
    return LifecycleState(
        index=name,
        is_managed=True,
        policy=str(item.get("policy") or ""),
        phase=str(item.get("phase") or ""),
        action=str(item.get("action") or ""),
        step=str(item.get("step") or ""),
        age=str(item.get("age") or ""),
        error=str(error.get("reason") or "") if item.get("step") == "ERROR" else "",
    )


def _at(item: Any, *names: str) -> Any:
    for name in names:
        item = item.get(name) if isinstance(item, Mapping) else None
    return item


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value))


def _moment(value: Any) -> datetime | None:
    """Read a time: milliseconds since 1970, or ISO 8601."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, tz=UTC)
    return datetime.fromisoformat(str(value))
