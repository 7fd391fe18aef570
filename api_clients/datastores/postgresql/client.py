"""A PostgreSQL server and one of its databases, as their administrator sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, get_args

from api_clients.datastores.postgresql.condition import figures_of, health_of
from api_clients.datastores.postgresql.reading import as_row, as_rows
from api_clients.datastores.postgresql.values import (
    Connections,
    Database,
    DuplicateIndexes,
    Index,
    IndexBloat,
    IndexHealth,
    Lock,
    Receiver,
    Replication,
    ReplicationSlot,
    RunningQuery,
    Server,
    Setting,
    Signalled,
    SlowQuery,
    Standby,
    Table,
    TableVacuum,
)
from api_clients.datastores.postgresql.wire import PostgresqlWire
from api_clients.domain.errors import NOT_FOUND, InvalidRequest, Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.wire import Wire, WireSettings

Order = Literal["total", "mean", "longest", "calls"]
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class _IndexRow(Index):
    is_unused: bool
    is_invalid: bool
    counted_since: datetime | None


@dataclass(frozen=True, slots=True)
class _ReceiverRow(Receiver):
    is_standby: bool


@dataclass(frozen=True, slots=True)
class _Done:
    done: bool


@dataclass(frozen=True, slots=True)
class _SignalRow(Signalled):
    is_done: bool


class PostgresqlClient(ServiceClient):
    service = "postgresql"
    schemes = ("postgresql", "postgres")
    examples: ClassVar[Mapping[str, Any]] = {"pid": 4711}

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        return PostgresqlWire(settings)

    def _health(self) -> Health:
        return health_of(self._get("/server", read=as_row(Server)))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def server(self) -> Server:
        """Return the version, the age and the load of the server, and how far a standby is behind."""
        return self._get("/server", read=as_row(Server))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Return the numbers of the overview."""
        return figures_of(self._get("/server", read=as_row(Server)))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def databases(self) -> tuple[Database, ...]:
        """Return the databases with size, traffic and age, the largest first."""
        return self._get("/databases", read=as_rows(Database))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def tables(self, limit: int = 100) -> tuple[Table, ...]:
        """Return the largest tables of this database, at most 1,000."""
        return self._get("/tables", params={"limit": self._bounded("limit", limit)}, read=as_rows(Table))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def connections(self) -> Connections:
        """Return how many connections there are by state, application, user and database, and the limit."""
        return self._get("/connections", read=as_row(Connections))

    @operation(idempotent=True, role="viewer")
    def running_queries(self, minimum_seconds: float = 0.0, with_idle: bool = False) -> tuple[RunningQuery, ...]:
        """Return what clients do now, the oldest transaction first; idle ones only where their transaction is open,
        or all of them with `with_idle`.
        """
        if not 0 <= minimum_seconds < 1e9:
            raise InvalidRequest("minimum_seconds should be 0 or more")
        params = {"minimum_seconds": minimum_seconds, "with_idle": with_idle}
        return self._get("/running-queries", params=params, read=as_rows(RunningQuery))

    @operation(idempotent=True, role="viewer")
    def locks(self) -> tuple[Lock, ...]:
        """Return who waits for a lock of whom, the longest wait first."""
        return self._get("/locks", read=as_rows(Lock))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def slow_queries(self, order: Order = "total", limit: int = 20) -> tuple[SlowQuery, ...]:
        """Return the statements of this database that took most, by pg_stat_statements. Rejected with what to do where
        that extension is missing.
        """
        if order not in get_args(Order):
            raise InvalidRequest(f"order should be one of {', '.join(get_args(Order))}")
        bounded = self._bounded("limit", limit)
        params: dict[str, str | int] = {"order": json.dumps(order), "limit": bounded}
        return self._get("/slow-queries", params={**params}, read=as_rows(SlowQuery))

    @operation(idempotent=False, role="operator")
    def reset_slow_queries(self) -> None:
        """Begin the statistics of statements anew."""
        self._send("POST", "/reset-slow-queries", read=as_row(_Done))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def replication(self) -> Replication:
        """Return standbys and slots of a primary, and the receiver of a standby."""
        receiver = self._get("/receiver", read=as_row(_ReceiverRow))
        return Replication(
            is_standby=receiver.is_standby,
            standbys=self._get("/standbys", read=as_rows(Standby)),
            slots=self._get("/replication-slots", read=as_rows(ReplicationSlot)),
            receiver=_receiver(receiver) if receiver.is_standby else None,
        )

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def index_health(self) -> IndexHealth:
        """Return the indexes of this database that nobody reads, that are double, broken or probably bloated."""
        rows = self._get("/indexes", read=as_rows(_IndexRow))
        return IndexHealth(
            unused=tuple(_index(row) for row in rows if row.is_unused),
            invalid=tuple(_index(row) for row in rows if row.is_invalid),
            duplicates=self._get("/duplicate-indexes", read=as_rows(DuplicateIndexes)),
            bloated=self._get("/index-bloat", read=as_rows(IndexBloat)),
            counted_since=rows[0].counted_since if rows else None,
        )

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def vacuum_health(self, limit: int = 100) -> tuple[TableVacuum, ...]:
        """Return tables with their dead rows, last vacuum and age, most dead rows first."""
        return self._get("/vacuum-health", params={"limit": self._bounded("limit", limit)}, read=as_rows(TableVacuum))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def settings(self, pattern: str = "%") -> tuple[Setting, ...]:
        """Return settings whose names match, as SQL's LIKE does: `autovacuum%`."""
        return self._get("/settings", params={"pattern": json.dumps(pattern)}, read=as_rows(Setting))

    @operation(idempotent=False, role="operator")
    def cancel_query(self, pid: int) -> Signalled:
        """Cancel what a client's backend is doing; its connection stays. Rejected where there is no such backend."""
        return self._signal("/cancel-query", pid)

    @operation(idempotent=False, role="admin")
    def end_backend(self, pid: int) -> Signalled:
        """End a client's connection; its transaction is rolled back. Rejected where there is no such backend."""
        return self._signal("/end-backend", pid)

    def _signal(self, path: str, pid: int) -> Signalled:
        if not 0 < pid < 2**31:
            raise InvalidRequest(f"pid should be a positive number, not {pid}")
        rows = self._send("POST", path, params={"pid": pid}, read=as_rows(_SignalRow))
        if not rows or not rows[0].is_done:
            raise Rejected(f"no client has a backend with pid {pid}", status=NOT_FOUND)
        row = rows[0]
        return Signalled(row.pid, row.user, row.application, row.query)

    def _bounded(self, name: str, value: int) -> int:
        if not 1 <= value <= MOST_ROWS:
            raise InvalidRequest(f"{name} should be from 1 to {MOST_ROWS}, not {value}")
        return value


def _index(row: _IndexRow) -> Index:
    return Index(row.schema, row.table, row.name, row.size_bytes, row.scans, row.definition)


def _receiver(row: _ReceiverRow) -> Receiver:
    return Receiver(row.status, row.sender, row.slot, row.lag_bytes, row.lag_seconds)
