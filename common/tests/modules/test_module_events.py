"""Subscribed modules get events as messages, one for each event."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from common.application.events import distribution
from common.application.events import module_subscriptions as module_events
from common.application.events.publishing import publish
from common.application.modules import registry
from common.domain.events import Priority
from common.domain.hub_events.messages import MessageDead
from common.domain.modules import Call, EventReceived, EventSubscription, Module
from common.models import EventCursor, Message
from common.tests.samples import Discarded, Sampled, take_samples

pytestmark = pytest.mark.django_db


def ignore(event: EventReceived, call: Call) -> None:
    """Nobody delivers in these tests."""


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_modules", {})
    monkeypatch.setattr(distribution, "_consumers", {})
    monkeypatch.setattr(distribution, "TURN_SECONDS", 60.0)  # one turn is enough, however slow the machine is
    distribution.register_consumer("modules", module_events.send_to_modules)
    distribution.make_cursors()
    EventCursor.objects.update(position=0)


@pytest.fixture
def subscribe() -> Iterator[None]:
    def register(name: str, *wanted: tuple[tuple[str, ...], Priority]) -> None:
        subscriptions = tuple(EventSubscription(topics, ignore, priority) for topics, priority in wanted)
        registry.register_module(Module(name, "1.0", "A subscriber.", subscriptions=subscriptions))

    return register


def test_each_subscribed_module_gets_one_message_for_each_event_that_it_wants(subscribe) -> None:
    subscribe("both", (("sample.*",), "low"), (("sample.taken",), "low"))
    subscribe("urgent", (("*",), "critical"))
    subscribe("other", (("device.*",), "low"))
    take_samples(1, 2)
    take_samples(3, 3, urgent=True)
    distribution.distribute()
    sent = [(message.recipient, message.body["position"], message.priority) for message in Message.objects.all()]
    assert sent == [("both", 1, "normal"), ("both", 2, "normal"), ("both", 3, "critical"), ("urgent", 3, "critical")]


def test_the_message_carries_the_envelope_and_what_led_to_it(subscribe) -> None:
    subscribe("one", (("sample.*",), "low"))
    with transaction.atomic():
        publish(Sampled(number=7), source="tests", actor="ada", correlation_id="run:7", causation_id="step:1")
    distribution.distribute()
    message = Message.objects.get()
    body = message.body
    assert (body["type"], body["data"]["number"], body["causation_id"]) == ("sample.taken", 7, "step:1")
    assert body["time"].endswith("Z")
    assert (message.kind, message.type, message.sender, message.actor) == ("event", "sample.taken", "tests", "ada")
    assert (message.correlation_id, message.causation_id) == ("run:7", body["id"])
    assert message.idempotency_key == "event:1"


def test_an_event_that_is_handed_out_twice_is_sent_once(subscribe) -> None:
    subscribe("one", (("sample.*",), "low"))
    take_samples(1, 3)
    distribution.distribute()
    EventCursor.objects.update(position=0)
    distribution.distribute()
    assert Message.objects.count() == 3


def test_an_event_too_large_for_a_message_holds_back_no_other(subscribe) -> None:
    subscribe("one", (("sample.*",), "low"))
    with transaction.atomic():
        publish(Noted(text="x" * 300_000), Discarded(number=2), source="tests")
    distribution.distribute()
    assert [message.body["position"] for message in Message.objects.all()] == [2]


class Noted(Discarded):
    """Something was written down."""

    type = "sample.noted"
    number: int = 0
    text: str


def test_a_module_is_not_told_that_it_could_not_be_told_of_a_dead_letter(subscribe) -> None:
    subscribe("failing", (("*",), "low"))
    subscribe("watching", (("*",), "low"))

    def dead(message_type: str) -> MessageDead:
        return MessageDead(
            message="0b8a3f0e-58a7-4f6d-9a0c-3b1f6b1f7c11",
            message_type=message_type,
            sender="hub",
            recipient="failing",
            message_priority="normal",
            attempts=5,
            reason="as told",
        )

    with transaction.atomic():
        publish(dead("sample.taken"), dead("message.dead"), source="hub")
    distribution.distribute()
    sent = {(message.recipient, message.body["position"]) for message in Message.objects.all()}
    assert sent == {("failing", 1), ("watching", 1), ("watching", 2)}
