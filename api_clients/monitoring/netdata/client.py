"""Netdata: charts and their data, alarms, contexts, nodes and alerts of one server and of those that stream to it.

v1 of its API is on every server and v2 since 1.40; v3 came with 2.0. What v2 and v3 tell of many nodes is asked there
first and of v1 where a server has neither, in the same values. Source: netdata-swagger.json, and a 1.37.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeVar

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import NOT_FOUND, InvalidRequest, Rejected, ServiceError, Unauthorized
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.http import HttpClient, as_json
from api_clients.monitoring.netdata import reading
from api_clients.monitoring.netdata.overview import CHARTS, alerts_of, figures_of
from api_clients.monitoring.netdata.values import (
    Alarm,
    AlarmEvent,
    Chart,
    ChartData,
    Context,
    Metric,
    Node,
    NodeAlert,
    NodeInfo,
)

T = TypeVar("T")
Api = Literal["auto", "v1", "v2", "v3"]
Group = Literal["average", "min", "max", "sum", "median", "stddev", "incremental-sum"]
SIGN_IN = 412  # what a Netdata that wants a bearer token answers without one


class NetdataClient(HttpClient):
    service = "netdata"
    examples: ClassVar[Mapping[str, Any]] = {"chart": "system.cpu"}

    def _health(self) -> Health:
        return Health(version=self._v1("info", reading.info).version)

    @operation(idempotent=True, role="viewer", cache_seconds=60.0, lane="monitoring")
    def info(self, *, node: str = "") -> NodeInfo:
        """Tell version, machine and alarm counts; `node` is the name of one that streams to this server."""
        return self._v1("info", reading.info, node=node)

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def charts(self, *, node: str = "") -> tuple[Chart, ...]:
        """List all charts."""
        return self._v1("charts", reading.charts, node=node)

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def chart(self, chart: str, *, node: str = "") -> Chart:
        """Return one chart by its id; raises Rejected (404) where there is none."""
        return self._v1("chart", reading.chart, {"chart": chart}, node=node)

    @operation(idempotent=True, role="viewer", cache_seconds=1.0, example={"seconds": 10})
    def data(
        self,
        chart: str,
        *,
        seconds: int = 60,
        after: datetime | None = None,
        before: datetime | None = None,
        points: int = 0,
        dimensions: Sequence[str] = (),
        group: Group = "average",
        node: str = "",
    ) -> ChartData:
        """Return a chart's values of the last `seconds`, or from `after` to `before`, newest first.

        `points` 0 is one for each time collected; fewer are made by `group`. `dimensions` are names or ids, all where
        none is named. Raises Rejected (404) with Netdata's words where there is no such chart or dimension.
        """
        self._check(chart, seconds, after, before, points)
        params: dict[str, ParamValue] = {
            "chart": chart,
            "after": int(after.timestamp()) if after else -seconds,
            "before": int(before.timestamp()) if before else 0,
            "points": points,
            "dimension": tuple(dimensions),
            "group": group,
            "format": "json",
            "options": "jsonwrap,seconds",
        }
        return self._v1("data", reading.data, params, node=node)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def alarms(self, *, all: bool = False, node: str = "") -> tuple[Alarm, ...]:  # Netdata's own word
        """List the alarms that are raised, or all of them."""
        return self._v1("alarms", reading.alarms, {"all": True} if all else {"active": True}, node=node)

    @operation(idempotent=True, role="viewer")
    def alarm_log(self, *, after: int = 0, node: str = "") -> tuple[AlarmEvent, ...]:
        """Tell what alarms did, newest first; `after` is the id of the last event seen."""
        return self._v1("alarm_log", reading.alarm_log, {"after": after} if after else {}, node=node)

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def contexts(self, *, api: Api = "auto") -> tuple[Context, ...]:
        """List the contexts, of all nodes where the server has v2 or v3."""
        newer = ("contexts", {"options": "titles,priorities"}, reading.contexts)
        return self._newest(api, newer, lambda: self._v1("contexts", reading.contexts))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0, lane="monitoring")
    def nodes(self, *, api: Api = "auto") -> tuple[Node, ...]:
        """List the machines this server has metrics of: itself, and those that stream to it."""
        return self._newest(api, ("nodes", {}, reading.nodes), lambda: self._v1("info", reading.mirrored_hosts))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def alerts(self, *, api: Api = "auto") -> tuple[NodeAlert, ...]:
        """List the alerts that are raised, of all nodes where the server has v2 or v3."""
        params = {"status": "CRITICAL,WARNING", "options": "summary,instances,values"}
        newer = ("alerts", params, reading.node_alerts)
        return self._newest(api, newer, lambda: self._v1("alarms", reading.alerts_of_alarms, {"active": True}))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, example={"charts": "system.*"})
    def latest(self, charts: str = "*") -> tuple[Metric, ...]:
        """Return the last value of every dimension of the charts that a pattern names ("system.* disk_space.*")."""
        return self._v1("allmetrics", reading.metrics, {"format": "json", "filter": charts})

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """List the raised alarms in the shape of all services."""
        return alerts_of(self._v1("alarms", reading.alarms, {"active": True}))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Tell the machine's use: cpu.used, memory.used and disk.used in percent, load over 1, 5 and 15 minutes."""
        return figures_of(self._v1("allmetrics", reading.metrics, {"format": "json", "filter": CHARTS}))

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        if error.status == SIGN_IN:
            return Unauthorized(f"wants a bearer token: {error.reason}", status=error.status)
        return error

    def _v1(
        self,
        name: str,
        shape: Callable[[Any], T],
        params: Mapping[str, ParamValue] | None = None,
        *,
        node: str = "",
    ) -> T:
        path = url_path("/host/{node}/api/v1/", node=node) if node else "/api/v1/"
        return self._get(path + name, params=params, read=as_json(reading.in_plain_text(shape)))

    def _newest(
        self,
        api: Api,
        newer: tuple[str, Mapping[str, ParamValue], Callable[[Any], T]],
        oldest: Callable[[], T],
    ) -> T:
        """Ask the newest version that the server has, or the one that is asked for."""
        name, params, shape = newer
        for version in ("v3", "v2") if api == "auto" else () if api == "v1" else (api,):
            try:
                read = as_json(reading.in_plain_text(shape))
                return self._get(f"/api/{version}/{name}", params=params, read=read)
            except Rejected as error:
                if api != "auto" or error.status != NOT_FOUND:
                    raise
        return oldest()

    def _check(self, chart: str, seconds: int, after: datetime | None, before: datetime | None, points: int) -> None:
        """Netdata takes what it cannot read for 0 and answers something else than was asked, so it is refused here."""
        problem = ""
        if not chart:
            problem = "chart is empty"
        elif seconds < 1 or points < 0:
            problem = "seconds should be 1 or more, points 0 or more"
        elif any(time is not None and time.tzinfo is None for time in (after, before)):
            problem = "after and before need a zone"
        elif after and before and after >= before:
            problem = "after should be earlier than before"
        elif before and not after:
            problem = "before needs after"
        if problem:
            raise InvalidRequest(problem)
