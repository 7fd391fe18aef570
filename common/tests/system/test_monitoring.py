"""One look at everything: what is asked, what is stored, what is told."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from api_clients.domain.errors import Unreachable
from api_clients.tests.waiting import eventually
from common.application.system import component_checks, monitoring
from common.application.system.component_checks import Finding
from common.application.system.monitoring import last_report, monitor_system
from common.domain.modules import Health, Module
from common.infrastructure import parallel_checks
from common.infrastructure.parallel_checks import ask_all
from common.models import ModuleRecord, StoredEvent, SystemHealth, WorkerRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding | Exception]:
    """What each component answers; change it between looks."""
    answers: dict[str, Finding | Exception] = {"component:database": ("healthy", "sqlite")}

    def check(name: str) -> Callable[[], Finding]:
        def answer() -> Finding:
            told = answers[name]
            if isinstance(told, Exception):
                raise told
            return told

        return answer

    monkeypatch.setattr(monitoring, "all_checks", lambda: {name: check(name) for name in answers})
    return answers


def told() -> list[tuple[str, str]]:
    return list(StoredEvent.objects.order_by("position").values_list("type", "subject"))


def test_the_first_look_at_a_system_that_is_well_tells_nothing(found: dict[str, Any]) -> None:
    report = monitor_system()
    assert report.status == "healthy"
    assert told() == []
    assert last_report().components["component:database"].detail == "sqlite"


def test_only_changes_are_told_and_the_result_keeps_since_when(found: dict[str, Any]) -> None:
    found["module:lab"] = ("healthy", "")
    monitor_system()
    found["module:lab"] = ("degraded", "half of it is gone")
    first = monitor_system()
    found["module:lab"] = ("degraded", "a third of it is gone")
    second = monitor_system()
    assert told() == [("module.health_changed", "module:lab"), ("system.health_changed", "system")]
    assert (first.status, second.status, second.changed) == ("degraded", "degraded", ())
    kept = last_report()
    assert kept.components["module:lab"].since == first.components["module:lab"].since
    assert kept.components["module:lab"].detail == "a third of it is gone"
    found["module:lab"] = ("healthy", "")
    assert monitor_system().status == "healthy"
    assert told()[2:] == [("module.health_changed", "module:lab"), ("system.health_changed", "system")]
    event = StoredEvent.objects.get(position=3)
    assert event.data == {"before": "degraded", "after": "healthy", "detail": "", "module": "lab"}
    assert (event.source, event.priority) == ("hub", "normal")
    assert StoredEvent.objects.get(position=1).priority == "high"


def test_a_service_that_cannot_be_reached_degrades_the_system_and_a_part_of_the_hub_breaks_it(
    found: dict[str, Any],
) -> None:
    found["service:prometheus/main"] = Unreachable(
        service="prometheus", operation="health", target="main", reason="connection refused"
    )
    report = monitor_system()
    assert report.status == "degraded"
    assert "connection refused" in report.components["service:prometheus/main"].detail
    assert ("service.unhealthy", "service:prometheus/main") in told()
    found["component:database"] = ("unhealthy", "unreachable")
    assert monitor_system().status == "unhealthy"


def test_a_check_that_crashes_is_ill_and_says_no_more_than_its_kind(found: dict[str, Any]) -> None:
    found["module:lab"] = RuntimeError("password=hunter2")
    component = monitor_system().components["module:lab"]
    assert component.status == "unhealthy"
    assert "RuntimeError" in component.detail
    assert "hunter2" not in component.detail


def test_what_is_new_and_ill_is_told_and_what_is_gone_is_forgotten(found: dict[str, Any]) -> None:
    monitor_system()
    found["module:lab"] = ("unhealthy", "broken")
    monitor_system()
    del found["module:lab"]
    assert set(monitor_system().components) == {"component:database"}
    assert [kind for kind, _ in told()] == ["module.health_changed", "system.health_changed", "system.health_changed"]


def test_an_older_look_does_not_overwrite_a_newer_one(found: dict[str, Any]) -> None:
    monitor_system()
    SystemHealth.objects.update(checked_at=timezone.now() + timedelta(seconds=30), status="degraded")
    assert monitor_system().status == "degraded"
    assert told() == []


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    released = threading.Event()
    yield released
    released.set()
    # Or the next look at a component of the same name would be told of this one.
    eventually(lambda: not {"hangs", "module:lab"} & parallel_checks._under_way.keys(), seconds=30)


def test_one_that_hangs_holds_up_nobody_past_the_deadline_and_holds_one_thread(hanging: threading.Event) -> None:
    started = time.monotonic()
    for _ in range(3):
        checks = {"hangs": lambda: hanging.wait(120), "answers": lambda: True}
        answers = ask_all(checks, deadline_seconds=60, deadlines={"hangs": 0.3})
        assert answers["answers"].value is True
        assert (answers["hangs"].value, answers["hangs"].error) == (None, None)
    assert time.monotonic() - started < 30
    assert sum(thread.name == "check hangs" for thread in threading.enumerate()) == 1
    hanging.set()
    assert answers["hangs"].done.wait(30)
    assert ask_all({"hangs": lambda: True}, deadline_seconds=30)["hangs"].value is True


def test_fifty_slow_checks_are_asked_at_once() -> None:
    together = threading.Barrier(50)

    def slow() -> bool:
        together.wait(60)  # none answers before all are asked
        return True

    answers = ask_all({f"slow {number}": slow for number in range(50)}, deadline_seconds=90)
    assert all(answer.value for answer in answers.values())


def test_a_hanging_module_is_unhealthy_by_the_deadline(
    found: dict[str, Any], monkeypatch: pytest.MonkeyPatch, hanging: threading.Event
) -> None:
    monkeypatch.setattr(monitoring, "all_checks", lambda: {"module:lab": lambda: hanging.wait(120)})
    component = monitor_system(deadline_seconds=0.2).components["module:lab"]
    assert component.status == "unhealthy"
    assert re.fullmatch(r"no answer within \d+\.\d seconds", component.detail)  # as long as it waited: 0.2 or more


# --- What is asked ---


def test_every_module_component_and_service_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    tired = Module("tired", "1", "", health=lambda: Health("degraded", "needs a nap"))
    monkeypatch.setattr(component_checks, "local_modules", lambda: (tired,))
    ModuleRecord.objects.create(name="weather", kind="remote", version="1", state="lost", registered_at=timezone.now())
    monkeypatch.setattr(component_checks, "modules", lambda: _known("tired", "weather"))
    checks = component_checks.all_checks()
    assert {"component:database", "component:broker", "component:workers", "service:snmp/main"} <= set(checks)
    assert checks["module:tired"]()[:2] == ("degraded", "needs a nap")
    assert checks["module:weather"]()[0] == "unhealthy"
    assert checks["component:workers"]()[0] == "unhealthy"
    now = timezone.now()
    WorkerRecord.objects.create(name="w", pid=1, pool="thread", concurrency=1, started_at=now, seen_at=now)
    assert checks["component:workers"]()[:2] == ("healthy", "1 live")
    WorkerRecord.objects.update(seen_at=now - timedelta(minutes=1))
    assert checks["component:workers"]()[0] == "unhealthy"


def _known(*names: str) -> list[Any]:
    from common.application.modules.registry import known_remote

    records = {record.name: record for record in ModuleRecord.objects.all()}
    plain = ModuleRecord(name="tired", kind="local", version="1", registered_at=timezone.now())
    return [known_remote(records.get(name, plain)) for name in names]


class Client:
    def __init__(self, answer: object) -> None:
        self._answer = answer

    def health(self) -> object:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class Clients:
    problem: str | None = None

    def __init__(self, **clients: object) -> None:
        self._clients = clients

    def refresh(self) -> None: ...

    def configured(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, "main") for name in self._clients)

    def get(self, service: str, target: str) -> object:
        return self._clients[service]


def test_a_client_with_a_health_of_its_own_is_asked_and_another_is_not_guessed_at(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    ready = Clients(grafana=Client("11.2"), gns3=object())
    monkeypatch.setattr(component_checks, "ready_clients", lambda: ready)
    settings.NMS_CLIENTS_FILE = Path("clients.yaml")
    checks = component_checks.all_checks()
    assert checks["service:grafana/main"]()[:2] == ("healthy", "11.2")
    assert checks["service:gns3/main"]()[0] == "unknown"
    assert checks["component:clients"]()[0] == "healthy"
    ready.problem = "services.grafana: unknown key"
    assert component_checks.all_checks()["component:clients"]()[:2] == ("degraded", "services.grafana: unknown key")
