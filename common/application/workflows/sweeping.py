"""What the sweep does for workflows, every second: ends what took too long, wakes what waited for a time.

It changes rows only, by one statement each; workers then decide what follows (signals.py).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.utils import timezone

from common.application.workflows.control import cancel_run
from common.application.workflows.opened import OpenRun, change_run
from common.application.workflows.stored import NO_CLAIM, STATE, STEP_TASK
from common.domain.errors import Conflict
from common.infrastructure.work.waking import wake_on_commit
from common.models import StepRun, WorkflowRun

LIMIT = 1000
GRACE_SECONDS = 1.0  # for a capability that keeps its deadline itself, and can say more of it
RARELY_SECONDS = 30.0

SIGNAL, RUN = StepRun.Signal, WorkflowRun.State

log = structlog.get_logger(__name__)
_rarely_at = 0.0


def sweep_workflows() -> None:
    now = timezone.now()
    end_suspensions(now)
    end_overlong_attempts(now)
    global _rarely_at  # how often is a matter of this process alone
    if time.monotonic() - _rarely_at > RARELY_SECONDS:
        _rarely_at = time.monotonic()
        cancel_orphans()
        advance_stuck_runs(now)


def end_suspensions(now: datetime) -> int:
    """Steps whose time has come: that is what they waited for, or what they waited for did not come."""
    signal = Case(When(waits_for="time", then=Value(SIGNAL.TIME)), default=Value(SIGNAL.EXPIRED))
    rows = StepRun.objects.filter(state=STATE.SUSPENDED, wait_until__lte=now)
    return _signal(rows, signal, now, wait_until=None)


def end_overlong_attempts(now: datetime) -> int:
    rows = StepRun.objects.filter(state=STATE.RUNNING, deadline_at__lt=now - timedelta(seconds=GRACE_SECONDS))
    return _signal(rows, Value(SIGNAL.TIMEOUT), now, **NO_CLAIM)


def _signal(rows: QuerySet[StepRun], signal: Case | Value, now: datetime, **values: object) -> int:
    if not rows.order_by().exists():
        return 0
    with transaction.atomic():
        # A row that is locked is being changed at this moment; the next round sees what became of it.
        found = list(rows.order_by().select_for_update(skip_locked=True).values_list("pk", "queue")[:LIMIT])
        StepRun.objects.filter(pk__in=[pk for pk, _ in found]).update(
            state=STATE.WAITING, signal=signal, due_at=now, order_at=now, **values
        )
        for queue in {queue for _, queue in found}:
            wake_on_commit(STEP_TASK, queue)
    return len(found)


def cancel_orphans() -> None:
    """Runs within a step that has ended: whoever should have cancelled them died before that."""
    orphans = WorkflowRun.objects.filter(parent__state__in=StepRun.FINAL).exclude(state__in=WorkflowRun.FINAL)
    for run_id in orphans.order_by("id").values_list("pk", flat=True)[:LIMIT]:
        try:
            cancel_run(run_id, actor="hub")
        except Conflict:
            continue  # it has just ended


def advance_stuck_runs(now: datetime) -> None:
    """Runs that wait for nothing. There should be none; one that lost its way is worth a line in the log."""
    under_way = StepRun.objects.filter(
        run=OuterRef("pk"), state__in=[STATE.WAITING, STATE.RUNNING, STATE.HELD, STATE.SUSPENDED]
    )
    stuck = WorkflowRun.objects.filter(
        ~Exists(under_way), state__in=[RUN.RUNNING, RUN.COMPENSATING], created_at__lt=now - timedelta(minutes=1)
    )
    for run_id in stuck.order_by("id").values_list("pk", flat=True)[:LIMIT]:
        log.warning("a run had lost its way; it goes on", run=run_id)
        change_run(run_id, OpenRun.advance)
