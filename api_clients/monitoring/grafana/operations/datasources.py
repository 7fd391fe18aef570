"""Data sources: which there are, how they are, what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api_clients.domain.errors import InvalidRequest, Rejected
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.documents import rows
from api_clients.infrastructure.http import as_json
from api_clients.monitoring.grafana.connection import GrafanaConnection
from api_clients.monitoring.grafana.reading import content
from api_clients.monitoring.grafana.reading.frames import query_results
from api_clients.monitoring.grafana.values import Datasource, DatasourceHealth, QueryResult
from api_clients.monitoring.grafana.writing import epoch_milliseconds

DATASOURCE = "/api/datasources/uid/{uid}"
UP = {"refId": "A", "expr": "up", "instant": True}


class DatasourceOperations(GrafanaConnection):
    @operation(idempotent=True, role="viewer")  # not cached: an address or settings may hold a login
    def datasources(self) -> tuple[Datasource, ...]:
        """List all data sources of the organisation."""
        return self._get("/api/datasources", read=as_json(rows(content.datasource)))

    @operation(idempotent=True, role="viewer", example={"uid": "prometheus"})  # not cached, as above
    def datasource(self, uid: str) -> Datasource:
        """Return one data source."""
        return self._get(url_path(DATASOURCE, uid=uid), read=as_json(content.datasource))

    @operation(idempotent=True, role="viewer", lane="monitoring", example={"uid": "prometheus"})
    def datasource_health(self, uid: str) -> DatasourceHealth:
        """Let Grafana ask a data source how it is; one without a health check is Rejected (404)."""
        try:
            return self._get(url_path(f"{DATASOURCE}/health", uid=uid), read=as_json(content.datasource_health))
        except Rejected as error:
            if error.status != 400:  # what the check itself says of a sick data source
                raise
            return DatasourceHealth(is_well=False, message=error.reason.partition(": ")[2] or error.reason)

    @operation(
        idempotent=False,
        role="operator",
        lane="read",
        example={"uid": "prometheus", "queries": [UP], "since": "now-5m"},
    )
    def query_datasource(
        self,
        uid: str,
        queries: Sequence[Mapping[str, Any]],
        since: str | datetime = "now-1h",
        until: str | datetime = "now",
    ) -> tuple[QueryResult, ...]:
        """Send queries through Grafana to a data source and return their frames, one result for each.

        `queries` are in the data source's own terms (expr for Prometheus, rawSql for SQL); refId, intervalMs and
        maxDataPoints are filled in where they are left out. `since` and `until` are moments, or Grafana's words such
        as now-6h. A query in SQL may write, where the data source's login may. Where some queries fail their results
        say so; where all do, it is Rejected.
        """
        if not queries:
            raise InvalidRequest("queries is empty")
        asked = [_query(uid, query, at) for at, query in enumerate(queries)]
        if len({query["refId"] for query in asked}) != len(asked):
            raise InvalidRequest("queries: two have the same refId")
        body = {"from": _time(since), "to": _time(until), "queries": asked}
        return self._send("POST", "/api/ds/query", json=body, read=as_json(query_results))


def _query(uid: str, query: Mapping[str, Any], at: int) -> dict[str, Any]:
    defaults = {"refId": _ref_id(at), "intervalMs": 15_000, "maxDataPoints": 1_000}
    return {**defaults, **query, "datasource": {"uid": uid}}


def _ref_id(at: int) -> str:
    """A to Z, then A1 and so on, as Grafana's editor names them."""
    return chr(ord("A") + at % 26) + (str(at // 26) if at >= 26 else "")


def _time(value: str | datetime) -> str:
    """Raises InvalidRequest."""
    if isinstance(value, str):
        if value.startswith("now") or value.isdecimal():
            return value
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidRequest("since and until should be moments, or words such as now-1h") from None
    return str(epoch_milliseconds(value))
