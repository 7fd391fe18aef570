"""The simulated server: who may come in, how it is, and what answers whom."""

from __future__ import annotations

from collections.abc import Collection

from api_clients.infrastructure.http import Credentials
from api_clients.monitoring.kibana.simulator import rules, saved_objects, views
from api_clients.monitoring.kibana.simulator.content import STARTED, Document, State, company, empty_state
from api_clients.monitoring.kibana.simulator.routing import Call, Route, dispatch, refused
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

VERSION = "8.18.0"
SUMMARIES = {"available": "All services and plugins are available", "degraded": "1 plugin is degraded: alerting"}


class KibanaSimulator(HttpSimulator):
    """`logins` are those it knows; without any it lets everybody in. `level` is how it is as a whole."""

    def __init__(self, state: State | None = None, *, logins: Collection[Credentials] = ()) -> None:
        super().__init__()
        self.state = state or empty_state()
        self.level = "available"
        self._known = [login.headers()["Authorization"] for login in logins]

    def admits(self, received: Received) -> bool:
        return not self._known or received.headers.get("authorization") in self._known

    def respond(self, received: Received) -> Answer:
        if not self.admits(received):
            return refused(401, "[security_exception]: unable to authenticate user for REST request")
        return self.answer(received)

    def answer(self, received: Received) -> Answer:
        return dispatch((Route("GET", "/api/status", self._status), *ROUTES), self.state, received)

    def _status(self, call: Call) -> Answer:
        overall = _level(self.level, SUMMARIES.get(self.level, "elasticsearch is not available"))
        well = _level("available", "Elasticsearch is available")
        document = {
            "name": "kibana",
            "uuid": "5b2de169-2785-441b-ae8c-186a1936b17d",
            "version": {
                "number": VERSION,
                "build_hash": "6b0b5f2c",
                "build_number": 84_000,
                "build_snapshot": False,
                "build_flavor": "traditional",
                "build_date": STARTED,
            },
            "status": {
                "overall": overall,
                "core": {"elasticsearch": well, "savedObjects": _level("available", "Migrations are done")},
                "plugins": {"alerting": overall, "dashboard": _level("available", "All dependencies are available")},
            },
            "metrics": {
                "last_updated": STARTED,
                "collection_interval_in_millis": 5_000,
                "elasticsearch_client": {"totalActiveSockets": 3, "totalIdleSockets": 1, "totalQueuedRequests": 0},
            },
        }
        return json_answer(document, status=200 if self.level in SUMMARIES else 503)


def make_simulator() -> KibanaSimulator:
    return KibanaSimulator(company())


def _level(level: str, summary: str) -> Document:
    return {"level": level, "summary": summary, "meta": {}}


ROUTES = (*saved_objects.ROUTES, *views.ROUTES, *rules.ROUTES)
