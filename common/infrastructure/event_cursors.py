"""How far each durable consumer of the event store has come: one row each, moved by one worker at a time.

Two ways to hold a cursor. `locked` keeps the row's lock for a transaction, so what is written beside the move happens
exactly once. `leased` is for consumers that write elsewhere: no transaction is open meanwhile, the lease ends by itself
if its worker dies, and then the same events are handed out again.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone

from common.models import EventCounter, EventCursor, StoredEvent

LEASE_SECONDS = 15.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 60.0


def make_missing(names: Iterable[str]) -> None:
    """A cursor for each consumer that has none, at the newest event: nobody is told what was before them."""
    missing = set(names) - set(EventCursor.objects.filter(name__in=names).values_list("name", flat=True))
    if missing:
        head = EventCounter.objects.filter(pk=1).values_list("position", flat=True).first() or 0
        rows = [EventCursor(name=name, position=head, moved_at=timezone.now()) for name in sorted(missing)]
        EventCursor.objects.bulk_create(rows, ignore_conflicts=True)


def behind(names: Iterable[str]) -> list[str]:
    """Those with events to come that are not pausing after a failure."""
    head = Subquery(EventCounter.objects.filter(pk=1).values("position")[:1])
    return list(_ready().filter(name__in=names, position__lt=head).values_list("name", flat=True))


@contextmanager
def locked(name: str) -> Iterator[EventCursor | None]:
    """A transaction with the cursor's row locked; None where another worker has it, or it pauses."""
    with transaction.atomic():
        yield _ready().select_for_update(skip_locked=True).filter(name=name).first()


@contextmanager
def leased(name: str) -> Iterator[EventCursor | None]:
    """The cursor under a lease of LEASE_SECONDS; None as above. Leave it with `move`, else it goes back unmoved."""
    token, now = uuid4(), timezone.now()
    free = _ready().filter(Q(claim=None) | Q(lease_until__lt=now), name=name)
    if not free.update(claim=token, lease_until=now + timedelta(seconds=LEASE_SECONDS)):
        yield None
        return
    try:
        yield EventCursor.objects.get(name=name)
    finally:
        EventCursor.objects.filter(name=name, claim=token).update(claim=None, lease_until=None)


def move(cursor: EventCursor, position: int) -> bool:
    """Everything up to `position` is handled; False where the lease was lost in the meantime."""
    mine = EventCursor.objects.filter(name=cursor.name, claim=cursor.claim, position=cursor.position)
    return bool(mine.update(position=position, moved_at=timezone.now(), failures=0, retry_at=None, error=""))


def record_failure(name: str, error: str) -> int:
    """Let the consumer pause, longer each time; return how often it has failed in a row."""
    with transaction.atomic():
        cursor = EventCursor.objects.select_for_update().get(name=name)
        cursor.failures += 1
        cursor.retry_at = timezone.now() + timedelta(seconds=pause_seconds(cursor.failures))
        cursor.error = error
        cursor.save(update_fields=["failures", "retry_at", "error"])
    return cursor.failures


def pause_seconds(failures: int) -> float:
    """Twice as long after each failure, up to a minute; jitter keeps installations from knocking in step."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * float(2 ** min(failures - 1, 10)))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 # spreads load, guards nothing


def newest_before(time: datetime) -> int:
    """The position of the newest event that is older than `time`; 0 where there is none."""
    older = StoredEvent.objects.filter(time__lt=time).order_by("-time")
    return older.values_list("position", flat=True).first() or 0


def _ready() -> QuerySet[EventCursor]:
    return EventCursor.objects.filter(Q(retry_at=None) | Q(retry_at__lte=timezone.now()))
