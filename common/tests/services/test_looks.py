"""What looks at services leave behind: state, changes, hours, and events told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api_clients.domain.errors import CircuitOpen, ServiceError, Throttled, Unauthorized, Unreachable
from common.application.service_health import reading
from common.application.system import monitoring
from common.application.system.component_checks import CLIENTS, Finding
from common.application.system.monitoring import monitor_system
from common.domain.service_levels import month_of
from common.models import ServiceChange, ServiceHour, ServiceState, StoredEvent

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 21, 11, 59, tzinfo=UTC)


class Scene:
    """What is found of one service, at moments of the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        self.answer: Finding | Exception = Finding("healthy", "", "2.42")
        monkeypatch.setattr(monitoring, "all_checks", lambda: {"service:prometheus/main": self._check})
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.now)

    def _check(self) -> Finding:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def look(self, answer: Finding | Exception | None = None, *, after: float = 30.0) -> None:
        self.now += timedelta(seconds=after)
        self.answer = answer or self.answer
        monitor_system()

    @property
    def state(self) -> ServiceState:
        return ServiceState.objects.get(service="prometheus", target="main")


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Scene:
    settings.NMS_MONITORING_INTERVAL_SECONDS = 30.0
    settings.NMS_SERVICE_SLOW_SECONDS = 60.0  # a busy machine is no fault of a service
    return Scene(monkeypatch)


DOWN = Unreachable("refused the connection", service="prometheus", operation="health", target="main")
UP = Finding("healthy", "", "2.42")
TIRED = Finding("degraded", "one of two shards is gone", "2.42")


def told() -> list[str]:
    services = StoredEvent.objects.filter(subject="service:prometheus/main").order_by("position")
    return list(services.values_list("type", flat=True))


def test_an_outage_is_told_once_at_its_begin_and_once_at_its_end(scene: Scene) -> None:
    for answer in (UP, DOWN, DOWN, DOWN, UP, UP):
        scene.look(answer)
    assert told() == ["service.unhealthy", "service.recovered"]
    unhealthy, recovered = StoredEvent.objects.filter(type__in=told()).order_by("position")
    assert unhealthy.data["reason"].endswith("refused the connection")
    assert (unhealthy.priority, unhealthy.source) == ("high", "hub")
    assert recovered.data == {"service": "prometheus/main", "after": "healthy", "detail": "", "seconds": 90.0}


def test_what_is_found_dead_is_told_and_what_is_found_well_is_not(scene: Scene) -> None:
    scene.look(DOWN)
    assert told() == ["service.unhealthy"]
    scene.look(UP)
    assert told() == ["service.unhealthy", "service.recovered"]


def test_each_change_is_told_by_one_event(scene: Scene) -> None:
    for answer in (UP, TIRED, DOWN, TIRED, UP):
        scene.look(answer)
    assert told() == ["service.health_changed", "service.unhealthy", "service.recovered", "service.health_changed"]
    assert list(ServiceChange.objects.order_by("at").values_list("before", "after")) == [
        ("unknown", "healthy"),
        ("healthy", "degraded"),
        ("degraded", "unhealthy"),
        ("unhealthy", "degraded"),
        ("degraded", "healthy"),
    ]


def test_the_state_keeps_since_when_how_often_and_the_version_it_had(scene: Scene) -> None:
    scene.look(UP)
    scene.look(DOWN)
    scene.look(DOWN)
    state = scene.state
    assert (state.status, state.failures, state.version) == ("unhealthy", 2, "2.42")
    assert state.since == START + timedelta(seconds=60)
    scene.look(TIRED)
    assert (scene.state.failures, scene.state.reason) == (0, "one of two shards is gone")


def test_time_is_counted_by_hours_and_by_what_was_found_at_their_begin(scene: Scene) -> None:
    scene.look(UP)  # 11:59:30
    scene.look(DOWN)  # 12:00:00
    scene.look(TIRED)  # 12:00:30
    scene.look(UP)  # 12:01:00
    scene.look(UP)  # 12:01:30
    first, second = ServiceHour.objects.order_by("hour")
    assert (first.healthy_seconds, first.looks) == (30, 1)
    assert (second.unhealthy_seconds, second.degraded_seconds, second.healthy_seconds) == (30, 30, 30)
    assert (second.looks, sum(second.latencies.values())) == (4, 3)


def test_a_pause_of_the_looks_is_unknown_and_not_up(scene: Scene) -> None:
    scene.look(UP)
    scene.look(UP, after=3600)
    (level,) = [one for one in reading.levels(month_of(scene.now)) if one.service == "prometheus"]
    assert (level.level.up_seconds, level.level.down_seconds) == (30, 0)
    assert level.level.availability_percent == 100.0
    assert level.level.assured_percent is not None
    assert level.level.assured_percent < 0.01
    assert level.level.unknown_seconds == pytest.approx((scene.now - level.begin).total_seconds() - 30)


def test_rows_are_of_changes_and_hours_and_not_of_looks(scene: Scene) -> None:
    for _ in range(40):
        scene.look(UP)
    assert (ServiceState.objects.count(), ServiceChange.objects.count(), ServiceHour.objects.count()) == (1, 1, 2)


def test_a_slow_answer_is_degraded_and_says_so(scene: Scene, settings: Any) -> None:
    settings.NMS_SERVICE_SLOW_SECONDS = 1e-9
    scene.look(UP)
    assert scene.state.status == "degraded"
    assert "later than" in scene.state.reason
    assert scene.state.version == "2.42"
    scene.look(DOWN)
    assert scene.state.status == "unhealthy"


def test_what_is_not_configured_any_more_is_forgotten_and_its_history_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.look(DOWN)
    monkeypatch.setattr(monitoring, "all_checks", dict)
    scene.look()
    assert not ServiceState.objects.exists()
    assert ServiceChange.objects.exists()


def test_a_clients_file_that_cannot_be_used_says_nothing_of_the_services(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.look(DOWN)
    before = monitoring.last_report().components["service:prometheus/main"]
    refused = {CLIENTS: lambda: Finding("unhealthy", "services.prometheus: no such thing")}
    monkeypatch.setattr(monitoring, "all_checks", lambda: refused)
    scene.look()
    assert scene.state.failures == 1
    report = monitoring.last_report()
    assert report.components["service:prometheus/main"] == before
    assert (report.status, set(report.components)) == ("unhealthy", {CLIENTS, "service:prometheus/main"})
    monkeypatch.setattr(monitoring, "all_checks", lambda: {CLIENTS: lambda: Finding("healthy", "in use")})
    scene.look()
    assert not ServiceState.objects.exists()
    assert set(monitoring.last_report().components) == {CLIENTS}


@pytest.mark.parametrize("ours", [Unauthorized, Throttled, CircuitOpen, KeyError])
def test_what_is_of_our_making_is_unhealthy_and_no_reason_to_restart(scene: Scene, ours: type[Exception]) -> None:
    scene.look(DOWN)
    error = ours("x", service="prometheus") if issubclass(ours, ServiceError) else ours("x")
    for _ in range(3):
        scene.look(error)
    assert (scene.state.status, scene.state.failures) == ("unhealthy", 1)
    scene.look(DOWN)
    assert scene.state.failures == 2


def test_looks_of_people_beside_those_of_the_clock_are_no_more_of_them_in_a_row(scene: Scene) -> None:
    scene.look(DOWN)
    for _ in range(5):
        scene.look(DOWN, after=5)
    assert scene.state.failures == 2  # the one at 15 s; the clock's at 30 s comes as soon as that
    scene.look(DOWN, after=5)
    assert scene.state.failures == 3


def test_a_look_costs_as_many_statements_however_many_services_there_are(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(count: int) -> int:
        checks = {f"service:prometheus/p{number}": scene._check for number in range(count)}
        monkeypatch.setattr(monitoring, "all_checks", lambda: checks)
        scene.look(UP)
        with CaptureQueriesContext(connection) as queries:
            scene.look(UP)
        return len(queries)

    few, many = statements(2), statements(20)
    assert many <= few


def test_a_look_that_somebody_overtook_changes_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.look(DOWN)
    before = scene.now
    monkeypatch.setattr(monitoring, "service_check", lambda service, target: scene._check)
    monkeypatch.setattr(monitoring, "service_deadline", lambda service, target: 5.0)
    ask_all = monitoring.ask_all

    def overtaken(*given: Any, **options: Any) -> Any:
        answers = ask_all(*given, **options)
        monkeypatch.setattr(monitoring, "ask_all", ask_all)
        scene.now, scene.answer = before + timedelta(seconds=60), UP
        monitoring.look_at_service("prometheus", "main")
        return answers

    monkeypatch.setattr(monitoring, "ask_all", overtaken)
    scene.look(DOWN)  # at 30 s, and ready after the look of 60 s
    assert (scene.state.status, scene.state.checked_at) == ("healthy", before + timedelta(seconds=60))
    assert monitoring.last_report().components["service:prometheus/main"].status == "healthy"
    assert told() == ["service.unhealthy", "service.recovered"]
