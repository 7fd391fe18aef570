"""Let old events go, by the policy of NMS_EVENT_RETENTION, and keep what they added up to.

Batch after batch, each in one transaction: every projection keeps a snapshot of the subjects that lose events, the
events go, and the horizon moves (whoever resumes from before it is told of a gap). An event that a consumer has not
had yet stays, however old.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime
from time import monotonic

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from common.application import services
from common.application.events import distribution
from common.application.events.projections import projections
from common.domain.projections import Projection, replay
from common.domain.retention import RetentionPolicy
from common.infrastructure.events import event_history, event_store
from common.infrastructure.events.event_history import Snapshot
from common.infrastructure.exclusive import exclusively
from common.models import EventCounter, EventCursor, StoredEvent

BATCH_SIZE = 2000
ROUND_SECONDS = 600.0

log = structlog.get_logger(__name__)


def retain_events(policy: RetentionPolicy | None = None) -> int:
    """Do one round; return how many events went. Another process that is at it has all the work: 0 then."""
    with exclusively("retention") as alone:
        if not alone:
            return 0
        distribution.make_cursors()
        for projection in projections():
            _settle(projection)
        deleted = _round(policy or settings.NMS_EVENT_RETENTION)
    if deleted:
        log.info("old events deleted", events=deleted, horizon=event_history.horizon())
    return deleted


def _round(policy: RetentionPolicy) -> int:
    deleted, ends_at, passed = 0, monotonic() + ROUND_SECONDS, _passed_by_all()
    for event_type in list(_stored_types()):
        age = policy.age_of(event_type)
        if age is None:
            continue
        until = min(passed, event_history.position_at(timezone.now() - age))
        while (count := _delete_batch(event_type, until)) and not services.stopping.is_set():
            deleted += count
            if monotonic() > ends_at:
                return deleted
    return deleted


def _passed_by_all() -> int:
    """Every consumer has had the events up to here."""
    cursors = EventCursor.objects.filter(name__in=distribution.consumer_names())
    slowest = cursors.aggregate(position=Min("position"))["position"]
    return event_store.last_position() if slowest is None else int(slowest)


def _stored_types() -> Iterable[str]:
    """Every type in the store, each by one look into the index (DISTINCT would read all of it)."""
    last = ""
    while True:
        found = StoredEvent.objects.filter(type__gt=last).aggregate(type=Min("type"))["type"]
        if found is None:
            return
        yield found
        last = found


def _delete_batch(event_type: str, until: int) -> int:
    with transaction.atomic():
        old = StoredEvent.objects.filter(type=event_type, position__lte=until).order_by("position")
        batch = list(old.values_list("position", "subject")[:BATCH_SIZE])
        if not batch:
            return 0
        last = batch[-1][0]
        ends = {subject: position for position, subject in batch}  # the last of each, since they are in order
        for projection in projections():
            if projection.takes(event_type):
                _keep(projection, event_type, {name: end for name, end in ends.items() if projection.is_about(name)})
        StoredEvent.objects.filter(type=event_type, position__lte=last).delete()
        EventCounter.objects.filter(pk=1, horizon__lt=last).update(horizon=last)  # last: publishers wait for this row
    return len(batch)


def _keep(projection: Projection, event_type: str, ends: dict[str, int]) -> None:
    """A snapshot of each subject after the newest of its events that goes."""
    snapshots = event_history.snapshots_of(projection.name, ends)
    start = event_history.beginning(projection.name) or 0
    kept, gone = [], []
    for subject, end in ends.items():
        before = snapshots.get(subject) or Snapshot(subject, start, timezone.now(), projection.initial)
        after = before if before.position >= end else _snapshot(projection, before, end)
        if not _has_others(subject, event_type, end) and projection.current(subject) is None:
            gone.append(subject)  # it does not exist any more, and nothing else will be left that tells of it
        elif after is not before:
            kept.append(after)
    event_history.replace_snapshots(projection.name, kept, forget=gone)


def _snapshot(projection: Projection, before: Snapshot, end: int) -> Snapshot:
    events = event_history.events_of(before.subject, after=before.position, until=end)
    return Snapshot(before.subject, end, events[-1].time, replay(projection, deepcopy(before.state), events))


def _has_others(subject: str, event_type: str, until: int) -> bool:
    """Whether the subject has events besides those of the type up to `until`."""
    return StoredEvent.objects.filter(subject=subject).exclude(type=event_type, position__lte=until).exists()


def _settle(projection: Projection) -> None:
    """A projection that is younger than the horizon begins with the present state of every subject.

    The counter's lock makes that exact: no transaction that publishes can commit meanwhile, so what the tables say is
    what the events up to its position tell.
    """
    if event_history.beginning(projection.name) is not None:
        return
    with transaction.atomic():
        counter = EventCounter.objects.select_for_update().filter(pk=1).first()
        position = counter.position if counter and counter.horizon else 0
        if position:
            event_history.replace_snapshots(projection.name, list(_present(projection, position, timezone.now())))
        event_history.settle_beginning(projection.name, position)


def _present(projection: Projection, position: int, time: datetime) -> Iterable[Snapshot]:
    for subject in projection.existing():
        state = projection.current(subject)
        if state is not None:
            yield Snapshot(subject, position, time, state)
