"""The hub over REST: what it is doing, its switch, workers and queues; and its metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from api_clients.infrastructure.instrumentation import Instrumentation
from common.application.system import installation_metrics, processing, workforce
from common.application.system.hub_module import HUB as MODULE
from common.application.system.installation_metrics import leave_to_the_web
from common.application.system.monitoring import monitor_system
from common.domain.roles import Role
from common.infrastructure import metrics
from common.infrastructure.workers import celery_inspection
from common.infrastructure.workers.celery_inspection import BrokerUnreachable
from common.models import (
    EventCounter,
    EventCursor,
    HubState,
    Message,
    ModuleRecord,
    StepRun,
    StoredEvent,
    SystemHealth,
    TaskRecord,
    WorkerRecord,
    WorkflowRun,
)
from common.tests.people import ClientOf

pytestmark = [pytest.mark.django_db, pytest.mark.urls("common.tests.rest.rest_urls")]
HUB = "/api/common/api/v1/hub/"


@pytest.fixture(autouse=True)
def believes_nothing() -> Iterator[None]:
    """What a test leaves paused is rolled back, and must not be believed for another half second."""
    processing.forget()
    yield
    processing.forget()


def message(number: int, state: str, priority: str, age_seconds: float = 0.0) -> Message:
    now = timezone.now()
    created = now - timedelta(seconds=age_seconds)
    ended = now if state not in {"waiting", "running"} else None
    return Message(
        kind="direct", type="trial.said", sender="a", recipient=f"b{number}", state=state, priority=priority,
        due_at=created, order_at=created, created_at=created, finished_at=ended,
    )  # fmt: skip


def worker(name: str, age_seconds: float = 0.0, **more: Any) -> None:
    now = timezone.now()
    seen = now - timedelta(seconds=age_seconds)
    WorkerRecord.objects.create(
        name=name,
        pid=1,
        concurrency=8,
        started_at=seen - timedelta(hours=1),
        seen_at=seen,
        **{"pool": "thread", **more},
    )


def populate(times: int) -> None:
    Message.objects.bulk_create(
        message(number, state, priority, age_seconds=60.0)
        for number in range(times)
        for state, priority in (("waiting", "low"), ("running", "high"), ("dead", "critical"), ("delivered", "normal"))
    )
    now = timezone.now()
    for number in range(times):
        run = WorkflowRun.objects.create(workflow="trial", definition={}, state="running", created_at=now)
        for step, waits in (("a", "approval"), ("b", "event")):
            StepRun.objects.create(run=run, step=step, state="suspended", waits_for=waits, due_at=now, order_at=now)
        ModuleRecord.objects.create(name=f"remote{number}", kind="remote", version="1", state="lost", registered_at=now)
        EventCursor.objects.create(name=f"consumer{number}", position=5)
        worker(f"live{number}@host")
        worker(f"dead{number}@host", 300)
    EventCounter.objects.update_or_create(pk=1, defaults={"position": 12})


def test_the_status_tells_what_is_open_and_who_works(client_of: ClientOf) -> None:
    EventCursor.objects.all().delete()
    populate(1)
    StoredEvent.objects.create(
        position=12, type="link.changed", source="a", subject="b:1", priority="low", time=timezone.now(), data={}
    )
    body = client_of("viewer").get(f"{HUB}status/").json()
    assert (body["state"], body["mode"], body["version"]) == ("processing", "embedded", "0.1.0")
    assert body["messages"]["waiting"] == {"low": 1, "normal": 0, "high": 0, "critical": 0}
    assert body["messages"]["running"]["high"] == body["messages"]["dead"]["critical"] == 1
    assert 60 <= body["messages"]["oldest_waiting_seconds"] < 90
    assert body["messages"]["ended_per_second"] == 0.2
    assert body["workflows"]["runs"]["running"] == 1
    assert body["workflows"]["steps"]["suspended"] == 2
    assert body["workflows"]["open_approvals"] == 1
    assert body["modules"]["lost_names"] == ["remote0"]
    assert body["modules"]["active"] >= 1
    assert body["events"]["position"] == 12
    assert body["events"]["per_second"] == 0.1
    assert body["events"]["consumers"] == {"consumer0": {"position": 5, "lag": 7, "failures": 0, "error": ""}}
    assert body["workers"]["names"] == ["live0@host"]
    assert body["uptime_seconds"] > 0


def test_the_status_of_an_idle_hub_is_whole(client_of: ClientOf) -> None:
    body = client_of("viewer").get(f"{HUB}status/").json()
    assert body["messages"]["oldest_waiting_seconds"] is None
    assert body["health"]["status"] == "unknown"
    assert body["workers"] == {"live": 0, "names": [], "last_seen_at": None}


def test_without_a_live_worker_the_hub_is_not_well_whatever_the_last_look_found(
    client_of: ClientOf, settings: Any
) -> None:
    SystemHealth.objects.create(pk=1, status="healthy", since=timezone.now(), checked_at=timezone.now())
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    viewer = client_of("viewer")

    def health() -> dict[str, Any]:
        told: dict[str, Any] = viewer.get(f"{HUB}status/").json()["health"]
        return told

    assert (health()["status"], "none has been seen" in health()["reason"]) == ("degraded", True)
    worker("dead@host", 300)
    seen = viewer.get(f"{HUB}status/").json()["workers"]["last_seen_at"]
    assert (health()["status"], health()["since"], seen in health()["reason"]) == ("degraded", seen, True)
    SystemHealth.objects.update(status="unhealthy")
    assert (health()["status"], seen in health()["reason"]) == ("unhealthy", True)
    SystemHealth.objects.update(status="healthy")
    worker("live@host")
    assert (health()["status"], health()["reason"]) == ("healthy", "")
    WorkerRecord.objects.all().delete()
    settings.REDIS_URL = ""
    assert (health()["status"], health()["reason"]) == ("healthy", "")  # the worker is this process's own


def test_the_status_costs_the_same_few_queries_however_much_there_is(client_of: ClientOf) -> None:
    viewer = client_of("viewer")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert viewer.get(f"{HUB}status/").status_code == 200
        return len(captured)

    EventCursor.objects.all().delete()
    ModuleRecord.objects.create(name="remote", kind="remote", version="1", registered_at=timezone.now())
    queries()
    few = queries()
    populate(30)
    started = time.monotonic()
    assert queries() == few <= 20
    assert time.monotonic() - started < 5


def test_admins_pause_and_resume_and_everyone_is_told_once(client_of: ClientOf) -> None:
    admin = client_of("admin")
    first = admin.post(f"{HUB}stop/")
    assert first.status_code == 200
    assert (first.json()["state"], first.json()["changed"], first.json()["changed_by"]) == ("paused", True, "admin")
    assert admin.post(f"{HUB}stop/", {}).json()["changed"] is False
    assert processing.is_processing() is False
    assert admin.get(f"{HUB}status/").json()["state"] == "paused"
    assert [admin.post(f"{HUB}start/").json()["changed"] for _ in range(2)] == [True, False]
    assert processing.is_processing() is True
    events = list(StoredEvent.objects.order_by("position").values_list("type", "actor", "priority"))
    assert events == [("hub.paused", "admin", "high"), ("hub.resumed", "admin", "high")]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_admins_turn_the_switch(client_of: ClientOf, role: Role) -> None:
    client = client_of(role)
    assert client.post(f"{HUB}stop/").status_code == 403
    assert client.post(f"{HUB}start/").status_code == 403
    assert not HubState.objects.filter(processing=False).exists()


@pytest.mark.parametrize("body", [{"force": True}, [1], "now"])
def test_a_body_that_means_nothing_is_refused_and_nothing_paused(client_of: ClientOf, body: Any) -> None:
    assert client_of("admin").post(f"{HUB}stop/", body).status_code == 400
    assert not HubState.objects.filter(processing=False).exists()


def test_a_hub_that_is_paused_says_so_in_its_health() -> None:
    assert MODULE.health().status == "healthy"
    processing.set_processing(False, by="ada")
    assert (MODULE.health().status, MODULE.health().detail) == ("degraded", "processing is paused by ada")


def test_the_health_of_everything_is_served_as_it_was_last_found(client_of: ClientOf) -> None:
    viewer = client_of("viewer")
    assert viewer.get(f"{HUB}health/").json() == {
        "status": "unknown",
        "since": None,
        "checked_at": None,
        "components": {},
    }
    monitor_system()
    body = viewer.get(f"{HUB}health/").json()
    assert body["components"]["component:database"]["status"] == "healthy"
    assert body["components"]["component:workers"]["status"] == "unhealthy"
    assert body["status"] == "unhealthy"


# --- Workers and queues ---


def test_workers_are_told_with_what_they_are_at(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    worker("live@host", queues=["high", "normal"])
    worker("dead@host", 60)
    task = {"id": "3f6f0a52-2f0e-4a3e-9d6f-9f4f4a1d2f10", "name": "common.cleanup", "time_start": 1.5}
    asked = []
    monkeypatch.setattr(workforce, "active_tasks", lambda names: asked.append(names) or {"live@host": [task]})
    body = client_of("viewer").get(f"{HUB}workers/").json()
    assert asked == [["live@host"]]
    dead, live = body["workers"]
    assert (dead["state"], dead["active_tasks"]) == ("lost", None)
    assert (live["state"], live["uptime_seconds"], live["pool"]) == ("live", 3600.0, "thread")
    assert live["active_tasks"][0]["started_at"] == "1970-01-01T00:00:01.500000Z"
    assert body["broker_error"] is None


def test_a_broker_that_is_away_leaves_what_the_database_knows(
    client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> Any:
        raise BrokerUnreachable("Connection refused")

    worker("live@host", queues=["low"])
    Message.objects.bulk_create([message(1, "waiting", "low")])
    monkeypatch.setattr(workforce, "active_tasks", away)
    monkeypatch.setattr(workforce, "queue_lengths", away)
    viewer = client_of("viewer")
    assert viewer.get(f"{HUB}workers/").json()["broker_error"] == "Connection refused"
    queues = viewer.get(f"{HUB}queues/").json()
    assert queues["broker_error"] == "Connection refused"
    by_name = {queue["name"]: queue for queue in queues["queues"]}
    assert set(by_name) == {"critical", "high", "normal", "low", "discovery", "polling"}
    assert by_name["normal"]["messages"] == 1
    assert by_name["normal"]["wakeups"] is None
    assert by_name["low"]["workers"] == ["live@host"]


def test_nobody_is_asked_where_nobody_lives() -> None:
    with patch.object(celery_inspection.current_app.control, "inspect") as inspect:
        assert celery_inspection.active_tasks([]) == {}
    inspect.assert_not_called()


# --- Metrics ---


def exposed(client: APIClient) -> dict[str, list[Any]]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {family.name: family.samples for family in text_string_to_metric_families(answer.content.decode())}


def test_the_published_metrics_are_there_beside_the_hubs_own(client_of: ClientOf) -> None:
    populate(2)
    families = exposed(client_of("viewer"))
    assert {"gns3_events", "gns3_response_time_seconds", "nms_cache_hit_ratio"} <= set(families)
    (active,) = families["nms_active_modules"]
    assert active.value >= 1
    assert families["nms_lost_modules"][0].value == 2
    pending = {(one.labels["state"], one.labels["priority"]): one.value for one in families["nms_messages_pending"]}
    assert pending["waiting", "low"] == 2
    assert {one.labels["consumer"]: one.value for one in families["nms_event_consumer_lag"]}["consumer0"] == 7
    assert families["nms_processing"][0].value == 1


def test_a_database_that_is_away_leaves_the_other_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(installation_metrics, "hub_status", away)
    text = generate_latest(REGISTRY).decode()
    assert "nms_active_modules" not in text
    assert "# TYPE gns3_events_total counter" in text


def test_the_metrics_of_gns3_and_of_the_cache_follow_from_the_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    monkeypatch.setattr(metrics, "REGISTRY", registry)
    registry.register(metrics._Published())
    seen = Instrumentation(registry)

    def sample(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert sample("nms_cache_hit_ratio") is None, "nothing was asked yet"
    seen.observe("gns3", "nodes", "success", 0.2)
    seen.observe("gns3", "nodes", "unreachable", 0.4)
    seen.observe("snmp", "get", "success", 9.0)
    assert sample("gns3_response_time_seconds_count", operation="nodes") == 2
    assert sample("gns3_response_time_seconds_sum", operation="nodes") == pytest.approx(0.6)
    assert sample("gns3_response_time_seconds_bucket", operation="nodes", le="0.25") == 1
    assert sample("gns3_response_time_seconds_count", operation="get") is None
    for outcome in ("hit", "stale", "shared", "miss"):
        seen.count_cache("gns3", outcome)
    assert sample("nms_cache_hit_ratio") == 0.75


def test_workers_leave_the_installations_metrics_to_the_web() -> None:
    try:
        leave_to_the_web()
        leave_to_the_web()
        assert "nms_active_modules" not in generate_latest(REGISTRY).decode()
    finally:
        installation_metrics.register()


def test_tasks_that_are_open_are_in_the_status(client_of: ClientOf) -> None:
    now = timezone.now()
    TaskRecord.objects.create(id=uuid4(), name="a", state="running", created_at=now, due_at=now, order_at=now)
    assert client_of("viewer").get(f"{HUB}status/").json()["tasks"] == {"waiting": 0, "running": 1}
