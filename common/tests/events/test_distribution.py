"""Durable consumers: each gets every event once and in order, and none waits for another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from structlog.testing import capture_logs

from common.application.events import distribution
from common.application.events.publishing import publish
from common.domain.envelope import Envelope
from common.domain.errors import Unavailable
from common.infrastructure.events import event_cursors
from common.models import EventCursor, StoredEvent
from common.tests.samples import Sampled, take_samples

pytestmark = pytest.mark.django_db


class Recorder:
    """A consumer that keeps what it got; `fails_at` is the number of a sample that it cannot handle."""

    def __init__(self, fails_at: int | None = None, error: Exception | None = None) -> None:
        self.numbers: list[int] = []
        self.batches: list[int] = []
        self.fails_at = fails_at
        self.error = error or ValueError("as told")

    def __call__(self, envelopes: Sequence[Envelope]) -> None:
        numbers = [envelope.data["number"] for envelope in envelopes]
        if self.fails_at in numbers:
            raise self.error
        self.batches.append(len(numbers))
        self.numbers += numbers


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(distribution, "_consumers", {})
    monkeypatch.setattr(distribution, "TURN_SECONDS", 60.0)  # one turn is enough, however slow the machine is
    return


@pytest.fixture
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever fails pauses until the test lets it go on, and not for a quarter of a second only."""
    monkeypatch.setattr(event_cursors, "FIRST_PAUSE_SECONDS", 60.0)


def register(name: str, recorder: Recorder, **options: Any) -> Recorder:
    distribution.register_consumer(name, recorder, **options)
    distribution.make_cursors()
    return recorder


def of_consumers(logs: Sequence[Any]) -> list[Any]:
    """Other threads of the process may have written lines meanwhile."""
    return [entry for entry in logs if "consumer" in entry]


def retry_now() -> None:
    EventCursor.objects.exclude(retry_at=None).update(retry_at=timezone.now())


@pytest.mark.parametrize("transactional", [True, False])
def test_a_consumer_gets_every_event_once_in_order_and_in_batches(transactional: bool) -> None:
    recorder = register("one", Recorder(), transactional=transactional)
    take_samples(1, 600)
    distribution.distribute()
    distribution.distribute()
    assert recorder.numbers == list(range(1, 601))
    assert len(recorder.batches) == 3


def test_a_new_consumer_begins_with_the_next_event() -> None:
    take_samples(1, 5)
    recorder = register("late", Recorder())
    take_samples(6, 7)
    distribution.distribute()
    assert recorder.numbers == [6, 7]


def test_the_first_event_of_a_new_database_reaches_a_consumer_that_was_there_before_it() -> None:
    recorder = register("early", Recorder())
    take_samples(1, 1)
    distribution.distribute()
    assert recorder.numbers == [1]


@pytest.mark.usefixtures("long_pauses")
def test_a_consumer_that_fails_holds_no_other_back_and_goes_on_where_it_was() -> None:
    broken, sound = register("broken", Recorder(fails_at=3)), register("sound", Recorder())
    take_samples(1, 5)
    distribution.distribute()
    assert sound.numbers == [1, 2, 3, 4, 5]
    assert broken.numbers == [1, 2], "what was before the event that fails has not waited for it"
    broken.fails_at = None
    distribution.distribute()
    assert broken.numbers == [1, 2], "it pauses"
    retry_now()
    distribution.distribute()
    assert broken.numbers == [1, 2, 3, 4, 5]
    assert EventCursor.objects.get(name="broken").failures == 0


def test_what_a_failing_consumer_wrote_is_rolled_back() -> None:
    def write_and_fail(envelopes: Sequence[Envelope]) -> None:
        EventCursor.objects.create(name=f"written-{envelopes[0].position}")
        raise ValueError("as told")

    distribution.register_consumer("writer", write_and_fail)
    distribution.make_cursors()
    take_samples(1, 1)
    distribution.distribute()
    assert not EventCursor.objects.filter(name__startswith="written").exists()
    assert EventCursor.objects.get(name="writer").position == 0


@pytest.mark.parametrize("transactional", [True, False])
def test_an_outage_is_logged_once_and_its_end_once(transactional: bool) -> None:
    recorder = register("one", Recorder(fails_at=1, error=Unavailable("nobody home")), transactional=transactional)
    take_samples(1, 1)
    with capture_logs() as logs:
        for _ in range(3):
            distribution.distribute()
            retry_now()
        recorder.fails_at = None
        distribution.distribute()
    assert [entry["log_level"] for entry in of_consumers(logs)] == ["warning", "info"]
    assert recorder.numbers == [1]


def test_pauses_grow_to_a_minute_and_differ() -> None:
    assert all(0.25 <= event_cursors.pause_seconds(1) <= 0.5 for _ in range(20))
    assert all(30 <= event_cursors.pause_seconds(count) <= 60 for count in (8, 50, 10**6))
    assert len({event_cursors.pause_seconds(5) for _ in range(5)}) > 1


def test_old_news_is_skipped_for_a_consumer_that_forgets() -> None:
    recorder = register("forgetful", Recorder(), forget_after_seconds=3600)
    take_samples(1, 4)
    StoredEvent.objects.filter(position__lte=3).update(time=timezone.now() - timedelta(hours=2))
    with capture_logs() as logs:
        distribution.distribute()
    assert recorder.numbers == [4]
    assert [(entry["log_level"], entry["skipped"]) for entry in of_consumers(logs)] == [("warning", 3)]


def test_a_cursor_under_lease_is_left_alone_until_the_lease_ends() -> None:
    recorder = register("leased", Recorder(), transactional=False)
    take_samples(1, 1)
    with event_cursors.leased("leased") as cursor:
        assert cursor is not None
        distribution.distribute()
        assert recorder.numbers == []
        EventCursor.objects.update(lease_until=timezone.now())
        distribution.distribute()
        assert recorder.numbers == [1]
        assert not event_cursors.move(cursor, 1), "whoever lost the lease moves nothing"


@pytest.mark.usefixtures("long_pauses")
def test_a_lease_ends_with_its_batch_whether_the_cursor_moved_or_not() -> None:
    recorder = register("leased", Recorder(fails_at=2), transactional=False)
    take_samples(1, 2)
    distribution.distribute()
    assert recorder.numbers == [1]
    with event_cursors.leased("leased"):
        assert EventCursor.objects.exclude(claim=None).count() == 0, "it rests, so nobody holds it"
    retry_now()
    with event_cursors.leased("leased") as cursor:
        assert cursor is not None
        assert EventCursor.objects.exclude(claim=None).count() == 1
    assert EventCursor.objects.exclude(claim=None).count() == 0


def test_positions_that_are_gone_do_not_stop_a_consumer() -> None:
    recorder = register("one", Recorder())
    take_samples(1, 3)
    StoredEvent.objects.all().delete()
    distribution.distribute()
    assert recorder.numbers == []
    assert EventCursor.objects.get(name="one").position == 3
    take_samples(4, 4)
    distribution.distribute()
    assert recorder.numbers == [4]


def test_two_consumers_of_one_name_are_refused() -> None:
    register("one", Recorder())
    with pytest.raises(ValueError, match="registered already"):
        distribution.register_consumer("one", Recorder())


def test_the_sweep_wakes_a_worker_where_a_consumer_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(distribution, "wake", lambda task, queue: woken.append(task))
    register("one", Recorder())
    distribution.sweep()
    assert woken == []
    take_samples(1, 1)
    distribution.sweep()
    assert woken == ["common.distribute_events"]


def test_publish_tells_the_last_position_and_keeps_the_cause() -> None:
    with transaction.atomic():
        assert publish(source="tests") == 0
        assert publish(Sampled(number=1), Sampled(number=2), source="tests", causation_id="event:7") == 2
    assert [event.causation_id for event in distribution.event_store.read_after(0, limit=9)] == ["event:7", "event:7"]
