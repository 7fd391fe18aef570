"""The cluster's own documents: health, nodes, indices, templates and lifecycles."""

from __future__ import annotations

from typing import Any

from api_clients.monitoring.elasticsearch.simulator.errors import Refusal
from api_clients.monitoring.elasticsearch.simulator.state import State

CLUSTER, NODE, NODE_ID = "nms-lab", "es-1", "Zl0eQ3mZR4uM1bS4Yb0Lwg"
GIB = 1024**3
LOST = {"green": 0, "yellow": 1, "red": 2}
INFO = {
    "name": NODE,
    "cluster_name": CLUSTER,
    "cluster_uuid": "kS2m1n9RQ1yqXkqsZcP0FA",
    "version": {
        "number": "8.17.4",
        "build_flavor": "default",
        "build_type": "deb",
        "build_hash": "c63c7f5f8ce7d2e4805b7b3d842e7e792d84dda1",
        "build_date": "2025-03-20T15:39:59.811110136Z",
        "build_snapshot": False,
        "lucene_version": "9.12.0",
        "minimum_wire_compatibility_version": "7.17.0",
        "minimum_index_compatibility_version": "7.0.0",
    },
    "tagline": "You Know, for Search",
}


def cluster_health(state: State) -> dict[str, Any]:
    shards, lost = len(state.indices), LOST[state.status]
    return {
        "cluster_name": CLUSTER,
        "status": state.status,
        "timed_out": False,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
        "active_primary_shards": shards,
        "active_shards": shards,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": lost,
        "unassigned_primary_shards": lost if state.status == "red" else 0,
        "delayed_unassigned_shards": 0,
        "number_of_pending_tasks": 0,
        "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0,
        "active_shards_percent_as_number": 100.0 * shards / max(1, shards + lost),
    }


def health_report(state: State) -> dict[str, Any]:
    if not state.report:
        reason = "Invalid index name [_health_report], must not start with '_', '-', or '+'"
        raise Refusal(400, "invalid_index_name_exception", reason)
    disk = {"indices_with_readonly_block": 0, "nodes_with_enough_disk_space": 1, "nodes_with_unknown_disk_status": 0}
    return {
        "status": state.status,
        "cluster_name": CLUSTER,
        "indicators": {
            "shards_availability": _availability(state),
            "disk": {
                "status": "green",
                "symptom": "The cluster has enough available disk space.",
                "details": {
                    **disk,
                    "nodes_over_high_watermark": 0,
                    "nodes_over_flood_stage_watermark": 0,
                },
            },
        },
    }


def _availability(state: State) -> dict[str, Any]:
    if state.status == "green":
        return {"status": "green", "symptom": "This cluster has all shards available."}
    kind = "primary" if state.status == "red" else "replica"
    return {
        "status": state.status,
        "symptom": f"This cluster has {LOST[state.status]} unavailable {kind} shards.",
        "impacts": [
            {
                "id": "elasticsearch:health:shards_availability:impact:replica_unassigned",
                "severity": 2,
                "description": "Searches might be slower than usual.",
                "impact_areas": ["search"],
            }
        ],
        "diagnosis": [
            {
                "id": "elasticsearch:health:shards_availability:diagnosis:increase_tier_capacity",
                "cause": "No node is left that may hold a copy.",
                "action": "Add a node, or lower index.number_of_replicas.",
                "affected_resources": {"indices": ["network-logs"]},
                "help_url": "https://ela.st/fix-shards",
            }
        ],
    }


def nodes_stats(state: State) -> dict[str, Any]:
    node = {
        "timestamp": 1763700000000,
        "name": NODE,
        "transport_address": "192.0.2.10:9300",
        "host": "192.0.2.10",
        "ip": "192.0.2.10:9300",
        "roles": ["data", "ingest", "master"],
        "os": {
            "timestamp": 1763700000000,
            "cpu": {"percent": 23, "load_average": {"1m": 1.25, "5m": 1.5, "15m": 0.75}},
            "mem": {
                "total_in_bytes": 8 * GIB,
                "free_in_bytes": 2 * GIB,
                "used_in_bytes": 6 * GIB,
                "free_percent": 25,
                "used_percent": 75,
            },
        },
        "process": {"timestamp": 1763700000000, "open_file_descriptors": 412},
        "jvm": {
            "uptime_in_millis": 86_400_000,
            "mem": {"heap_used_in_bytes": GIB, "heap_used_percent": 25, "heap_max_in_bytes": 4 * GIB},
        },
        "fs": {
            "timestamp": 1763700000000,
            "total": {"total_in_bytes": 100 * GIB, "free_in_bytes": 45 * GIB, "available_in_bytes": 40 * GIB},
        },
        "indices": {
            "docs": {"count": sum(len(index.documents) for index in state.indices.values()), "deleted": 0},
            "store": {"size_in_bytes": 20_480, "reserved_in_bytes": 0},
        },
    }
    return {
        "_nodes": {"total": 1, "successful": 1, "failed": 0},
        "cluster_name": CLUSTER,
        "nodes": {NODE_ID: node},
    }


def cat_indices(state: State, pattern: str) -> list[dict[str, Any]]:
    return [
        {
            "health": state.status,
            "status": "open",
            "index": name,
            "uuid": f"uuid-of-{name}",
            "pri": "1",
            "rep": "0",
            "docs.count": str(len(index.documents)),
            "docs.deleted": "0",
            "store.size": str(250 + 400 * len(index.documents)),
            "pri.store.size": str(250 + 400 * len(index.documents)),
            "dataset.size": str(250 + 400 * len(index.documents)),
        }
        for name, index in sorted(state.chosen(pattern).items())
    ]


def lifecycle_policies(state: State, name: str) -> dict[str, Any]:
    if name and name not in state.policies:
        raise Refusal(404, "resource_not_found_exception", f"Lifecycle policy not found: {name}")
    return {
        key: {
            "version": 1,
            "modified_date": "2025-11-20T08:00:00.000Z",
            "policy": policy,
            "in_use_by": {
                "indices": [index for index, item in state.indices.items() if item.policy == key],
                "data_streams": [],
                "composable_templates": [],
            },
        }
        for key, policy in state.policies.items()
        if name in ("", key)
    }


def lifecycle_states(state: State, pattern: str) -> dict[str, Any]:
    """Tell managed as the official description does, by a text; a server writes a boolean."""
    return {"indices": {name: _lifecycle(name, index.policy) for name, index in state.chosen(pattern).items()}}


def _lifecycle(name: str, policy: str) -> dict[str, Any]:
    if not policy:
        return {"index": name, "managed": "false"}
    return {
        "index": name,
        "managed": "true",
        "policy": policy,
        "index_creation_date_millis": 1763600000000,
        "lifecycle_date_millis": 1763600000000,
        "time_since_index_creation": "1.15d",
        "age": "1.15d",
        "phase": "hot",
        "phase_time_millis": 1763600000000,
        "action": "complete",
        "action_time_millis": 1763600000000,
        "step": "complete",
        "step_time_millis": 1763600000000,
        "phase_execution": {"policy": policy, "version": 1, "modified_date_in_millis": 1763600000000},
    }
