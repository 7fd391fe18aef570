"""How HAProxy and what stands behind it are doing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import NOT_FOUND, InvalidRequest, Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.operation import operation
from api_clients.domain.values import Response
from api_clients.qos.haproxy import reading
from api_clients.qos.haproxy.connection import HaproxyConnection
from api_clients.qos.haproxy.metrics import parse_metrics
from api_clients.qos.haproxy.values import Metric, ProcessInfo, ProxyStatistics
from api_clients.qos.haproxy.wire import METRICS, STATISTICS, VERSION

FRESH_SECONDS = 2.0


class StatisticsOperations(HaproxyConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=FRESH_SECONDS, lane="monitoring")
    def statistics(self) -> tuple[ProxyStatistics, ...]:
        """Return every row of the statistics: frontends, backends, servers and listeners, in HAProxy's order."""
        return self._statistics()

    @operation(idempotent=True, role="viewer", cache_seconds=FRESH_SECONDS, lane="monitoring")
    def frontends(self) -> tuple[ProxyStatistics, ...]:
        """Return the frontends."""
        return tuple(row for row in self._statistics() if row.kind == "frontend")

    @operation(idempotent=True, role="viewer", cache_seconds=FRESH_SECONDS, lane="monitoring")
    def backends(self) -> tuple[ProxyStatistics, ...]:
        """Return the backends; one without any server that works is down."""
        return tuple(row for row in self._statistics() if row.kind == "backend")

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def servers(self, backend: str = "") -> tuple[ProxyStatistics, ...]:
        """Return the servers, of one backend or of all, as they are now; a backend that is not there is Rejected."""
        rows = self._statistics()
        if backend and not any(row.kind == "backend" and row.proxy == backend for row in rows):
            raise Rejected(f"there is no backend {backend[:80]!r}", status=NOT_FOUND)
        return tuple(row for row in rows if row.kind == "server" and backend in ("", row.proxy))

    @operation(idempotent=True, role="viewer", cache_seconds=60.0, lane="monitoring")
    def version(self) -> str:
        """Return HAProxy's version; empty where its page hides it and there is no socket."""
        return self._get(VERSION, read=reading.version)

    @operation(idempotent=True, role="viewer", cache_seconds=FRESH_SECONDS, lane="monitoring")
    def info(self) -> ProcessInfo:
        """Return what the process says of itself, over the stats socket."""
        return self._show("show info", read=reading.info)

    @operation(idempotent=True, role="viewer", cache_seconds=FRESH_SECONDS, lane="monitoring")
    def metrics(self, prefix: str = "haproxy_") -> tuple[Metric, ...]:
        """Return the Prometheus endpoint's metrics whose name begins with `prefix`; those that have no number are left
        out. Needs an HTTP address.
        """
        every = self._get(METRICS, read=read_metrics)
        return tuple(metric for metric in every if metric.name.startswith(prefix))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """Tell of servers that are down, and of backends in which none works. What is in maintenance is meant to be."""
        return tuple(_alert(row) for row in self._statistics() if row.state == "down" and row.kind != "listener")

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Return sessions, traffic and servers; with the stats socket the process's load and memory too."""
        try:
            of_process = tuple(_of_process(self.info()))
        except InvalidRequest:  # there is no socket
            of_process = ()
        return (*_of_proxies(self._statistics()), *of_process)

    def _statistics(self) -> tuple[ProxyStatistics, ...]:
        return self._get(STATISTICS, read=reading.statistics)


def read_metrics(response: Response) -> tuple[Metric, ...]:
    return parse_metrics(response.body.decode("utf-8"))


def _alert(row: ProxyStatistics) -> Alert:
    is_server = row.kind == "server"
    name = f"{row.proxy}/{row.name}" if is_server else row.proxy
    reason = " ".join(part for part in (row.check_status, row.check_description) if part)
    return Alert(
        id=f"haproxy:{row.kind}:{name}",
        severity="high" if is_server else "critical",
        title=f"server {name} is down" if is_server else f"{row.kind} {name} serves nothing",
        source=name,
        description=reason or row.status,
        labels={"proxy": row.proxy, "server": row.name if is_server else "", "status": row.status},
    )


def _of_proxies(rows: Sequence[ProxyStatistics]) -> Iterator[Figure]:
    frontends = [row for row in rows if row.kind == "frontend"]
    servers = [row for row in rows if row.kind == "server"]
    yield Figure("sessions.current", sum(row.sessions_current for row in frontends), "count")
    yield Figure("sessions.rate", sum(row.sessions_per_second for row in frontends), "1/s")
    yield Figure("network.received", sum(row.received_bytes for row in frontends), "bytes")
    yield Figure("network.sent", sum(row.sent_bytes for row in frontends), "bytes")
    yield Figure("servers.up", sum(row.state == "up" for row in servers), "count")
    yield Figure("servers.down", sum(row.state == "down" for row in servers), "count")


def _of_process(process: ProcessInfo) -> Iterator[Figure]:
    yield Figure("cpu.used", 100.0 - process.idle_percent, "percent")
    yield Figure("memory.used", process.pool_used_bytes, "bytes")
    yield Figure("connections.current", process.connections, "count")
    yield Figure("connections.limit", process.connections_limit, "count")
