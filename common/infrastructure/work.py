"""Durable work: rows that workers claim, each by one worker at a time, in order, and again when a worker died.

The row is the work, a Celery task only says "look". Claiming is a compare-and-set: `waiting` becomes `running` under a
claim (a random token) and a lease. Whoever holds the claim renews the lease while it works, and writes the end only
where the claim is still its own (see leases.py); an expired lease puts the row back to `waiting` (return_expired).

Order: earliest `order_at` first, which is the time of sending plus a handicap by priority. So a critical row passes a
low one that was sent up to HANDICAP_SECONDS["low"] before it, and no later one: low never starves. A worker of the
queue `low` takes rows of every priority, best first; one of `critical` takes only critical ones, so that a worker
kept for them is never busy with less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from common.domain.topics import Priority
from common.models.work import RUNNING, WAITING, Work

LEASE_SECONDS = 15.0
HANDICAP_SECONDS: dict[str, float] = {"critical": 0.0, "high": 2.0, "normal": 10.0, "low": 30.0}
SERVES: dict[str, tuple[str, ...]] = {
    "critical": ("critical",),
    "high": ("critical", "high"),
    "normal": ("critical", "high", "normal"),
    "low": ("critical", "high", "normal", "low"),
    "discovery": ("discovery",),
    "polling": ("polling",),
}
QUEUES = tuple(SERVES)

log = structlog.get_logger(__name__)


def order_at(due_at: datetime, priority: Priority) -> datetime:
    return due_at + timedelta(seconds=HANDICAP_SECONDS[priority])


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one claim; `claim` must stand in every later change of them."""

    claim: UUID
    rows: Sequence[Any]


def claim(model: type[Work], queue: str, *, limit: int, **only: Any) -> Batch | None:
    """Take up to `limit` due rows that `queue` serves; None where there are none. `only` narrows the choice."""
    now = timezone.now()
    due = model._default_manager.filter(state=WAITING, queue__in=SERVES[queue], due_at__lte=now, **only)
    if connection.vendor == "sqlite" and not due.exists():
        return None  # a look costs readers nothing; the transaction below would take the one write lock
    token = uuid4()
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True).order_by("order_at", "pk")[:limit])
        if not rows:
            return None
        lease = now + timedelta(seconds=LEASE_SECONDS)
        model._default_manager.filter(pk__in=[row.pk for row in rows]).update(
            state=RUNNING, claim=token, lease_until=lease, attempts=F("attempts") + 1
        )
    for row in rows:
        row.state, row.claim, row.lease_until, row.attempts = RUNNING, token, lease, row.attempts + 1
    return Batch(token, rows)


def release(model: type[Work], claim: UUID, *, pks: Sequence[Any]) -> int:
    """Put rows back that were claimed and not begun: this attempt does not count."""
    return model._default_manager.filter(pk__in=pks, claim=claim, state=RUNNING).update(
        state=WAITING, claim=None, lease_until=None, attempts=F("attempts") - 1
    )


def return_expired(model: type[Work]) -> int:
    """Put back what dead workers held."""
    count = model._default_manager.filter(state=RUNNING, lease_until__lt=timezone.now()).update(
        state=WAITING, claim=None, lease_until=None
    )
    if count:
        log.warning("work of a dead worker is taken up again", table=model._meta.db_table, rows=count)
    return count


def due_queues(model: type[Work]) -> list[str]:
    """The queues that have due rows."""
    return list(
        model._default_manager.filter(state=WAITING, due_at__lte=timezone.now())
        .order_by()
        .values_list("queue", flat=True)
        .distinct()
    )
