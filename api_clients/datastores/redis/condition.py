"""What INFO says of how well a server is: its health, and the figures of the overview."""

from __future__ import annotations

from collections.abc import Iterator

from api_clients.datastores.redis.values import Replication, ServerInfo
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health

NEAR_LIMIT_PERCENT = 90.0
LAG_SECONDS = 10


def health_of(info: ServerInfo) -> Health:
    reasons = "; ".join(_troubles(info))
    return Health("degraded" if reasons else "healthy", info.version, reasons)


def _troubles(info: ServerInfo) -> Iterator[str]:
    used = info.memory.used_percent
    if used is not None and used >= NEAR_LIMIT_PERCENT:
        yield f"{used:.0f} % of the memory limit are used; {info.memory.policy or 'no policy'} holds at the limit"
    if info.max_clients and info.clients >= info.max_clients * NEAR_LIMIT_PERCENT / 100:
        yield f"{info.clients} of {info.max_clients} clients are connected"
    if info.persistence.is_loading:
        yield "it is loading its data"
    if not info.persistence.is_last_save_good:
        yield "the last save to disk failed"
    if not info.persistence.is_last_append_good:
        yield "the last write to the append-only file failed"
    yield from _replication_troubles(info.replication)


def _replication_troubles(replication: Replication) -> Iterator[str]:
    if not replication.is_link_up:
        yield f"the link to its master {replication.master} is down"
    elif replication.silence_seconds is not None and replication.silence_seconds > LAG_SECONDS:
        yield f"its master {replication.master} was last heard {replication.silence_seconds} s ago"
    for replica in replication.replicas:
        if replica.state == "online" and replica.lag_seconds > LAG_SECONDS:
            yield f"replica {replica.address} was last heard {replica.lag_seconds} s ago"


def figures_of(info: ServerInfo) -> tuple[Figure, ...]:
    memory, traffic = info.memory, info.traffic
    found = [
        Figure("memory.used", memory.used_bytes, "bytes"),
        Figure("memory.resident", memory.resident_bytes, "bytes"),
        Figure("sessions.current", info.clients, "count"),
        Figure("commands.rate", traffic.commands_per_second, "1/s"),
        Figure("network.input", traffic.input_bytes_per_second, "bytes/s"),
        Figure("network.output", traffic.output_bytes_per_second, "bytes/s"),
        Figure("keys.current", sum(database.keys for database in info.databases), "count"),
        Figure("keys.evicted", traffic.evicted_keys, "count"),
        Figure("uptime", info.uptime_seconds, "seconds"),
    ]
    if memory.used_percent is not None:
        found.append(Figure("memory.limit", memory.limit_bytes, "bytes"))
        found.append(Figure("memory.used_of_limit", memory.used_percent, "percent"))
    if traffic.hit_percent is not None:
        found.append(Figure("cache.hits", traffic.hit_percent, "percent"))
    return tuple(found)
