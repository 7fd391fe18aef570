"""What PostgreSQL tells of itself. The fields are named as the columns of the queries that bring them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Server:
    """`limit` is max_connections, `reserved` those kept for superusers. `replay_lag_seconds` and `is_receiving` are
    those of a standby; a standby that has replayed all it received lags by 0. `transaction_age` is that of the oldest
    database: at 2^31 transactions it would have to stop.
    """

    version: str
    database: str
    user: str
    started_at: datetime
    is_standby: bool
    connections: int
    limit: int
    reserved: int
    waiting: int
    longest_transaction_seconds: float
    transaction_age: int
    oldest_database: str
    replay_lag_seconds: float | None
    is_receiving: bool | None
    worst_standby: str | None
    worst_standby_lag_seconds: float | None
    database_bytes: int
    commits: int
    rollbacks: int
    hit_percent: float | None

    @property
    def used_percent(self) -> float:
        """How many of the connections for ordinary users are taken."""
        return 100.0 * self.connections / max(1, self.limit - self.reserved)


@dataclass(frozen=True, slots=True)
class Database:
    """Counters since `counted_since`. `size_bytes` is None where our user may not connect to it. `wraparound_percent`
    is how much of the 2^31 transactions its oldest row has used up.
    """

    name: str
    owner: str
    encoding: str
    size_bytes: int | None
    connections: int
    connection_limit: int | None
    commits: int
    rollbacks: int
    hit_percent: float | None
    deadlocks: int
    temporary_bytes: int
    conflicts: int
    transaction_age: int
    wraparound_percent: float
    counted_since: datetime | None


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` is the planner's estimate, None before the first analyse; `total_bytes` includes indexes and TOAST."""

    schema: str
    name: str
    rows: int | None
    total_bytes: int
    table_bytes: int
    index_bytes: int
    toast_bytes: int
    sequential_scans: int
    index_scans: int


@dataclass(frozen=True, slots=True)
class Connections:
    """Those of clients, counted in four ways; `states` such as active, idle, idle in transaction."""

    total: int
    limit: int
    reserved: int
    states: Mapping[str, int]
    applications: Mapping[str, int]
    users: Mapping[str, int]
    databases: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunningQuery:
    """What a client's backend does, or did last where its state is not active. Passwords in `query` are masked."""

    pid: int
    database: str | None
    user: str | None
    application: str
    client_address: str | None
    state: str | None
    query_seconds: float | None
    transaction_seconds: float | None
    wait: str | None
    blocked_by: tuple[int, ...]
    query: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A backend that waits for a lock, and one of those it waits for. `relation` is what the lock is on, where it is a
    table or an index; `lock` what it is otherwise.
    """

    blocked_pid: int
    blocked_user: str | None
    blocked_application: str
    blocked_query: str
    waiting_seconds: float | None
    lock: str
    mode: str
    relation: str | None
    blocking_pid: int
    blocking_user: str | None
    blocking_application: str | None
    blocking_state: str | None
    blocking_query: str | None
    blocking_transaction_seconds: float | None


@dataclass(frozen=True, slots=True)
class SlowQuery:
    """Of one statement with its constants taken out, since the statistics were reset. `query_id` is None, and `query`
    says so, where our user may not see what others ask.
    """

    query_id: str | None
    query: str
    user: str | None
    calls: int
    total_seconds: float
    mean_seconds: float
    longest_seconds: float
    rows: int
    hit_percent: float | None
    temporary_blocks: int


@dataclass(frozen=True, slots=True)
class Standby:
    """As its primary sees it: how much it has not replayed yet, and how long the last change took to get there."""

    application: str
    address: str | None
    state: str
    synchronisation: str
    lag_bytes: int | None
    lag_seconds: float | None


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """`retained_bytes` of log are kept for it; one that nobody reads fills the disk."""

    name: str
    kind: str
    database: str | None
    is_active: bool
    wal_status: str | None
    retained_bytes: int | None


@dataclass(frozen=True, slots=True)
class Receiver:
    """How a standby is fed. `lag_seconds` is the age of what was replayed last, 0 where nothing waits."""

    status: str | None
    sender: str | None
    slot: str | None
    lag_bytes: int | None
    lag_seconds: float | None


@dataclass(frozen=True, slots=True)
class Replication:
    is_standby: bool
    standbys: tuple[Standby, ...]
    slots: tuple[ReplicationSlot, ...]
    receiver: Receiver | None


@dataclass(frozen=True, slots=True)
class Index:
    schema: str
    table: str
    name: str
    size_bytes: int
    scans: int
    definition: str


@dataclass(frozen=True, slots=True)
class DuplicateIndexes:
    """Indexes of one table with the same columns, order, conditions and method: all but one can go."""

    schema: str
    table: str
    names: tuple[str, ...]
    size_bytes: int
    definition: str


@dataclass(frozen=True, slots=True)
class IndexBloat:
    """Estimated of the columns' average width; good to see which index to look at, no more."""

    schema: str
    table: str
    name: str
    size_bytes: int
    wasted_bytes: int
    wasted_percent: float


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """`unused` have not been read since the statistics began, and neither keep rows unique nor belong to a constraint;
    `invalid` were left half made by CREATE INDEX CONCURRENTLY. `counted_since` says how long "unused" means.
    """

    unused: tuple[Index, ...]
    invalid: tuple[Index, ...]
    duplicates: tuple[DuplicateIndexes, ...]
    bloated: tuple[IndexBloat, ...]
    counted_since: datetime | None


@dataclass(frozen=True, slots=True)
class TableVacuum:
    """`is_due`: more rows are dead than autovacuum would let be. `transaction_age` counts towards wraparound."""

    schema: str
    name: str
    live_rows: int
    dead_rows: int
    dead_percent: float
    is_due: bool
    last_vacuum: datetime | None
    last_autovacuum: datetime | None
    last_analyze: datetime | None
    last_autoanalyze: datetime | None
    transaction_age: int


@dataclass(frozen=True, slots=True)
class Setting:
    """`value` in the setting's own unit; what may hold a password is masked."""

    name: str
    value: str
    unit: str | None
    category: str
    source: str
    is_default: bool
    is_pending_restart: bool
    description: str


@dataclass(frozen=True, slots=True)
class Signalled:
    """A backend that was told to stop, and what it was doing."""

    pid: int
    user: str | None
    application: str
    query: str
