"""Let go of what nobody asks for any more, in small batches, so that no lock is held and no table locked for long.

How long things are kept are settings (docs/settings.md); events have a policy of their own (retention.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from common.application.clients import drop_expired_answers
from common.domain.modules import Call
from common.infrastructure.workers.worker_records import forget_dead_workers
from common.models import (
    HealingAction,
    IdempotentRequest,
    Message,
    ServiceChange,
    ServiceHour,
    ServiceProposal,
    TaskRecord,
    WorkflowRun,
)

BATCH_SIZE = 500
LIMIT = 1_000_000  # rows of one kind in one go, enough for 3,000 messages a second; the rest has its turn at the next
KEEP_REQUESTS = timedelta(hours=24)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """`expired` selects what ended before the moment that it is given."""

    name: str
    expired: Callable[[datetime], QuerySet[Any]]
    keep: Callable[[], timedelta]


def _days(setting: str) -> Callable[[], timedelta]:
    return lambda: timedelta(days=getattr(settings, setting))


def _messages(*states: str) -> Callable[[datetime], QuerySet[Any]]:
    return lambda before: Message.objects.filter(state__in=states, finished_at__lt=before).order_by("finished_at")


def _runs(before: datetime) -> QuerySet[Any]:
    """A child goes with its parent, whose steps refer to it."""
    ended = WorkflowRun.objects.filter(state__in=WorkflowRun.FINAL, finished_at__lt=before)
    return ended.filter(parent__isnull=True).order_by("pk")


POLICIES = (
    Policy("messages", _messages("delivered", "expired"), _days("NMS_KEEP_MESSAGES_DAYS")),
    Policy("dead_letters", _messages("dead"), _days("NMS_KEEP_DEAD_LETTERS_DAYS")),
    Policy("runs", _runs, _days("NMS_KEEP_RUNS_DAYS")),
    Policy("tasks", lambda before: TaskRecord.objects.filter(finished_at__lt=before), _days("NMS_KEEP_TASKS_DAYS")),
    Policy(
        "service_changes",
        lambda before: ServiceChange.objects.filter(at__lt=before).order_by("at"),
        _days("NMS_KEEP_SERVICE_HISTORY_DAYS"),
    ),
    Policy(
        "service_hours",
        lambda before: ServiceHour.objects.filter(hour__lt=before).order_by("hour"),
        _days("NMS_KEEP_SERVICE_HISTORY_DAYS"),
    ),
    Policy(
        "healing_actions",
        lambda before: HealingAction.objects.filter(at__lt=before).order_by("at"),
        _days("NMS_KEEP_SERVICE_HISTORY_DAYS"),
    ),
    Policy(
        "service_proposals",  # what was dismissed stays, so that it is not proposed again
        lambda before: ServiceProposal.objects.filter(state="proposed", seen_at__lt=before).order_by("seen_at"),
        _days("NMS_KEEP_SERVICE_HISTORY_DAYS"),
    ),
    Policy(
        "idempotent_requests",
        lambda before: IdempotentRequest.objects.filter(created_at__lt=before),
        lambda: KEEP_REQUESTS,
    ),
    Policy("sessions", lambda before: Session.objects.filter(expire_date__lt=before), lambda: timedelta(0)),
)


def clean_up(call: Call, *, limit: int = LIMIT) -> dict[str, int]:
    """Delete what is older than its policy says; return how many of each kind went.

    At most `limit` rows of each kind, oldest first. What refers to a row (steps of a run) goes with it, uncounted.
    """
    removed = {policy.name: _remove(policy, limit, call) for policy in POLICIES}
    removed["workers"] = forget_dead_workers()
    removed["cached_answers"] = drop_expired_answers()
    if any(removed.values()):
        log.info("cleaned up", **removed)
    return removed


def _remove(policy: Policy, limit: int, call: Call) -> int:
    before = timezone.now() - policy.keep()
    removed = 0
    while removed < limit and not call.should_stop():
        pks = list(policy.expired(before).values_list("pk", flat=True)[: min(BATCH_SIZE, limit - removed)])
        if not pks:
            break
        policy.expired(before).filter(pk__in=pks).order_by().delete()  # asked again: a dead letter may be replayed now
        removed += len(pks)
    return removed
