"""The simulated server: who may come in, and what answers whom."""

from __future__ import annotations

from collections.abc import Collection

from api_clients.infrastructure.http import Credentials
from api_clients.monitoring.grafana.simulator import access, alerting, dashboards, data
from api_clients.monitoring.grafana.simulator.content import company, empty_state
from api_clients.monitoring.grafana.simulator.routing import Call, Route, dispatch
from api_clients.monitoring.grafana.simulator.state import State
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

VERSION = "13.0.0"


class GrafanaSimulator(HttpSimulator):
    """`logins` are those it knows; without any it lets everybody in."""

    def __init__(self, state: State | None = None, *, logins: Collection[Credentials] = ()) -> None:
        super().__init__()
        self.state = state or empty_state()
        self.version = VERSION
        self.database = "ok"
        self._known = [login.headers()["Authorization"] for login in logins]

    def admits(self, received: Received) -> bool:
        if received.path == "/api/health" or not self._known:
            return True
        return received.headers.get("authorization") in self._known

    def answer(self, received: Received) -> Answer:
        return dispatch((Route("GET", "/api/health", self._health), *ROUTES), self.state, received)

    def _health(self, call: Call) -> Answer:
        document = {"database": self.database, "version": self.version, "commit": "e9de482b51"}
        return json_answer(document, status=200 if self.database == "ok" else 503)


def make_simulator() -> GrafanaSimulator:
    return GrafanaSimulator(company())


ROUTES = (*dashboards.ROUTES, *data.ROUTES, *alerting.ROUTES, *access.ROUTES)
