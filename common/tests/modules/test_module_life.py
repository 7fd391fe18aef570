"""Silence, return, counters and dispatch of remote and local modules, on the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from common.application.modules import activity, callbacks, dispatch, heartbeats, registry
from common.application.modules.capabilities import call_capability
from common.application.modules.dispatch import RecipientLost, handler_for
from common.application.modules.health import module_health
from common.application.modules.heartbeats import beat, mark_lost
from common.application.modules.registration import register, unregister
from common.domain.errors import Conflict, Unknown
from common.domain.known_modules import CapabilityUnavailable
from common.domain.manifest import Registration, parse
from common.domain.modules import (
    Call,
    CapabilityFailed,
    EventReceived,
    EventSubscription,
    HandlerRefused,
    Health,
    Module,
)
from common.models import Message, ModuleRecord, StoredEvent
from common.tests.modules.module_races import ROUNDS, THREADS
from common.tests.modules.module_samples import manifest, registered
from common.tests.on_postgresql import ROOT, run_on_postgresql
from common.tests.servers import PostgreSQL

pytestmark = pytest.mark.django_db
EVENT = {
    "position": 7,
    "id": "0b8a3f0e-58a7-4f6d-9a0c-3b1f6b1f7c11",
    "type": "device.discovered",
    "version": 1,
    "source": "network_management",
    "subject": "device:7",
    "priority": "normal",
    "time": "2026-01-31T12:00:00.123456Z",
    "actor": "ada",
    "correlation_id": "",
    "causation_id": "",
    "data": {"device_id": 7},
}


@pytest.fixture
def weather() -> str:
    return register(parse(Registration, manifest()), by="ada").module.name


def silent_for(name: str, seconds: float) -> None:
    ModuleRecord.objects.filter(pk=name).update(heartbeat_at=timezone.now() - timedelta(seconds=seconds))


def types() -> list[str]:
    return list(StoredEvent.objects.order_by("position").values_list("type", flat=True))


# --- Lost and found ---


def test_five_minutes_of_silence_lose_a_module_once_and_a_heartbeat_finds_it(
    weather: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    with monkeypatch.context() as frozen:
        frozen.setattr(heartbeats, "datetime", SimpleNamespace(now=lambda zone: now))
        ModuleRecord.objects.filter(pk=weather).update(heartbeat_at=now - timedelta(seconds=299))
        assert mark_lost() == []
    silent_for(weather, 301)
    assert mark_lost() == [weather]
    assert mark_lost() == []
    with pytest.raises(CapabilityUnavailable, match=r"weather\.report is offered by the module weather, which is lost"):
        call_capability("weather.report", {"city": "Berlin"}, Call())
    assert module_health(weather).status == "unhealthy"
    assert beat(weather, Health("degraded", "cold")) is True
    assert beat(weather) is False
    known = registry.find_module(weather)
    assert known is not None
    assert (known.state, known.health) == ("active", Health("degraded", "cold"))
    assert types() == ["module.registered", "module.lost", "module.recovered"]
    lost = StoredEvent.objects.get(type="module.lost")
    assert (lost.priority, lost.source, lost.subject) == ("high", "hub", "module:weather")


def test_registering_again_recovers_as_well(weather: str) -> None:
    silent_for(weather, 301)
    mark_lost()
    register(parse(Registration, manifest()), by="module:weather")
    assert types() == ["module.registered", "module.lost", "module.recovered"]


def test_local_modules_are_never_lost(echo_module: str) -> None:
    activity.count(echo_module, messages=1)
    activity.flush()
    ModuleRecord.objects.filter(pk=echo_module).update(heartbeat_at=timezone.now() - timedelta(days=1))
    assert mark_lost() == []
    with pytest.raises(Conflict):
        beat(echo_module)
    with pytest.raises(Unknown):
        beat("nobody")


@pytest.mark.slow
@pytest.mark.parametrize(
    "server", ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres", "initdb"))]
)
def test_of_many_at_once_one_gets_the_capability_and_one_event_tells_of_each_change(
    server: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = {**os.environ, "NMS_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "nms.settings"}
    if server == "postgresql":
        postgresql: PostgreSQL = request.getfixturevalue("postgresql")
        environment["DATABASE_URL"] = postgresql.fresh_database("races")
    done = subprocess.run(
        [sys.executable, "-m", "common.tests.modules.module_races"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    for number, claims in enumerate(seen["claims"]):
        winners = [result for result in claims["results"] if result.startswith("round")]
        assert len(winners) == 1, claims
        refused = f"is offered by the module {winners[0]} already; nothing was registered."
        assert sum(f"Conflict: The capability round{number}." in result for result in claims["results"]) == THREADS - 1
        assert sum(refused in result for result in claims["results"]) == THREADS - 1
        assert claims["owners"] == winners * 2
        assert claims["records"] == 1
    assert seen["events"] == {"module.registered": 1, "module.lost": ROUNDS, "module.recovered": ROUNDS}


# --- Counters ---


def test_counters_are_added_up_and_written_once_in_a_while(
    weather: str, echo_module: str, django_assert_num_queries: Any
) -> None:
    activity.flush()
    with django_assert_num_queries(0):
        for _ in range(100):
            activity.count(weather, messages=1)
        activity.count(weather, messages=1, errors=1)
        activity.count(echo_module, messages=3)
    known = registry.find_module(weather)
    assert known is not None
    assert (known.messages, known.errors) == (101, 1)  # what this process has not written yet counts as well
    assert known.last_activity_at is not None
    activity.flush()
    record = ModuleRecord.objects.get(pk=weather)
    assert (record.messages, record.errors) == (101, 1)
    assert record.last_activity_at == known.last_activity_at
    assert ModuleRecord.objects.get(pk=echo_module).messages == 3
    activity.count(echo_module, messages=1)
    activity.flush()
    assert ModuleRecord.objects.get(pk=echo_module).messages == 4


def test_counts_of_a_module_that_is_gone_are_dropped(weather: str) -> None:
    activity.count(weather, messages=1)
    unregister(weather, by="ada")
    activity.flush()
    assert not ModuleRecord.objects.exists()


# --- Dispatch ---


def message(**changes: Any) -> Message:
    values = {"kind": "direct", "type": "weather.note", "sender": "x", "recipient": "weather", **changes}
    return Message(created_at=timezone.now(), **values)


def test_nobody_and_wrong_types_are_refused_for_good_with_a_clear_text(weather: str, echo_module: str) -> None:
    with pytest.raises(HandlerRefused, match=r"There is no module nobody\."):
        handler_for(message(recipient="nobody"))
    with pytest.raises(HandlerRefused, match=r"weather does not take messages .* a\.b\. It takes: weather\.note\."):
        handler_for(message(type="a.b"))
    with pytest.raises(HandlerRefused, match=r"echo does not take messages .* a\.b\. It takes no messages\."):
        handler_for(message(recipient="echo", type="a.b"))


def test_a_message_to_a_lost_module_waits(weather: str) -> None:
    assert handler_for(message()).transactional is False
    silent_for(weather, 301)
    mark_lost()
    with pytest.raises(RecipientLost):
        handler_for(message())


def test_a_message_to_a_module_that_nobody_listens_for_waits(weather: str) -> None:
    """Port 9 of the manifest: nothing was sent, so no attempt is lost."""
    with pytest.raises(RecipientLost, match=r"The module weather cannot be reached: 127\.0\.0\.1:9 refused"):
        handler_for(message()).run(message(), Call())


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (CapabilityFailed("later", retryable=True), CapabilityFailed),
        (CapabilityFailed("never", retryable=False), HandlerRefused),
    ],
)
def test_what_a_module_says_decides_whether_to_try_again(
    weather: str, monkeypatch: Any, raised: Exception, expected: type[Exception]
) -> None:
    def deliver(module: str, message: Message, call: Call) -> None:
        raise raised

    monkeypatch.setattr(callbacks, "deliver_message", deliver)
    with pytest.raises(expected, match=str(raised)):
        handler_for(message()).run(message(), Call())


@pytest.fixture
def listener() -> Iterator[list[tuple[str, EventReceived]]]:
    heard: list[tuple[str, EventReceived]] = []
    module = Module(
        name="event_listener",
        version="1",
        description="",
        subscriptions=(
            EventSubscription(("device.*",), lambda event, call: heard.append(("devices", event))),
            EventSubscription(("*",), lambda event, call: heard.append(("high", event)), priority="high"),
            EventSubscription(
                ("*.discovered",), lambda event, call: heard.append(("slow", event)), transactional=False
            ),
        ),
    )
    with registered(module):
        yield heard


def test_an_event_reaches_each_subscription_that_matches(listener: list[tuple[str, EventReceived]]) -> None:
    told = message(kind="event", type="device.discovered", recipient="event_listener", body=EVENT)
    delivery = handler_for(told)
    assert delivery.transactional is False
    assert delivery.run(told, Call()) is None
    assert [name for name, _ in listener] == ["devices", "slow"]
    event = listener[0][1]
    assert (event.position, event.subject, event.data) == (7, "device:7", {"device_id": 7})
    assert event.time.isoformat() == "2026-01-31T12:00:00.123456+00:00"
    renamed = {**EVENT, "type": "device.renamed"}
    assert handler_for(message(kind="event", recipient="event_listener", body=renamed)).transactional is True


def test_an_event_nobody_subscribes_to_any_more_or_that_is_none_is_refused(
    listener: list[tuple[str, EventReceived]],
) -> None:
    with pytest.raises(HandlerRefused, match="does not subscribe"):
        handler_for(message(kind="event", recipient="event_listener", body={**EVENT, "type": "link.lost"}))
    with pytest.raises(HandlerRefused, match="The body is no event"):
        handler_for(message(kind="event", recipient="event_listener", body={"type": "x"}))


def test_events_are_read_as_they_are_written() -> None:
    assert dispatch.read_event(EVENT).id.hex == EVENT["id"].replace("-", "")


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb")
def test_all_of_this_holds_on_postgresql_too(postgresql: PostgreSQL) -> None:
    files = (
        "test_module_life.py",
        "test_modules_api.py",
        "test_registry.py",
        "test_remote_calls.py",
        "test_module_robustness.py",
    )
    run_on_postgresql(postgresql, *(f"common/tests/modules/{name}" for name in files))
