"""Answers that nobody can keep, modules that come back or go, and what is refused where it comes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.utils import timezone

from common.application.messages.sending import send
from common.application.modules import heartbeats, registry
from common.application.modules.capabilities import call_capability
from common.application.modules.registration import register, unregister
from common.domain.manifest import Registration, parse
from common.domain.modules import Call, CapabilityFailed
from common.infrastructure.work.claims import claim, release
from common.models import CapabilityClaim, Message, ModuleRecord
from common.tests.modules.module_samples import ECHO, SECRET, manifest, registered
from common.tests.modules.sample_module import deliver
from common.tests.modules.test_remote_calls import Callback
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db
HUB = "/api/common/api/v1/hub/"


@pytest.fixture
def weather() -> Iterator[Callback]:
    """Registered, without schemas: nothing else stands between its answers and the hub."""
    served = Callback()
    offer = [{"name": "weather.report"}]
    register(parse(Registration, manifest(callback_url=served.url, capabilities=offer)), by="ada")
    yield served
    served.server.shutdown()
    served.server.server_close()


BAD = [
    rb'{"output": {"a": "x\u0000y"}}',
    rb'{"output": {"x\u0000y": 1}}',
    rb'{"output": {"a": "\ud800"}}',
    b'{"output": {"a": [NaN]}}',
    b'{"output": {"a": -Infinity}}',
    b'{"output": {"a": 1e999}}',
    b'{"output": {"a": 18446744073709551616}}',
    b'{"output": {"a": -9223372036854775809}}',
    b'{"output": {"a": ' + b"9" * 5_000 + b"}}",
    b'{"output": {"a": "\xff"}}',
    rb'{"error": {"message": "x\u0000y"}}',
    rb'{"error": {"message": "\udc00"}}',
    rb'{"error": {"message": "x", "code": "a\u0000"}}',
]


@pytest.mark.parametrize("answer", BAD)
def test_an_answer_that_nobody_can_keep_is_a_failure_of_the_module(
    weather: Callback, client_of: ClientOf, answer: bytes
) -> None:
    weather.says(answer)
    with pytest.raises(CapabilityFailed) as failed:
        call_capability("weather.report", {}, Call())
    assert (failed.value.code, failed.value.retryable) == ("malformed_answer", False)
    assert "\0" not in str(failed.value)
    told = client_of("admin").post(f"{HUB}capabilities/weather.report/call/", {})
    assert (told.status_code, told.json()["code"]) == (502, "malformed_answer")


def test_what_fits_into_64_bits_comes_through_as_it_is(weather: Callback) -> None:
    output = {"most": 2**64 - 1, "least": -(2**63), "text": "\U0001f600", "float": 1e308}
    weather.says({"output": output})
    assert call_capability("weather.report", {}, Call()) == output


def test_a_long_error_text_of_a_module_is_cut(weather: Callback) -> None:
    weather.says({"error": {"message": "x" * 100_000, "code": "no_sky"}})
    with pytest.raises(CapabilityFailed) as failed:
        call_capability("weather.report", {}, Call())
    assert (failed.value.code, str(failed.value)) == ("no_sky", "x" * 2_000)


# --- What waits ---


def lose() -> None:
    ModuleRecord.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    assert heartbeats.mark_lost() == ["weather"]


def message(**options: Any) -> Message:
    return send("weather.note", {}, recipient="weather", sender="echo", **options)


@pytest.mark.parametrize("come_back", ["heartbeat", "registration"])
def test_what_waited_for_a_lost_module_is_delivered_when_it_is_heard_again(weather: Callback, come_back: str) -> None:
    weather.says({})
    waiting, urgent, delayed = message(), message(priority="high"), message(delay_seconds=3_600)
    lose()
    assert deliver() == 2
    assert deliver() == 0  # put off
    if come_back == "heartbeat":
        heartbeats.beat("weather")
    else:
        register(parse(Registration, manifest(callback_url=weather.url)), by="module:weather")
    while deliver():
        pass
    states = dict(Message.objects.values_list("pk", "state"))
    assert states == {waiting.pk: "delivered", urgent.pk: "delivered", delayed.pk: "waiting"}
    assert [document["message"]["priority"] for document in weather.received] == ["high", "normal"]


def test_a_heartbeat_of_a_module_that_was_not_lost_changes_nothing(weather: Callback) -> None:
    delayed = message(delay_seconds=3_600)
    heartbeats.beat("weather")
    assert Message.objects.get().due_at == delayed.due_at


def test_what_waits_for_a_module_that_is_unregistered_is_dead_at_once(weather: Callback) -> None:
    message(), message(delay_seconds=3_600)
    lose()
    deliver()
    unregister("weather", by="ada")
    while deliver():
        pass
    assert list(Message.objects.values_list("state", "error")) == [("dead", "There is no module weather.")] * 2


def test_a_message_in_work_is_left_to_its_worker(weather: Callback) -> None:
    message()
    batch = claim(Message, "low", limit=1)
    assert batch is not None
    unregister("weather", by="ada")
    assert release(Message, batch.claim, pks=[row.pk for row in batch.rows]) == 1


# --- What comes in ---


@pytest.mark.parametrize("body", [b"[]", b"null", b"0", b'""', b"false"])
def test_a_heartbeat_that_is_no_object_is_refused(weather: Callback, client_of: ClientOf, body: bytes) -> None:
    path, operator = f"{HUB}modules/weather/heartbeat/", client_of("operator")
    answer = operator.generic("POST", path, body, content_type="application/json")
    assert answer.status_code == 400
    told = answer.content.decode()
    assert "HealthReport" not in told
    assert "dictionary" not in told
    for nothing in (b"", b"{}"):
        assert operator.generic("POST", path, nothing, content_type="application/json").status_code == 200
    assert operator.post(path).status_code == 200


@pytest.mark.parametrize("secret", [f" {SECRET}", f"{SECRET}\n", f"{SECRET}\t", f"{SECRET[:8]}\n{SECRET[8:]}"])
def test_a_secret_with_space_around_it_is_refused(client_of: ClientOf, secret: str) -> None:
    answer = client_of("admin").post(f"{HUB}modules/register/", manifest(secret=secret))
    assert answer.status_code == 400
    assert [entry["field"] for entry in answer.json()["details"]] == ["secret"]
    assert SECRET not in answer.content.decode()


@pytest.mark.parametrize("queue", ["critical", "normal", "low"])
def test_a_capability_has_no_queue_of_the_priorities(client_of: ClientOf, queue: str) -> None:
    offer = [{"name": "weather.report", "queue": queue}]
    answer = client_of("admin").post(f"{HUB}modules/register/", manifest(capabilities=offer))
    assert [entry["field"] for entry in answer.json()["details"]] == ["capabilities.0.queue"]


def test_a_new_module_is_told_its_address(client_of: ClientOf) -> None:
    admin = client_of("admin")
    answer = admin.post(f"{HUB}modules/register/", manifest())
    assert answer.status_code == 201
    assert admin.get(answer["Location"]).json()["name"] == "weather"
    assert "Location" not in admin.post(f"{HUB}modules/register/", manifest())


def test_a_forbidden_address_is_named_in_good_english(client_of: ClientOf) -> None:
    answer = client_of("admin").post(f"{HUB}modules/register/", manifest(callback_url="http://0.0.0.0/"))
    assert "is an unspecified address" in answer.json()["message"]


def test_a_local_capability_wins_over_a_remote_one_and_that_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "_told", False)
    register(parse(Registration, manifest(capabilities=[{"name": "echo.echo"}])), by="ada")
    with registered(ECHO), structlog.testing.capture_logs() as logs:
        heartbeats.sweep()
        heartbeats.sweep()
        found = registry.find_capability("echo.echo")
        assert found is not None
        assert found.module == "echo"
    told = [entry for entry in logs if "remote_module" in entry]  # other threads of the process may have warned too
    assert [(entry["log_level"], entry["capability"], entry["remote_module"]) for entry in told] == [
        ("warning", "echo.echo", "weather")
    ]
    assert CapabilityClaim.objects.count() == 1
