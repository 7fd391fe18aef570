"""Health of real services over sockets: killed and back, slow, many at once, and over REST."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.utils import timezone
from rest_framework.test import APIClient

from api_clients.simulation import Answer, Received, hang, status
from api_clients.tests.example_service import StoreroomSimulator
from common.application.system.monitoring import last_report, monitor_system
from common.models import ServiceChange, StoredEvent
from common.tests.services.conftest import SlowStoreroom, Storerooms

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/common/api/v1/services"
Make = Callable[..., Storerooms]


@pytest.fixture
def middle_of_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """All looks of a test are of one hour and one month, whenever it runs."""
    now = timezone.now
    shift = now().replace(minute=30) - now()
    monkeypatch.setattr(timezone, "now", lambda: now() + shift)


def told(kind: str) -> list[dict[str, Any]]:
    return list(StoredEvent.objects.filter(type=kind).order_by("position").values_list("data", flat=True))


def test_a_service_that_is_killed_and_comes_back_is_told_once_each(
    make_storerooms: Make, viewer: APIClient, settings: Any
) -> None:
    settings.NMS_MONITORING_INTERVAL_SECONDS = 3600.0
    rooms = make_storerooms("cellar", "attic")
    monitor_system()
    rooms.servers["cellar"].stop()
    for _ in range(3):
        monitor_system()
    dead = viewer.get(f"{BASE}/storeroom/cellar/").json()
    assert (dead["status"], dead["failures"]) == ("unhealthy", 1)  # three within a moment are one of the clock's
    assert "refused the connection" in dead["reason"]
    assert viewer.get(f"{BASE}/storeroom/attic/").json()["status"] == "healthy"
    rooms.servers["cellar"].start()
    for _ in range(2):
        monitor_system()
    well = viewer.get(f"{BASE}/storeroom/cellar/").json()
    assert (well["status"], well["version"], well["failures"], well["circuit"]) == ("healthy", "1.0", 0, "closed")
    assert well["latency_ms"] > 0
    assert [event["service"] for event in told("service.unhealthy")] == ["storeroom/cellar"]
    assert [event["service"] for event in told("service.recovered")] == ["storeroom/cellar"]
    history = viewer.get(f"{BASE}/storeroom/cellar/history/").json()["data"]
    assert [(row["before"], row["after"]) for row in history] == [
        ("unhealthy", "healthy"),
        ("healthy", "unhealthy"),
        ("unknown", "healthy"),
    ]


def test_a_service_that_refuses_our_login_is_unhealthy_and_says_so(make_storerooms: Make, viewer: APIClient) -> None:
    make_storerooms("cellar", token="another-token")
    monitor_system()
    seen = viewer.get(f"{BASE}/storeroom/cellar/").json()
    assert seen["status"] == "unhealthy"
    assert "401" in seen["reason"]
    assert "another-token" not in str(seen)


def test_an_attempt_that_opens_the_circuit_counts_though_its_repetition_is_not_sent(
    make_storerooms: Make, viewer: APIClient
) -> None:
    rooms = make_storerooms("cellar", retry={"attempts": 3}, breaker={"failure_threshold": 1})
    rooms.servers["cellar"].stop()
    monitor_system()
    seen = viewer.get(f"{BASE}/storeroom/cellar/").json()
    assert (seen["circuit"], seen["failures"]) == ("open", 1), "else no restart ever came of it"
    assert "refused the connection" in seen["reason"]


def test_a_service_that_hangs_is_given_its_own_deadline_and_holds_up_nobody(make_storerooms: Make) -> None:
    rooms = make_storerooms("cellar", "attic")
    document = yaml.safe_load(rooms.file.read_text())
    document["services"]["storeroom"]["targets"]["cellar"]["deadline_seconds"] = 0.3
    rooms.file.write_text(yaml.safe_dump(document))
    assert rooms.container is not None
    rooms.container.clients().refresh(now=True)
    rooms.simulators["cellar"].inject(hang(30))
    report = monitor_system()
    found = report.components["service:storeroom/cellar"]
    assert found.status == "unhealthy"
    assert found.detail.startswith("no answer within ")
    assert found.milliseconds < 9000  # the deadline of all together is 10 s
    assert report.components["service:storeroom/attic"].status == "healthy"
    rooms.simulators["cellar"].clear()


def test_the_list_has_every_target_with_its_circuit_and_can_be_filtered(
    make_storerooms: Make, viewer: APIClient
) -> None:
    rooms = make_storerooms("cellar", "attic")
    unseen = viewer.get(f"{BASE}/?service=storeroom").json()["data"]
    assert [(row["id"], row["status"], row["checked_at"]) for row in unseen] == [
        ("storeroom/attic", "unknown", None),
        ("storeroom/cellar", "unknown", None),
    ]
    rooms.simulators["attic"].inject(status(500))
    monitor_system()
    rows = viewer.get(f"{BASE}/").json()["data"]
    assert {row["id"] for row in rows} >= {"storeroom/attic", "storeroom/cellar", "snmp/main"}
    assert {row["circuit"] for row in rows if row["kind"] == "device"} == {None}
    assert rows[-1]["instances"] == [rooms.servers["cellar"].url]
    assert [row["id"] for row in viewer.get(f"{BASE}/?status=unhealthy").json()["data"]] == ["storeroom/attic"]
    assert viewer.get(f"{BASE}/?status=ill").status_code == 400
    assert viewer.get(f"{BASE}/?state=unhealthy").status_code == 400


def test_an_operator_looks_now_and_what_is_found_counts(
    make_storerooms: Make, operator: APIClient, viewer: APIClient
) -> None:
    rooms = make_storerooms("cellar")
    monitor_system()
    rooms.servers["cellar"].stop()
    assert viewer.post(f"{BASE}/storeroom/cellar/check/").status_code == 403
    answer = operator.post(f"{BASE}/storeroom/cellar/check/")
    assert (answer.status_code, answer.json()["status"]) == (200, "unhealthy")
    assert last_report().components["service:storeroom/cellar"].status == "unhealthy"
    assert last_report().status == "unhealthy"  # no worker is alive in a test, which is a part of the hub
    assert len(told("service.unhealthy")) == 1
    monitor_system()
    assert len(told("service.unhealthy")) == 1
    assert operator.post(f"{BASE}/storeroom/cellar/check/", {"now": True}).status_code == 400
    assert operator.post(f"{BASE}/storeroom/garage/check/").status_code == 404


def test_sla_is_told_for_all_and_for_one_and_only_for_months_that_have_begun(
    make_storerooms: Make, viewer: APIClient, middle_of_the_hour: None
) -> None:
    make_storerooms("cellar")
    for _ in range(3):
        monitor_system()
    one = viewer.get(f"{BASE}/storeroom/cellar/sla/").json()
    assert one["availability_percent"] == 100.0
    assert one["assured_percent"] < 100
    assert one["looks"] == 3
    assert one["latency_p50_ms"] > 0
    rows = viewer.get(f"{BASE}/sla/?month={one['month']}").json()["data"]
    assert next(row for row in rows if row["id"] == "storeroom/cellar")["looks"] == 3
    assert viewer.get(f"{BASE}/storeroom/cellar/sla/?month=2020-01").json()["availability_percent"] is None
    assert viewer.get(f"{BASE}/sla/?month=2020-13").status_code == 400
    assert viewer.get(f"{BASE}/sla/?month=9000-01").status_code == 400
    assert viewer.get(f"{BASE}/storeroom/garage/sla/").status_code == 404
    (hour,) = viewer.get(f"{BASE}/storeroom/cellar/hours/").json()["data"]
    assert hour["looks"] == 3


def test_history_of_what_is_not_configured_any_more_can_still_be_read(make_storerooms: Make, viewer: APIClient) -> None:
    rooms = make_storerooms("cellar", "attic")
    monitor_system()
    del rooms.servers["cellar"]
    rooms.write()
    monitor_system()
    assert viewer.get(f"{BASE}/storeroom/cellar/").status_code == 404
    assert len(viewer.get(f"{BASE}/storeroom/cellar/history/").json()["data"]) == 1
    assert viewer.get(f"{BASE}/storeroom/cellar/sla/").status_code == 200
    assert ServiceChange.objects.filter(target="cellar").count() == 1


def test_twenty_four_services_are_asked_at_once(make_storerooms: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"room-{number}" for number in range(24)]
    rooms = make_storerooms(*names)
    together = threading.Barrier(len(names), timeout=30)

    def meet(self: SlowStoreroom, received: Received) -> Answer:
        together.wait()  # each waits for all others to be asked, so one after the other none would ever answer
        return StoreroomSimulator.answer(self, received)

    monkeypatch.setattr(SlowStoreroom, "answer", meet)
    found = monitor_system().components
    assert {found[f"service:storeroom/{name}"].status for name in names} == {"healthy"}
    assert len(rooms.servers) == 24
