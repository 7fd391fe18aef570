"""A paused hub does nothing new and loses nothing: schedules and triggers go on where they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from common.application.events import distribution
from common.application.events.distribution import distribute, register_consumer, unregister_consumer
from common.application.starting.schedules import start_due
from common.application.system import processing
from common.application.work import recorded_tasks as tasks
from common.domain.envelope import Envelope
from common.domain.hub_events.system import HubPaused
from common.models import Schedule, TaskRecord

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def goes_on_afterwards() -> Iterator[None]:
    processing.forget()
    yield
    processing.set_processing(True, by="test")


@pytest.fixture
def seen() -> Iterator[dict[str, list[str]]]:
    got: dict[str, list[str]] = {"pausing": [], "steady": []}

    def handle(name: str) -> Any:
        def take(events: Sequence[Envelope]) -> None:
            got[name] += [event.type for event in events]

        return take

    with patch.dict(distribution._consumers, clear=True):
        register_consumer("trial.pausing", handle("pausing"), pauses=True)
        register_consumer("trial.steady", handle("steady"))
        distribution.make_cursors()
        yield got
        for name in ("trial.pausing", "trial.steady"):
            unregister_consumer(name)


def test_a_consumer_that_pauses_gets_the_events_of_the_pause_afterwards(seen: dict[str, list[str]]) -> None:
    processing.set_processing(False, by="ada")
    distribute()
    assert seen == {"pausing": [], "steady": [HubPaused.type]}
    assert distribution.behind() == [], "nobody is woken for what may not be done"
    processing.set_processing(True, by="ada")
    distribute()
    assert seen == {"pausing": ["hub.paused", "hub.resumed"], "steady": ["hub.paused", "hub.resumed"]}


def test_what_fell_due_in_the_pause_is_started_once_when_it_ends() -> None:
    now = timezone.now()
    Schedule.objects.create(
        name="minutely", task="common.cleanup", interval_seconds=60, next_at=now - timedelta(minutes=5)
    )
    with patch.object(tasks.current_app, "send_task"):
        processing.set_processing(False, by="ada")
        assert start_due() == 0
        assert not TaskRecord.objects.exists()
        processing.set_processing(True, by="ada")
        assert start_due() == 1
        assert start_due() == 0
    assert TaskRecord.objects.count() == 1
