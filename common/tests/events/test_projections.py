"""States of the past, before and after retention has deleted what they came of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from common.application.events import distribution, projections, retention
from common.application.events.projections import rebuild, register_projection
from common.application.events.publishing import publish
from common.domain.envelope import Envelope
from common.domain.errors import Invalid, Unknown
from common.domain.projections import Projection, State
from common.domain.retention import RetentionInvalid, parse_retention
from common.infrastructure.events import event_history, event_store
from common.models import EventCounter, EventCursor, EventSnapshot, StoredEvent
from common.tests.events.replayed import EVERYTHING, assert_replays
from common.tests.samples import Discarded, Sampled, take_samples

pytestmark = pytest.mark.django_db

URL = "/api/common/api/v1/event-states/"


class Shelf:
    """What the events of samples tell, as a module would keep it in its tables."""

    def __init__(self) -> None:
        self.samples: dict[str, State] = {}

    def put(self, number: int, *, urgent: bool = False) -> None:
        with transaction.atomic():
            state = self.samples.setdefault(f"sample:{number}", {"taken": 0, "urgent": False})
            self.samples[f"sample:{number}"] = {"taken": state["taken"] + 1, "urgent": urgent}
            publish(Sampled(number=number, urgent=urgent), source="tests")

    def discard(self, number: int) -> None:
        with transaction.atomic():
            del self.samples[f"sample:{number}"]
            publish(Discarded(number=number), source="tests")


def apply(state: State, event: Envelope) -> State:
    if event.type == "sample.discarded":
        return {}
    return {"taken": state.get("taken", 0) + 1, "urgent": event.data["urgent"]}


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setattr(projections, "_projections", {})
    monkeypatch.setattr(distribution, "_consumers", {})
    shelf = Shelf()
    register_projection(sample_projection(shelf))
    return shelf


def sample_projection(shelf: Shelf, name: str = "sample") -> Projection:
    return Projection(
        name=name,
        description="How often a sample was taken.",
        kind="sample",
        topics=("sample.*",),
        initial={},
        apply=apply,
        current=shelf.samples.get,
        existing=lambda: list(shelf.samples),
    )


def age(position: int, days: float) -> None:
    """Let the events up to `position` be that old."""
    StoredEvent.objects.filter(position__lte=position).update(time=timezone.now() - timedelta(days=days))


def test_a_state_is_rebuilt_at_any_position_and_time(shelf: Shelf) -> None:
    shelf.put(1)
    shelf.put(2)
    shelf.put(1, urgent=True)
    first, second, third = event_store.read_after(0, limit=3)
    assert rebuild("sample", "sample:1", at=1).state == {"taken": 1, "urgent": False}
    assert rebuild("sample", "sample:1", at=second.time).state == {"taken": 1, "urgent": False}
    assert rebuild("sample", "sample:1", at=third.time).state == {"taken": 2, "urgent": True}
    now = rebuild("sample", "sample:1")
    assert (now.state, now.position, now.time, now.events) == (shelf.samples["sample:1"], 3, third.time, 2)
    with pytest.raises(Unknown):
        rebuild("sample", "sample:1", at=first.time - timedelta(microseconds=1))


def test_replay_gives_the_current_state_of_every_subject_with_and_without_its_events(shelf: Shelf) -> None:
    for number in (1, 2, 3, 1, 2, 1):
        shelf.put(number, urgent=number == 2)
    shelf.discard(3)
    shelf.put(3)
    shelf.discard(2)
    assert assert_replays("sample") == ["sample:1", "sample:2", "sample:3"]
    assert not StoredEvent.objects.exists()


def test_the_helper_notices_a_projection_that_forgets_something(shelf: Shelf) -> None:
    shelf.put(1)
    shelf.samples["sample:1"]["urgent"] = True
    with pytest.raises(AssertionError):
        assert_replays("sample")


def test_retention_deletes_by_the_policy_and_keeps_the_states(shelf: Shelf) -> None:
    shelf.put(1)
    shelf.put(2)
    shelf.put(1, urgent=True)
    age(3, days=100)
    shelf.put(1)
    assert retention.retain_events(parse_retention("*=90d")) == 3
    assert list(StoredEvent.objects.values_list("position", flat=True)) == [4]
    assert event_history.horizon() == 3
    assert rebuild("sample", "sample:1").state == {"taken": 3, "urgent": False}
    assert rebuild("sample", "sample:1", at=3).state == {"taken": 2, "urgent": True}
    assert rebuild("sample", "sample:2").state == {"taken": 1, "urgent": False}
    with pytest.raises(Invalid, match="from position 3 on") as refused:
        rebuild("sample", "sample:1", at=2)
    assert refused.value.code == "too_old"
    with pytest.raises(Invalid, match="from position 3 on"):
        rebuild("sample", "sample:1", at=timezone.now() - timedelta(days=101))


def test_later_rounds_build_on_earlier_snapshots(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH_SIZE", 2)
    for _ in range(5):
        shelf.put(1)
    age(3, days=2)
    assert retention.retain_events(parse_retention("*=1d")) == 3
    shelf.put(1)
    age(5, days=2)
    assert retention.retain_events(parse_retention("*=1d")) == 2
    assert EventSnapshot.objects.exclude(subject="").count() == 1
    assert rebuild("sample", "sample:1").state == {"taken": 6, "urgent": False}


def test_a_type_with_a_longer_life_stays_and_is_not_counted_twice(shelf: Shelf) -> None:
    shelf.put(1)
    shelf.discard(1)
    shelf.put(1)
    age(3, days=5)
    retention.retain_events(parse_retention("*=forever,sample.taken=1d"))
    assert list(StoredEvent.objects.values_list("type", flat=True)) == ["sample.discarded"]
    assert rebuild("sample", "sample:1").state == {"taken": 1, "urgent": False}


def test_an_event_that_a_consumer_has_not_had_stays(shelf: Shelf) -> None:
    distribution.register_consumer("slow", lambda envelopes: None)
    distribution.make_cursors()
    take_samples(1, 4)
    age(4, days=100)
    EventCursor.objects.filter(name="slow").update(position=2)
    assert retention.retain_events(EVERYTHING) == 2
    assert list(StoredEvent.objects.values_list("position", flat=True)) == [3, 4]


def test_the_snapshot_of_a_subject_that_is_gone_goes_with_its_last_event(shelf: Shelf) -> None:
    shelf.put(1)
    shelf.discard(1)
    retention.retain_events(EVERYTHING)
    assert not EventSnapshot.objects.exclude(subject="").exists()
    with pytest.raises(Unknown):
        rebuild("sample", "sample:1")


def test_a_projection_that_comes_later_begins_with_the_present(shelf: Shelf) -> None:
    shelf.put(1)
    shelf.put(1)
    retention.retain_events(EVERYTHING)
    register_projection(sample_projection(shelf, "newcomer"))
    shelf.put(1)
    with pytest.raises(Invalid, match="is new"):
        rebuild("newcomer", "sample:1")
    retention.retain_events(parse_retention("*=forever"))
    shelf.put(1)
    shelf.put(2)
    assert rebuild("newcomer", "sample:1").state == shelf.samples["sample:1"] == {"taken": 4, "urgent": False}
    assert rebuild("newcomer", "sample:2").state == shelf.samples["sample:2"]
    with pytest.raises(Invalid, match="from position 3 on"):
        rebuild("newcomer", "sample:1", at=2)


def test_what_fails_in_a_projection_deletes_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(state: State, event: Envelope) -> State:
        raise KeyError("as told")

    shelf.put(1)
    monkeypatch.setattr(projections, "_projections", {})
    projection = sample_projection(shelf)
    register_projection(Projection(**{name: getattr(projection, name) for name in FIELDS} | {"apply": broken}))
    with pytest.raises(KeyError):
        retention.retain_events(EVERYTHING)
    assert StoredEvent.objects.count() == 1
    assert EventCounter.objects.get().horizon == 0


FIELDS = ("name", "description", "kind", "topics", "initial", "current", "existing")


@pytest.mark.parametrize(
    ("event_type", "kept"),
    [("device.changed", 30), ("discovery.progress", 2), ("discovery.started", 90), ("link.lost", None), ("a.b", 90)],
)
def test_the_longest_rule_that_matches_says_how_long(event_type: str, kept: int | None) -> None:
    policy = parse_retention(
        "*=90d, device.*=30d, discovery.progress=48h, link.lost=forever, *.started=1w, discovery.*=90d"
    )
    assert policy.age_of(event_type) == (None if kept is None else timedelta(days=kept))


@pytest.mark.parametrize(
    "text", ["", "90d", "device.*=90d", "*=90", "*=0d", "*=-1d", "*=90y", "*=1d,*=2d", "*=1d,Device=2d", "*=1d,,a.b=1d"]
)
def test_a_policy_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RetentionInvalid):
        parse_retention(text)


class TestOverRest:
    def test_a_state_of_the_past(self, shelf: Shelf, client_of: Callable[..., APIClient]) -> None:
        shelf.put(1)
        shelf.put(1, urgent=True)
        answer = client_of("viewer").get(URL, {"projection": "sample", "subject": "sample:1", "position": 1}).json()
        assert answer["state"] == {"taken": 1, "urgent": False}
        assert (answer["position"], answer["snapshot"], answer["events"]) == (1, 0, 1)

    def test_the_projections_are_listed(self, shelf: Shelf, client_of: Callable[..., APIClient]) -> None:
        answer = client_of("viewer").get("/api/common/api/v1/event-projections/").json()
        assert answer["data"] == [
            {
                "name": "sample",
                "description": "How often a sample was taken.",
                "kind": "sample",
                "topics": ["sample.*"],
            }
        ]

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ({}, 400, "invalid"),
            ({"subject": "sample:9"}, 404, "unknown_subject"),
            ({"subject": "device:1"}, 400, "wrong_subject"),
            ({"projection": "nonsense"}, 400, "unknown_projection"),
            ({"at": "yesterday"}, 400, "invalid"),
            ({"at": "2999-01-01T00:00:00Z"}, 400, "in_the_future"),
            ({"position": "7"}, 400, "in_the_future"),
            ({"position": "-1"}, 400, "invalid"),
            ({"position": "1", "at": "2026-01-01T00:00:00Z"}, 400, "invalid"),
            ({"colour": "red"}, 400, "invalid"),
        ],
    )
    def test_bad_questions_are_told_what_is_wrong(
        self, shelf: Shelf, client_of: Callable[..., APIClient], query: dict[str, Any], status: int, code: str
    ) -> None:
        shelf.put(1)
        parameters = {"projection": "sample", "subject": "sample:1"} | query if query else {}
        answer = client_of("viewer").get(URL, parameters)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
