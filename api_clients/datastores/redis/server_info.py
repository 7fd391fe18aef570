"""Reads INFO, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from api_clients.datastores.redis.reading import databases, fields, sections
from api_clients.datastores.redis.values import Memory, Persistence, Replica, Replication, ServerInfo, Traffic

Said = Mapping[str, str]


def server_info(reply: Any) -> ServerInfo:
    found = sections(reply)
    server, clients = found["server"], found["clients"]
    return ServerInfo(
        version=server["redis_version"],
        mode=server.get("redis_mode", "standalone"),
        operating_system=server.get("os", ""),
        uptime_seconds=int(server["uptime_in_seconds"]),
        clients=int(clients["connected_clients"]),
        blocked_clients=int(clients.get("blocked_clients", 0)),
        max_clients=int(clients.get("maxclients", 0)),
        memory=memory(found["memory"]),
        traffic=_traffic(found["stats"]),
        persistence=_persistence(found["persistence"]),
        replication=replication(found["replication"]),
        databases=databases(found),
        sections=found,
    )


def memory(said: Said) -> Memory:
    return Memory(
        used_bytes=int(said["used_memory"]),
        peak_bytes=int(said["used_memory_peak"]),
        resident_bytes=int(said["used_memory_rss"]),
        dataset_bytes=int(said.get("used_memory_dataset", 0)),
        limit_bytes=int(said.get("maxmemory", 0)),
        policy=said.get("maxmemory_policy", ""),
        fragmentation=float(said.get("mem_fragmentation_ratio", 0)),
    )


def replication(said: Said) -> Replication:
    is_master = said["role"] == "master"
    return Replication(
        role="master" if is_master else "replica",
        offset=int(said["master_repl_offset"] if is_master else said.get("slave_repl_offset", 0)),
        replicas=tuple(
            _replica(fields(value))
            for key, value in said.items()
            if key.startswith("slave") and key.removeprefix("slave").isdigit()
        ),
        master="" if is_master else f"{said['master_host']}:{said['master_port']}",
        is_link_up=is_master or said.get("master_link_status") == "up",
        silence_seconds=None if is_master else int(said.get("master_last_io_seconds_ago", -1)),
    )


def _replica(said: Said) -> Replica:
    return Replica(f"{said['ip']}:{said['port']}", said["state"], int(said["offset"]), int(said.get("lag", 0)))


def _traffic(said: Said) -> Traffic:
    return Traffic(
        commands=int(said["total_commands_processed"]),
        commands_per_second=float(said["instantaneous_ops_per_sec"]),
        input_bytes_per_second=float(said.get("instantaneous_input_kbps", 0)) * 1024,
        output_bytes_per_second=float(said.get("instantaneous_output_kbps", 0)) * 1024,
        connections=int(said["total_connections_received"]),
        rejected_connections=int(said.get("rejected_connections", 0)),
        hits=int(said["keyspace_hits"]),
        misses=int(said["keyspace_misses"]),
        expired_keys=int(said.get("expired_keys", 0)),
        evicted_keys=int(said.get("evicted_keys", 0)),
    )


def _persistence(said: Said) -> Persistence:
    saved = int(said.get("rdb_last_save_time", 0))
    return Persistence(
        is_loading=said.get("loading", "0") != "0",
        last_save_at=datetime.fromtimestamp(saved, UTC) if saved else None,
        is_last_save_good=said.get("rdb_last_bgsave_status", "ok") == "ok",
        changes=int(said.get("rdb_changes_since_last_save", 0)),
        is_appending=said.get("aof_enabled", "0") != "0",
        is_last_append_good=said.get("aof_last_write_status", "ok") == "ok",
    )
