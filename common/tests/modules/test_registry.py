"""Local modules register, and mistakes end the start with all that is wrong; what the registry then knows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pydantic import BaseModel

from common.application.modules import health, registry
from common.application.modules.capabilities import call_capability
from common.application.modules.health import module_health
from common.application.modules.registration import register
from common.domain.errors import Invalid, Unknown
from common.domain.known_modules import CapabilityUnavailable
from common.domain.manifest import Registration, parse
from common.domain.modules import Call, Capability, EventSubscription, Handler, Health, Module
from common.models import ModuleRecord
from common.tests.modules.module_samples import ECHO, Echoed, Text, echo, manifest, registered


class Loose(BaseModel):
    text: str


def sample(**changes: Any) -> Module:
    return replace(Module(name="sample_of_registry", version="1", description=""), **changes)


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    registry.unregister_module("sample_of_registry")


def capability(**changes: Any) -> Capability:
    return replace(Capability("sample_of_registry.echo", echo, Text, Echoed), **changes)


@pytest.mark.parametrize(
    ("module", "what"),
    [
        (sample(name="Sample"), "'Sample' is not a name"),
        (sample(name="common"), "'common' means something else here"),
        (sample(version=""), "write a version"),
        (sample(capabilities=(capability(name="Sample!"),)), "'Sample!' is not a name"),
        (sample(capabilities=(capability(), capability())), "is there 2 times"),
        (sample(capabilities=(capability(input=Loose),)), "Loose must refuse extra fields"),
        (sample(capabilities=(capability(output=dict),)), "output is no pydantic model"),
        (sample(capabilities=(capability(role="root"),)), "role 'root' is not one of"),
        (sample(capabilities=(capability(queue="fast"),)), "queue 'fast' is not one of"),
        (sample(capabilities=(capability(timeout_seconds=0),)), "timeout_seconds must be more than 0"),
        (sample(handlers=(Handler("a.b", echo, Text), Handler("a.b", echo, Text))), "handler of a.b is there 2 times"),
        (sample(subscriptions=(EventSubscription((), echo),)), "it names no topic"),
        (sample(subscriptions=(EventSubscription(("Device!",), echo),)), "is not a topic"),
        (sample(subscriptions=(EventSubscription(("*",), echo, priority="urgent"),)), "'urgent' is not one of"),
    ],
)
def test_a_module_that_breaks_the_contract_ends_the_start(module: Module, what: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"The module {module.name} cannot be registered: .*{what}"):
        registry.register_module(module)
    assert registry.local_module(module.name) is None


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"write a version.*must refuse extra fields"):
        registry.register_module(sample(version="", capabilities=(capability(input=Loose),)))


def test_two_modules_cannot_have_one_name_or_offer_one_capability(echo_module: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="another module of the name echo"):
        registry.register_module(replace(ECHO, version="2"))
    with pytest.raises(ImproperlyConfigured, match=r"echo\.echo is offered by echo already"):
        registry.register_module(sample(capabilities=(capability(name="echo.echo"),)))
    assert registry.local_module("sample_of_registry") is None


def test_registering_the_same_module_again_is_harmless(echo_module: str) -> None:
    registry.register_module(ECHO)


@pytest.mark.django_db
def test_local_and_remote_modules_are_known_alike(echo_module: str) -> None:
    register(parse(Registration, manifest(message_types=["note"])), by="ada")
    with registered(
        sample(handlers=(Handler("note", echo, Text),), subscriptions=(EventSubscription(("a.*",), echo),))
    ):
        assert registry.handlers("note") == ("sample_of_registry", "weather")
        assert set(registry.subscriptions()) >= {
            ("sample_of_registry", ("a.*",), "low", None, None),
            ("weather", ("device.*",), "low", None, None),
        }
        known = {module.name: module for module in registry.modules()}
        assert known["sample_of_registry"].kind == "local"
        assert known["weather"].kind == "remote"
        names = [offered.name for offered in registry.capabilities()]
        assert names == sorted(names)
        assert {"echo.echo", "weather.report"} <= set(names)
        assert registry.find_module("weather") == known["weather"]
        assert registry.find_module("nobody") is None


@pytest.mark.django_db
def test_a_capability_of_a_local_module_comes_before_a_remote_one_of_the_same_name() -> None:
    register(parse(Registration, manifest(capabilities=[{"name": "echo.echo"}])), by="ada")
    with registered(ECHO):  # as after an upgrade of the program
        found = registry.find_capability("echo.echo")
        assert found is not None
        assert found.module == "echo"


# --- Calls ---


@pytest.mark.django_db
def test_a_call_is_checked_counted_and_told(echo_module: str) -> None:
    assert call_capability("echo.echo", {"text": "hi"}, Call(actor="ada")) == {"text": "hi", "actor": "ada"}
    with pytest.raises(Invalid) as refused:
        call_capability("echo.echo", {"text": 7, "more": 1}, Call())
    assert {entry["field"] for entry in refused.value.details} == {"text", "more"}
    with pytest.raises(Invalid, match="is not JSON"):
        call_capability("echo.echo", {"text": object()}, Call())
    with pytest.raises(CapabilityUnavailable, match=r"No module offers .* no\.such\. Offered: .*echo\.echo"):
        call_capability("no.such", {}, Call())
    known = registry.find_module("echo")
    assert known is not None
    assert (known.messages, known.errors) == (1, 0)


@pytest.mark.django_db
def test_a_capability_learns_its_deadline_from_its_own_limit_and_the_callers() -> None:
    seen: list[Call] = []

    def note(asked: Text, call: Call) -> Text:
        seen.append(call)
        return asked

    with registered(sample(capabilities=(capability(function=note, output=Text, timeout_seconds=5),))):
        call_capability("sample_of_registry.echo", {"text": ""}, Call())
        assert seen[0].deadline is not None
        sooner = seen[0].deadline.replace(year=2001)
        call_capability("sample_of_registry.echo", {"text": ""}, Call(deadline=sooner))
    assert seen[1].deadline == sooner


@pytest.mark.django_db
def test_an_output_of_another_shape_is_a_defect_and_no_answer() -> None:
    with (
        registered(sample(capabilities=(capability(function=lambda asked, call: asked),))),
        pytest.raises(TypeError, match="returned Text where it promised Echoed"),
    ):
        call_capability("sample_of_registry.echo", {"text": ""}, Call())


# --- Health ---


@pytest.mark.django_db(transaction=True)
def test_the_health_of_a_module_is_asked_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOCAL_SECONDS", 30)
    with registered(sample(health=lambda: Health("degraded", "half asleep"))):
        assert module_health("sample_of_registry") == Health("degraded", "half asleep")
        known = registry.find_module("sample_of_registry")
        assert known is not None
        assert known.health == Health("degraded", "half asleep")
        assert ModuleRecord.objects.get(pk="sample_of_registry").kind == "local"


@pytest.mark.django_db(transaction=True)
def test_a_health_check_that_hangs_or_fails_is_unhealthy_and_holds_nobody_up(monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "LOCAL_SECONDS", 0.1)
    go_on = threading.Event()

    def hang() -> Health:
        go_on.wait(60)
        return Health("healthy")

    def fail() -> Health:
        raise ZeroDivisionError("password=hunter2")

    with registered(sample(health=hang)):
        assert module_health("sample_of_registry") == Health("unhealthy", "no answer within 0.1 s")
        assert "has not come back yet" in module_health("sample_of_registry").detail
        go_on.set()
        health._asking["sample_of_registry"].join(30)  # or the next test of the name finds it still being asked
    monkeypatch.setattr(health, "LOCAL_SECONDS", 30)
    with registered(sample(name="failing", health=fail)):
        assert module_health("failing") == Health("unhealthy", "the health check failed: ZeroDivisionError")
    with pytest.raises(Unknown):
        module_health("nobody")
