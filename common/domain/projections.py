"""Projections: what a subject's events add up to.

    register_projection(Projection(
        name="device",
        description="Status and facts of a device.",
        kind="device",
        topics=("device.*", "interface.status_changed"),
        initial={},
        apply=apply_device_event,
        current=current_device,
        existing=every_device,
    ))

`apply` alone makes states, so a state of the past is what it makes of the events until then; `current` reads the same
from the tables of the module that owns the subject, which is how tests know that the events tell everything:
`replay(snapshot, events) == current state` (common/tests/events/replayed.py does that for every projection).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from common.domain.envelope import Envelope
from common.domain.topics import topic_matches

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Projection:
    """`apply` is pure and returns a new state, JSON through and through; it must bear what an older version of the
    module published (`event.version`). `initial` is the state of what does not exist: before the first event, and
    again after the event of the subject's end."""

    name: str
    description: str
    kind: str  # of its subjects: "device" for device:7
    topics: tuple[str, ...]
    initial: State
    apply: Callable[[State, Envelope], State]
    current: Callable[[str], State | None]  # of this subject; None where it does not exist
    existing: Callable[[], Iterable[str]]  # every subject that exists now

    def concerns(self, event_type: str, subject: str) -> bool:
        return self.is_about(subject) and self.takes(event_type)

    def takes(self, event_type: str) -> bool:
        return any(topic_matches(topic, event_type) for topic in self.topics)

    def is_about(self, subject: str) -> bool:
        return subject.startswith(f"{self.kind}:")


def replay(projection: Projection, state: State, events: Iterable[Envelope]) -> State:
    """The state after `events`, which are in order; those that do not concern the projection change nothing."""
    for event in events:
        if projection.concerns(event.type, event.subject):
            state = projection.apply(state, event)
    return state
