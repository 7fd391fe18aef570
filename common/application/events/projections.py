"""States of the past: rebuilt from a snapshot and the events after it.

rebuild("device", "device:7", at=datetime(2026, 1, 31, tzinfo=UTC))
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from common.domain.errors import Invalid, Unknown
from common.domain.projections import Projection, State, replay
from common.domain.topics import TopicInvalid, check_topic
from common.infrastructure.events import event_history, event_store
from common.infrastructure.events.event_history import Snapshot

_projections: dict[str, Projection] = {}


def register_projection(projection: Projection) -> None:
    """From AppConfig.ready(). Raises ValueError for a name that is taken, or a topic that is none."""
    if _projections.get(projection.name, projection) != projection:
        raise ValueError(f"A projection named {projection.name} is registered already")
    for topic in projection.topics:
        try:
            check_topic(topic)
        except TopicInvalid as error:
            raise ValueError(f"The projection {projection.name}: {error}") from error
    _projections[projection.name] = projection


def projections() -> tuple[Projection, ...]:
    return tuple(_projections[name] for name in sorted(_projections))


def need_projection(name: str) -> Projection:
    """Raises Invalid, naming those that there are."""
    if name not in _projections:
        known = ", ".join(sorted(_projections)) or "none"
        raise Invalid(f"There is no projection {name!r}. Known: {known}.", code="unknown_projection")
    return _projections[name]


@dataclass(frozen=True, slots=True)
class StateAt:
    """The state after `position`: `events` that concern it, replayed on the snapshot at `snapshot` (0 for none)."""

    projection: str
    subject: str
    position: int
    time: datetime | None  # of the last event that had a part in it
    snapshot: int
    events: int
    state: State


def rebuild(name: str, subject: str, at: datetime | int | None = None) -> StateAt:
    """The state of `subject` at a time, after the event at a position, or now.

    Raises Invalid for a projection that is not there, a subject of another kind, the future, and for a time whose
    events were deleted (it names the oldest position that can be rebuilt); Unknown where no event tells of the subject.
    """
    projection = need_projection(name)
    if not projection.is_about(subject):
        raise Invalid(
            f"The projection {name} is about subjects such as {projection.kind}:7, not {subject!r}.",
            code="wrong_subject",
        )
    position = _position(at)
    snapshot = event_history.snapshot_of(name, subject)
    start = snapshot or Snapshot(subject, _beginning(name), timezone.now(), deepcopy(projection.initial))
    if position < start.position:
        raise _too_old(start)
    events = event_history.events_of(subject, after=start.position, until=position)
    if snapshot is None and not events:
        raise Unknown(f"No event tells of {subject} up to position {position}.", code="unknown_subject")
    concerning = [event for event in events if projection.takes(event.type)]
    return StateAt(
        projection=name,
        subject=subject,
        position=position,
        time=concerning[-1].time if concerning else snapshot.time if snapshot else None,
        snapshot=snapshot.position if snapshot else 0,
        events=len(concerning),
        state=replay(projection, start.state, concerning),
    )


def _position(at: datetime | int | None) -> int:
    head = event_store.last_position()
    if at is None:
        return head
    if isinstance(at, int):
        if at > head:
            raise Invalid(f"The newest position is {head}; {at} has not happened yet.", code="in_the_future")
        return at
    if at > timezone.now():
        raise Invalid("That time has not come yet.", code="in_the_future")
    return event_history.position_at(at)


def _beginning(name: str) -> int:
    """A projection that is younger than the deletion of events knows nothing of the time before (see retention)."""
    settled = event_history.beginning(name)
    if settled is None and event_history.horizon():
        raise Invalid(
            f"The projection {name} is new and events were deleted before it; it knows the present state of its "
            "subjects after the next round of retention, and from then on.",
            code="too_old",
        )
    return settled or 0


def _too_old(start: Snapshot) -> Invalid:
    return Invalid(
        f"Older events of {start.subject} were deleted: its state can be rebuilt from position {start.position} on.",
        code="too_old",
    )
