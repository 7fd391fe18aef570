"""Execute a run in this process until it ends: for commands, tests, and hubs without workers."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.utils import timezone

from common.application import services
from common.application.events import distribution
from common.application.workflows.execution import STEP_WORK
from common.application.workflows.sweeping import end_overlong_attempts, end_suspensions
from common.domain.errors import Unknown
from common.infrastructure.work.claims import claim, return_expired
from common.infrastructure.work.leases import holding
from common.models import StepRun, WorkflowRun

PAUSE_SECONDS = 0.02
QUEUES = ("low", "discovery", "polling")  # which serve all others between them

Observer = Callable[[WorkflowRun], None]


def run_here(run_id: int, observer: Observer | None = None, *, timeout_seconds: float | None = None) -> WorkflowRun:
    """Do the run's steps, and those of the runs within it, until it has ended; other workers may help.

    `observer` is called after each step with the run as it stands then. Raises Unknown, and TimeoutError once
    `timeout_seconds` have passed; the run goes on then wherever a worker takes it up.
    """
    ends_at = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    while (run := _read(run_id)).state not in WorkflowRun.FINAL:
        if ends_at is not None and time.monotonic() > ends_at:
            raise TimeoutError(f"Run {run_id} has not ended after {timeout_seconds} seconds; it is {run.state}.")
        if services.stopping.is_set():
            break
        if _take_one(run_id):
            if observer:
                observer(_read(run_id))
        else:
            _look_around()
    return _read(run_id)


def _read(run_id: int) -> WorkflowRun:
    run = WorkflowRun.objects.filter(pk=run_id).first()
    if run is None:
        raise Unknown(f"There is no run {run_id}.", code="unknown_run")
    return run


def _take_one(run_id: int) -> bool:
    for queue in QUEUES:
        for each in (run_id, *_runs_within(run_id)):
            if (batch := claim(StepRun, queue, limit=1, run_id=each)) is not None:
                with holding(StepRun, batch.claim):
                    STEP_WORK.perform(batch)
                return True
    return False


def _runs_within(run_id: int) -> list[int]:
    found, parents = [], [run_id]
    while parents:
        within = WorkflowRun.objects.filter(parent__run_id__in=parents).exclude(state__in=WorkflowRun.FINAL)
        parents = list(within.order_by("id").values_list("pk", flat=True))
        found += parents
    return found


def _look_around() -> None:
    """What the sweep and the distributor do elsewhere; here there may be neither."""
    now = timezone.now()
    woken = end_suspensions(now) + end_overlong_attempts(now) + return_expired(StepRun)
    if not woken:
        distribution.distribute()
        time.sleep(PAUSE_SECONDS)
