"""Read one subject's past from the store, and keep snapshots of it.

A snapshot is what is left of a subject's events once retention has deleted some of them, so there is one for each
projection and subject, at the newest event that may be gone. The row of a projection with the subject "" says from
which position on the projection knows every subject: those without a snapshot have all their events after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from common.domain.envelope import ENVELOPE_FIELDS, Envelope
from common.domain.projections import State
from common.models import EventCounter, EventSnapshot, StoredEvent

_WHOLE = ""  # stands for a projection itself in its row


@dataclass(frozen=True, slots=True)
class Snapshot:
    subject: str
    position: int
    time: datetime
    state: State


def events_of(subject: str, *, after: int, until: int) -> list[Envelope]:
    """In order."""
    rows = StoredEvent.objects.filter(subject=subject, position__gt=after, position__lte=until).order_by("position")
    return [Envelope(**row) for row in rows.values(*ENVELOPE_FIELDS)]


def position_at(time: datetime) -> int:
    """The newest position at that time; 0 where nothing that is still stored had happened."""
    rows = StoredEvent.objects.filter(time__lte=time).order_by("-time", "-position")
    return rows.values_list("position", flat=True).first() or 0


def horizon() -> int:
    """Events up to here may have been deleted."""
    return EventCounter.objects.filter(pk=1).values_list("horizon", flat=True).first() or 0


def beginning(projection: str) -> int | None:
    """The position from which on the projection knows every subject; None where that was not settled yet."""
    rows = EventSnapshot.objects.filter(projection=projection, subject=_WHOLE)
    return rows.values_list("position", flat=True).first()


def settle_beginning(projection: str, position: int) -> None:
    EventSnapshot.objects.create(
        projection=projection, subject=_WHOLE, position=position, time=timezone.now(), state={}
    )


def snapshot_of(projection: str, subject: str) -> Snapshot | None:
    return snapshots_of(projection, [subject]).get(subject)


def snapshots_of(projection: str, subjects: Iterable[str]) -> dict[str, Snapshot]:
    rows = EventSnapshot.objects.filter(projection=projection, subject__in=subjects)
    return {row.subject: Snapshot(row.subject, row.position, row.time, row.state) for row in rows}


def replace_snapshots(projection: str, snapshots: Sequence[Snapshot], *, forget: Iterable[str] = ()) -> None:
    """Keep these instead of older ones of the same subjects, and none of those to `forget`."""
    changed = [*(snapshot.subject for snapshot in snapshots), *forget]
    EventSnapshot.objects.filter(projection=projection, subject__in=changed).delete()
    EventSnapshot.objects.bulk_create(
        EventSnapshot(
            projection=projection,
            subject=snapshot.subject,
            position=snapshot.position,
            time=snapshot.time,
            state=snapshot.state,
        )
        for snapshot in snapshots
    )
