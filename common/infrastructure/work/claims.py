"""Durable work: rows that workers claim, each by one worker at a time, in order, and again when a worker died.

The row is the work, a Celery task only says "look". Claiming is one statement: `waiting` becomes `running` under a
claim (a random token) and a lease. Whoever holds the claim renews the lease while it works, and writes the end only
where the claim is still its own (see leases.py); an expired lease puts the row back to `waiting` (return_expired).

Order: earliest `order_at` first, which is the time of sending plus a handicap by priority. So a critical row passes a
low one that was sent up to HANDICAP_SECONDS["low"] before it, and no later one: low never starves. A worker of the
queue `low` takes rows of every priority, best first; one of `critical` takes only critical ones, so that a worker
kept for them is never busy with less.

A row whose worker died may be what killed it. From then on it is claimed alone, so that the others of its batch pay
for it once, and after a second death only some time later, so that neither it nor they meet again by the clock.
"""

from __future__ import annotations

import random
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
RETURN_LIMIT = 500
CRASH_PAUSE_SECONDS = (5.0, 600.0)  # after the second crash, and at most

log = structlog.get_logger(__name__)


def order_at(due_at: datetime, priority: Priority) -> datetime:
    return due_at + timedelta(seconds=HANDICAP_SECONDS[priority])


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one claim; `claim` must stand in every later change of them."""

    claim: UUID
    rows: Sequence[Any]


# The best due rows that have seen no crash, or the one that has, where it is the best of all.
_CLAIM = """
    WITH best AS (
        SELECT {pk} AS pk, crashes FROM {table}
        WHERE state = '{waiting}' AND queue IN ({queues}) AND due_at <= %s{only}
        ORDER BY order_at, {pk} LIMIT %s{lock}
    ), first AS (
        SELECT pk, crashes FROM best LIMIT 1
    ), chosen AS (
        SELECT best.pk FROM best, first WHERE best.pk = first.pk OR (best.crashes = 0 AND first.crashes = 0)
    )
    UPDATE {table} SET state = '{running}', claim = %s, lease_until = %s, attempts = attempts + 1
    WHERE {pk} {in_chosen}
    RETURNING *
"""


# For this statement's own transaction. The order must come from the index: what PostgreSQL believes of a table that
# fills and empties in seconds is always old, and it would rather sort everything that waits. And a claim need not
# reach the disk: whoever dies with the server loses it, as it should be.
_PLAN = (
    "SET LOCAL enable_sort TO off; SET LOCAL enable_bitmapscan TO off; SET LOCAL jit TO off;"
    " SET LOCAL synchronous_commit TO off;"
)


def claim(model: type[Work], queue: str, *, limit: int, **only: Any) -> Batch | None:
    """Take up to `limit` due rows that `queue` serves; None where there are none. `only` narrows the choice (a=b)."""
    now = timezone.now()
    if connection.vendor == "sqlite" and not is_due(model, queue, **only):
        return None  # a look costs readers nothing; the statement below would take the one write lock
    token = uuid4()
    values = {"claim": token, "lease_until": now + timedelta(seconds=LEASE_SECONDS), "due_at": now, **only}
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in values}
    stored = {name: field.get_db_prep_value(values[name], connection) for name, field in fields.items()}
    queues, quote = SERVES[queue], connection.ops.quote_name
    on_postgresql = connection.vendor == "postgresql"
    statement = _CLAIM.format(
        table=quote(model._meta.db_table),
        pk=quote(_primary_key(model)),
        waiting=WAITING,
        running=RUNNING,
        queues=", ".join(["%s"] * len(queues)),
        only="".join(f" AND {quote(fields[name].column)} = %s" for name in only),
        lock=" FOR UPDATE SKIP LOCKED" if on_postgresql else "",
        # As an array, so that PostgreSQL looks the rows up by their key whatever it believes of the table.
        in_chosen="= ANY (ARRAY(SELECT pk FROM chosen))" if on_postgresql else "IN (SELECT pk FROM chosen)",
    )
    if on_postgresql and not connection.in_atomic_block:
        statement = _PLAN + statement
    conditions = [*queues, stored["due_at"], *(stored[name] for name in only), limit]
    changes = [stored["claim"], stored["lease_until"]]
    rows = list(model._default_manager.raw(statement, [*conditions, *changes]))
    rows.sort(key=lambda row: (row.order_at, row.pk))  # RETURNING has no order of its own
    return Batch(token, rows) if rows else None


def is_due(model: type[Work], queue: str, **only: Any) -> bool:
    """Whether there is something to claim."""
    waiting = model._default_manager.filter(state=WAITING, queue__in=SERVES[queue], due_at__lte=timezone.now())
    return waiting.filter(**only).order_by().exists()


def _primary_key(model: type[Work]) -> str:
    field = model._meta.pk
    assert field is not None
    assert field.column is not None
    return field.column


def release(model: type[Work], claim: UUID, *, pks: Sequence[Any]) -> int:
    """Put rows back that were claimed and not begun: this attempt does not count."""
    return model._default_manager.filter(pk__in=pks, claim=claim, state=RUNNING).update(
        state=WAITING, attempts=F("attempts") - 1, **model.NO_CLAIM
    )


def return_expired(model: type[Work]) -> int:
    """Put back what dead workers held."""
    now = timezone.now()
    expired = model._default_manager.filter(state=RUNNING, lease_until__lt=now).order_by()
    if not expired.exists():
        return 0
    with transaction.atomic():
        # A locked row is being written: its worker lives, or has just come to the end.
        found = dict(expired.select_for_update(skip_locked=True).values_list("pk", "crashes")[:RETURN_LIMIT])
        back = {"state": WAITING, "crashes": F("crashes") + 1, **model.NO_CLAIM}
        first = [pk for pk, crashes in found.items() if crashes == 0]
        model._default_manager.filter(pk__in=first).update(**back)
        for pk in found.keys() - set(first):
            pause = crash_pause_seconds(found[pk] + 1)
            model._default_manager.filter(pk=pk).update(**back, due_at=now + timedelta(seconds=pause))
    log.warning("work of a dead worker is taken up again", table=model._meta.db_table, rows=len(found))
    return len(found)


def crash_pause_seconds(crashes: int) -> float:
    """How long a row rests that has seen so many crashes: a random part of a span that doubles."""
    first, longest = CRASH_PAUSE_SECONDS
    return random.uniform(0, min(longest, first * 2 ** (crashes - 2)))  # noqa: S311 # spreads load, guards nothing


def due_queues(model: type[Work]) -> list[str]:
    """The queues that have due rows."""
    return list(
        model._default_manager.filter(state=WAITING, due_at__lte=timezone.now())
        .order_by()
        .values_list("queue", flat=True)
        .distinct()
    )
