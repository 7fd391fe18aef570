"""What Redis tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes. `limit_bytes` 0: no limit; `policy` is what is evicted at the limit; `fragmentation` is resident
    memory by used memory.
    """

    used_bytes: int
    peak_bytes: int
    resident_bytes: int
    dataset_bytes: int
    limit_bytes: int
    policy: str
    fragmentation: float

    @property
    def used_percent(self) -> float | None:
        """How much of the limit is used, None where there is none."""
        return 100.0 * self.used_bytes / self.limit_bytes if self.limit_bytes else None


@dataclass(frozen=True, slots=True)
class Database:
    """One numbered database; `average_ttl_seconds` is of the keys that expire."""

    number: int
    keys: int
    expiring_keys: int
    average_ttl_seconds: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """Counters since the start, and rates as the server measures them."""

    commands: int
    commands_per_second: float
    input_bytes_per_second: float
    output_bytes_per_second: float
    connections: int
    rejected_connections: int
    hits: int
    misses: int
    expired_keys: int
    evicted_keys: int

    @property
    def hit_percent(self) -> float | None:
        """How many of the keys that were asked for existed; None before the first."""
        asked = self.hits + self.misses
        return 100.0 * self.hits / asked if asked else None


@dataclass(frozen=True, slots=True)
class Persistence:
    """`changes` have not been saved yet."""

    is_loading: bool
    last_save_at: datetime | None
    is_last_save_good: bool
    changes: int
    is_appending: bool
    is_last_append_good: bool


@dataclass(frozen=True, slots=True)
class Replica:
    """As its master sees it; `lag_seconds` since it was last heard."""

    address: str
    state: str
    offset: int
    lag_seconds: int


@dataclass(frozen=True, slots=True)
class Replication:
    """`master` and `is_link_up` where this is a replica itself, `silence_seconds` since its master was heard."""

    role: Literal["master", "replica"]
    offset: int
    replicas: tuple[Replica, ...] = ()
    master: str = ""
    is_link_up: bool = True
    silence_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """INFO, read; `sections` is all of it in the server's own words."""

    version: str
    mode: str
    operating_system: str
    uptime_seconds: int
    clients: int
    blocked_clients: int
    max_clients: int
    memory: Memory
    traffic: Traffic
    persistence: Persistence
    replication: Replication
    databases: tuple[Database, ...]
    sections: Mapping[str, Mapping[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CommandStatistics:
    """Of one command since the start or the last reset. The percentiles are None where the server keeps none."""

    command: str
    calls: int
    seconds: float
    seconds_per_call: float
    rejected_calls: int
    failed_calls: int
    p50_seconds: float | None = None
    p99_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SlowCommand:
    """`command` is cut by the server where it is long."""

    id: int
    at: datetime
    seconds: float
    command: tuple[str, ...]
    client_address: str
    client_name: str


@dataclass(frozen=True, slots=True)
class ConnectedClient:
    """`flags` are the letters of CLIENT LIST: N normal, S replica, M master, P subscriber, b blocked."""

    id: int
    address: str
    name: str
    user: str
    database: int
    age_seconds: int
    idle_seconds: int
    command: str
    flags: str
    memory_bytes: int
    library: str


@dataclass(frozen=True, slots=True)
class LatencyEvent:
    """The latest and the worst time that something took longer than latency-monitor-threshold allows."""

    event: str
    at: datetime
    latest_seconds: float
    worst_seconds: float


@dataclass(frozen=True, slots=True)
class LatencySample:
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class KeyScan:
    """Names of keys, sorted. Where it is not complete, the bound was met before the end of the database."""

    keys: tuple[str, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Key:
    """`expires_in_seconds` is None for a key that stays; `memory_bytes` an estimate of the server."""

    name: str
    type: str
    encoding: str
    expires_in_seconds: float | None
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Flushed:
    """`keys` is how many there were right before."""

    target: str
    database: int
    keys: int
