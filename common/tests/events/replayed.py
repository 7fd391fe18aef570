"""`replay(snapshot, events) == current state`, for any projection whose subjects a test has brought about."""

from __future__ import annotations

import json
from datetime import timedelta

from common.application.events.projections import need_projection, rebuild
from common.application.events.retention import retain_events
from common.domain.errors import Unknown
from common.domain.projections import State
from common.domain.retention import RetentionPolicy
from common.models import StoredEvent

EVERYTHING = RetentionPolicy((("*", timedelta(seconds=-1)),))


def assert_replays(name: str) -> list[str]:
    """Rebuild every subject of the projection, from all events and again from snapshots alone; return the subjects.

    A subject that is gone must have the initial state. Deletes all events at the end: call it last.
    """
    projection = need_projection(name)
    told = StoredEvent.objects.order_by().values_list("subject", flat=True).distinct()
    subjects = sorted({*projection.existing(), *filter(projection.is_about, told)})
    states = {subject: projection.current(subject) or projection.initial for subject in subjects}
    for subject, state in states.items():
        assert _same(_rebuilt(name, subject), state), f"{subject} from its events"
    retain_events(EVERYTHING)
    for subject, state in states.items():
        assert _same(_rebuilt(name, subject), state), f"{subject} from its snapshot"
    return subjects


def _rebuilt(name: str, subject: str) -> State:
    try:
        return rebuild(name, subject).state
    except Unknown:
        return need_projection(name).initial


def _same(rebuilt: State, state: State) -> bool:
    """As JSON, and said in the failure as a difference of two dicts rather than of two texts."""
    left, right = json.loads(json.dumps(rebuilt)), json.loads(json.dumps(state))
    assert left == right
    return True
