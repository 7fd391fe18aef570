"""How well a server is: its health, and the figures of the overview."""

from __future__ import annotations

from collections.abc import Iterator

from api_clients.datastores.postgresql.values import Server
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health

NEAR_LIMIT_PERCENT = 90.0
LAG_SECONDS = 30.0
WRAPAROUND = 2**31
OLD_PERCENT = 50.0  # autovacuum works against it from a tenth on; half way it has failed for long


def health_of(server: Server) -> Health:
    reasons = "; ".join(_troubles(server))
    return Health("degraded" if reasons else "healthy", server.version, reasons)


def _troubles(server: Server) -> Iterator[str]:
    if server.used_percent >= NEAR_LIMIT_PERCENT:
        yield f"{server.connections} of {server.limit} connections are taken, {server.reserved} of them reserved"
    age = 100.0 * server.transaction_age / WRAPAROUND
    if age >= OLD_PERCENT:
        yield f"{age:.0f} % of the transactions before wraparound are used up in {server.oldest_database}: vacuum it"
    if server.is_standby and not server.is_receiving:
        yield "this standby receives nothing from its primary"
    if (server.replay_lag_seconds or 0.0) > LAG_SECONDS:
        yield f"this standby is {server.replay_lag_seconds:.0f} s behind"
    if (server.worst_standby_lag_seconds or 0.0) > LAG_SECONDS:
        yield f"standby {server.worst_standby} is {server.worst_standby_lag_seconds:.0f} s behind"


def figures_of(server: Server) -> tuple[Figure, ...]:
    found = [
        Figure("sessions.current", server.connections, "count"),
        Figure("sessions.limit", server.limit, "count"),
        Figure("sessions.used", server.used_percent, "percent"),
        Figure("locks.waiting", server.waiting, "count"),
        Figure("transactions.committed", server.commits, "count"),
        Figure("transactions.rolled_back", server.rollbacks, "count"),
        Figure("transactions.longest", server.longest_transaction_seconds, "seconds"),
        Figure("transactions.wraparound", 100.0 * server.transaction_age / WRAPAROUND, "percent"),
        Figure("database.size", server.database_bytes, "bytes", {"database": server.database}),
    ]
    if server.hit_percent is not None:
        found.append(Figure("cache.hits", server.hit_percent, "percent", {"database": server.database}))
    lag = server.replay_lag_seconds if server.is_standby else server.worst_standby_lag_seconds
    if lag is not None:
        found.append(Figure("replication.lag", lag, "seconds"))
    return tuple(found)
