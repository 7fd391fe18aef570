"""A PostgreSQL in process, for tests and demonstrations: rows that stand still."""

from __future__ import annotations

import json
from typing import Any

from api_clients.infrastructure.credentials import Basic
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

SINCE = "2026-01-05T08:00:00+00:00"
QUERY = "SELECT * FROM orders WHERE customer = $1"
INDEX = {
    "schema": "public",
    "table": "orders",
    "name": "orders_note_idx",
    "size_bytes": 8_192_000,
    "scans": 0,
    "definition": "CREATE INDEX orders_note_idx ON public.orders USING btree (note)",
    "is_unused": True,
    "is_invalid": False,
    "counted_since": SINCE,
}
BACKEND = {"pid": 4711, "user": "shop", "application": "shop-web", "query": "SELECT count(*) FROM orders"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "/server": [
        {
            "version": "15.8",
            "database": "shop",
            "user": "nms",
            "started_at": SINCE,
            "is_standby": False,
            "connections": 12,
            "limit": 100,
            "reserved": 3,
            "waiting": 1,
            "longest_transaction_seconds": 4.2,
            "transaction_age": 21_474_836,
            "oldest_database": "shop",
            "replay_lag_seconds": None,
            "is_receiving": None,
            "worst_standby": "standby-1",
            "worst_standby_lag_seconds": 0.4,
            "database_bytes": 734_003_200,
            "commits": 918_273,
            "rollbacks": 12,
            "hit_percent": 99.2,
        }
    ],
    "/databases": [
        {
            "name": "shop",
            "owner": "shop",
            "encoding": "UTF8",
            "size_bytes": 734_003_200,
            "connections": 11,
            "connection_limit": None,
            "commits": 918_273,
            "rollbacks": 12,
            "hit_percent": 99.2,
            "deadlocks": 0,
            "temporary_bytes": 1_048_576,
            "conflicts": 0,
            "transaction_age": 21_474_836,
            "wraparound_percent": 1.0,
            "counted_since": None,
        }
    ],
    "/tables": [
        {
            "schema": "public",
            "name": "orders",
            "rows": 1_000_000,
            "total_bytes": 524_288_000,
            "table_bytes": 393_216_000,
            "index_bytes": 122_880_000,
            "toast_bytes": 8_192,
            "sequential_scans": 41,
            "index_scans": 900_000,
        }
    ],
    "/connections": [
        {
            "total": 12,
            "limit": 100,
            "reserved": 3,
            "states": {"active": 2, "idle": 9, "idle in transaction": 1},
            "applications": {"shop-web": 11, "nms": 1},
            "users": {"shop": 11, "nms": 1},
            "databases": {"shop": 12},
        }
    ],
    "/running-queries": [
        {
            **BACKEND,
            "database": "shop",
            "client_address": "192.0.2.30",
            "state": "active",
            "query_seconds": 4.1,
            "transaction_seconds": 4.2,
            "wait": "Lock: relation",
            "blocked_by": [4700],
        }
    ],
    "/locks": [
        {
            "blocked_pid": 4711,
            "blocked_user": "shop",
            "blocked_application": "shop-web",
            "blocked_query": BACKEND["query"],
            "waiting_seconds": 4.1,
            "lock": "relation",
            "mode": "AccessShareLock",
            "relation": "orders",
            "blocking_pid": 4700,
            "blocking_user": "shop",
            "blocking_application": "migrations",
            "blocking_state": "idle in transaction",
            "blocking_query": "ALTER TABLE orders ADD COLUMN note text",
            "blocking_transaction_seconds": 30.5,
        }
    ],
    "/slow-queries": [
        {
            "query_id": "-3416356442043621232",
            "query": QUERY,
            "user": "shop",
            "calls": 1_200,
            "total_seconds": 840.0,
            "mean_seconds": 0.7,
            "longest_seconds": 3.1,
            "rows": 24_000,
            "hit_percent": 61.5,
            "temporary_blocks": 0,
        }
    ],
    "/reset-slow-queries": [{"done": True}],
    "/standbys": [
        {
            "application": "standby-1",
            "address": "192.0.2.31",
            "state": "streaming",
            "synchronisation": "async",
            "lag_bytes": 16_384,
            "lag_seconds": 0.4,
        }
    ],
    "/replication-slots": [
        {
            "name": "standby_1",
            "kind": "physical",
            "database": None,
            "is_active": True,
            "wal_status": "reserved",
            "retained_bytes": 16_384,
        }
    ],
    "/receiver": [
        {
            "is_standby": False,
            "status": None,
            "sender": None,
            "slot": None,
            "lag_bytes": None,
            "lag_seconds": None,
        }
    ],
    "/indexes": [INDEX],
    "/duplicate-indexes": [
        {
            "schema": "public",
            "table": "orders",
            "names": ["orders_customer_idx", "orders_customer_idx1"],
            "size_bytes": 44_040_192,
            "definition": "CREATE INDEX orders_customer_idx ON public.orders USING btree (customer)",
        }
    ],
    "/index-bloat": [
        {
            "schema": "public",
            "table": "orders",
            "name": "orders_pkey",
            "size_bytes": 44_040_192,
            "wasted_bytes": 22_020_096,
            "wasted_percent": 50.0,
        }
    ],
    "/vacuum-health": [
        {
            "schema": "public",
            "name": "orders",
            "live_rows": 1_000_000,
            "dead_rows": 250_000,
            "dead_percent": 20.0,
            "is_due": True,
            "last_vacuum": None,
            "last_autovacuum": SINCE,
            "last_analyze": None,
            "last_autoanalyze": SINCE,
            "transaction_age": 21_474_836,
        }
    ],
    "/settings": [
        {
            "name": "max_connections",
            "value": "100",
            "unit": None,
            "category": "Connections and Authentication / Connection Settings",
            "source": "configuration file",
            "is_default": True,
            "is_pending_restart": False,
            "description": "Sets the maximum number of concurrent connections.",
        }
    ],
}


class PostgresqlSimulator(HttpSimulator):
    """`password` is what the user `nms` needs; None lets everybody in. `is_idle`: nobody does anything."""

    def __init__(self, *, password: str | None = None, is_idle: bool = False) -> None:
        super().__init__()
        self._password = password
        self.is_idle = is_idle

    def admits(self, received: Received) -> bool:
        if self._password is None:
            return True
        return received.headers.get("authorization") == Basic("nms", self._password).headers()["Authorization"]

    def answer(self, received: Received) -> Answer:
        if received.path in ("/cancel-query", "/end-backend"):
            wanted = json.loads(received.params["pid"][0])
            return json_answer({"rows": [{**BACKEND, "is_done": True}] if wanted == BACKEND["pid"] else []})
        if self.is_idle and received.path in ("/running-queries", "/locks"):
            return json_answer({"rows": []})
        if received.path in ROWS:
            return json_answer({"rows": ROWS[received.path]})
        return json_answer({"message": f"there is no query {received.path}"}, status=400)


def make_simulator() -> PostgresqlSimulator:
    return PostgresqlSimulator()
