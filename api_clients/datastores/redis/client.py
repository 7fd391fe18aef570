"""A Redis server, or one that speaks like it (Valkey, KeyDB), as its operator sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeVar

from api_clients.datastores.redis import reading
from api_clients.datastores.redis.condition import figures_of, health_of
from api_clients.datastores.redis.reading import as_reply
from api_clients.datastores.redis.server_info import memory, replication, server_info
from api_clients.datastores.redis.values import (
    CommandStatistics,
    ConnectedClient,
    Database,
    Flushed,
    Key,
    KeyScan,
    LatencyEvent,
    LatencySample,
    Memory,
    Replication,
    ServerInfo,
    SlowCommand,
)
from api_clients.datastores.redis.wire import RedisWire
from api_clients.domain.errors import NOT_FOUND, InvalidRequest, Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.wire import Wire, WireSettings

T = TypeVar("T")
KeyType = Literal["string", "list", "set", "zset", "hash", "stream"]
MOST_KEYS = 10_000
MOST_SCANS = 1_000
SCAN_COUNT = 500
MOST_SLOW = 1_000


class RedisClient(ServiceClient):
    service = "redis"
    schemes = ("redis", "rediss")
    examples: ClassVar[Mapping[str, Any]] = {
        "target": "main",
        "database": 0,
        "name": "session:1",
        "event": "command",
        "client_id": 7,
    }

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        return RedisWire(settings)

    def _health(self) -> Health:
        return self._ask("/info", read=_health)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def info(self) -> ServerInfo:
        """Return what the server says of itself: version, clients, memory, traffic, persistence, replication."""
        return self._ask("/info", "everything", read=server_info)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Return the numbers of the overview."""
        return self._ask("/info", read=_figures)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def memory(self) -> Memory:
        """Return how much memory is used, and the limit."""
        return self._ask("/info", "memory", read=_memory)

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def memory_advice(self) -> str:
        """Return what the server itself says of its use of memory, and what to do about it."""
        return self._ask("/memory/doctor", read=reading.text)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def keyspace(self) -> tuple[Database, ...]:
        """Return the databases that hold keys, with their counts."""
        return self._ask("/info", "keyspace", read=_databases)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def replication(self) -> Replication:
        """Return the role of this server, its replicas or its master."""
        return self._ask("/info", "replication", read=_replication)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def command_statistics(self) -> tuple[CommandStatistics, ...]:
        """Return calls, failures and time of each command, the one that took most time first."""
        return self._ask("/info", "all", read=reading.command_statistics)

    @operation(idempotent=True, role="viewer")  # not cached: the answer holds the values of keys before it is read
    def slow_log(self, count: int = 128) -> tuple[SlowCommand, ...]:
        """Return the newest commands that took longer than slowlog-log-slower-than, newest first; of what they were
        given only the key is told, or what stands in its place.
        """
        self._bounded("count", count, MOST_SLOW)
        return self._ask("/slowlog/get", str(count), read=reading.slow_log)

    @operation(idempotent=False, role="operator")
    def reset_slow_log(self) -> None:
        """Forget the slow log."""
        return self._act("/slowlog/reset", read=reading.accepted)

    @operation(idempotent=True, role="viewer", cache_seconds=2.0)
    def clients(self) -> tuple[ConnectedClient, ...]:
        """Return who is connected."""
        return self._ask("/client/list", read=reading.clients)

    @operation(idempotent=False, role="admin")
    def end_client(self, client_id: int) -> None:
        """Close the connection of one client; one that is gone is Rejected."""
        if self._act("/client/kill", "ID", str(client_id), read=reading.integer) == 0:
            raise Rejected(f"no client {client_id} is connected", status=NOT_FOUND)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def latency(self) -> tuple[LatencyEvent, ...]:
        """Return what took longer than latency-monitor-threshold; nothing is watched where that is 0."""
        return self._ask("/latency/latest", read=reading.latency_events)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def latency_history(self, event: str) -> tuple[LatencySample, ...]:
        """Return the latest samples of one event of `latency`, oldest first; none for an event that never was."""
        return self._ask("/latency/history", event, read=reading.latency_history)

    @operation(idempotent=False, role="operator")
    def reset_latency(self) -> int:
        """Forget the samples of latency; returns of how many events there were some."""
        return self._act("/latency/reset", read=reading.integer)

    @operation(idempotent=True, role="viewer")  # not cached: the answer holds passwords before it is read
    def config(self, pattern: str = "*") -> Mapping[str, str]:
        """Return settings whose names match a glob pattern; passwords are masked."""
        return self._ask("/config/get", pattern, read=reading.settings)

    @operation(idempotent=True, role="operator", lane="read")
    def scan_keys(self, pattern: str = "*", limit: int = 1_000, kind: KeyType | None = None) -> KeyScan:
        """Return names of keys that match a glob pattern, at most `limit` (to 10,000) and in no more than a thousand
        rounds of the server, so that a large database is not walked through in one go.
        """
        self._bounded("limit", limit, MOST_KEYS)
        more = ("TYPE", kind) if kind is not None else ()
        found: set[str] = set()
        cursor = "0"
        for _ in range(MOST_SCANS):
            arguments = (cursor, "MATCH", pattern, "COUNT", str(SCAN_COUNT), *more)
            cursor, keys = self._ask("/scan", *arguments, read=reading.scanned)
            found.update(keys)
            if cursor == "0" or len(found) > limit:
                break
        return KeyScan(tuple(sorted(found)[:limit]), cursor == "0" and len(found) <= limit)

    @operation(idempotent=True, role="viewer", cache_seconds=2.0)
    def database_size(self) -> int:
        """Return how many keys the target's database holds."""
        return self._ask("/dbsize", read=reading.integer)

    @operation(idempotent=True, role="viewer")
    def key(self, name: str) -> Key:
        """Return what a key is, and never what it holds; one that is not there is Rejected."""
        kind = self._ask("/type", name, read=reading.text)
        if kind == "none":
            raise reading.no_such_key()
        milliseconds = self._ask("/pttl", name, read=reading.integer)
        return Key(
            name=name,
            type=kind,
            encoding=self._ask("/object/encoding", name, read=reading.of_a_key(reading.text)),
            expires_in_seconds=milliseconds / 1000 if milliseconds >= 0 else None,
            memory_bytes=self._ask("/memory/usage", name, read=reading.of_a_key(reading.integer)),
        )

    @operation(idempotent=False, role="admin")
    def flush_database(self, target: str, database: int) -> Flushed:
        """Delete every key of the target's database. Both must be named, as the configuration has them: the target,
        and the number of the database in its address. Else it is InvalidRequest, and nothing is deleted.
        """
        if target != self.target:
            raise InvalidRequest(f"this is target {self.target!r}, not {target!r}: nothing was sent")
        keys = self._ask("/dbsize", read=reading.integer)
        number = {"database": str(database)}
        self._send("POST", "/flushdb", params={**number, "arg": ["ASYNC"]}, read=as_reply(reading.accepted))
        return Flushed(target, database, keys)

    def _ask(self, path: str, *arguments: str, read: Callable[[Any], T]) -> T:
        return self._get(path, params={"arg": arguments}, read=as_reply(read))

    def _act(self, path: str, *arguments: str, read: Callable[[Any], T]) -> T:
        return self._send("POST", path, params={"arg": arguments}, read=as_reply(read))

    def _bounded(self, name: str, value: int, most: int) -> None:
        if not 1 <= value <= most:
            raise InvalidRequest(f"{name} should be from 1 to {most}, not {value}")


def _health(reply: Any) -> Health:
    return health_of(server_info(reply))


def _figures(reply: Any) -> tuple[Figure, ...]:
    return figures_of(server_info(reply))


def _memory(reply: Any) -> Memory:
    return memory(reading.sections(reply)["memory"])


def _replication(reply: Any) -> Replication:
    return replication(reading.sections(reply)["replication"])


def _databases(reply: Any) -> tuple[Database, ...]:
    found = reading.sections(reply)
    found["keyspace"]  # raises at an answer to another question
    return reading.databases(found)
