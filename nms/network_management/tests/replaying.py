"""Hold what the events say beside what the tables say."""

from __future__ import annotations

from collections.abc import Iterator

from common.domain.envelope import ENVELOPE_FIELDS, Envelope
from common.domain.projections import Projection, State, replay
from common.models import StoredEvent
from nms.network_management.projections import PROJECTIONS

Snapshots = dict[tuple[str, str], State]


def events_of(subject: str, *, after: int = 0) -> list[Envelope]:
    rows = StoredEvent.objects.filter(subject=subject, position__gt=after).order_by("position")
    return [Envelope(**row) for row in rows.values(*ENVELOPE_FIELDS)]


def _subjects(projection: Projection) -> Iterator[str]:
    """Those that events tell of, and those that rows are there of."""
    told = StoredEvent.objects.filter(subject__startswith=f"{projection.kind}:").values_list("subject", flat=True)
    yield from sorted({*told, *projection.existing()})


def check_replay(snapshots: Snapshots | None = None, *, after: int = 0) -> Snapshots:
    """Every subject's state, rebuilt from `snapshots` and the events after them, is what the tables say; return it."""
    rebuilt: Snapshots = {}
    for projection in PROJECTIONS:
        for subject in _subjects(projection):
            before = (snapshots or {}).get((projection.name, subject), projection.initial)
            state = replay(projection, before, events_of(subject, after=after))
            assert state == (projection.current(subject) or {}), f"{projection.name} of {subject}"
            rebuilt[projection.name, subject] = state
    return rebuilt
