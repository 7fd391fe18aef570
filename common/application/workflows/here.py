"""Execute a run in this process, in this thread or beside it: for commands and tests, where no worker may run."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from django.db import connections
from django.utils import timezone

from common.application import services
from common.application.events import distribution
from common.application.workflows.execution import STEP_WORK
from common.application.workflows.stored import runs_within
from common.application.workflows.sweeping import end_overlong_attempts, end_suspensions
from common.domain.errors import Unknown
from common.infrastructure.work.claims import claim, return_expired
from common.infrastructure.work.leases import holding
from common.models import StepRun, WorkflowRun

PAUSE_SECONDS = 0.02
STOP_SECONDS = 10.0
QUEUES = ("low", "discovery", "polling")  # which serve all others between them


def run_here(run_id: int, *, timeout_seconds: float | None = None) -> WorkflowRun:
    """Do the run's steps, and those of the runs within it, until it has ended; other workers may help.

    Raises Unknown, and TimeoutError once `timeout_seconds` have passed; the run goes on then wherever a worker takes
    it up.
    """
    ends_at = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    while (run := _read(run_id)).state not in WorkflowRun.FINAL:
        if ends_at is not None and time.monotonic() > ends_at:
            raise TimeoutError(f"Run {run_id} has not ended after {timeout_seconds} seconds; it is {run.state}.")
        if services.stopping.is_set():
            break
        if not _take_one(run_id):
            _look_around()
    return _read(run_id)


class ExecutionHere:
    """Carries the run out in a thread, while the main thread follows it, for as long as the `with` block runs.

    Leaving it early gives the steps back to whoever goes on with the run.
    """

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._thread = threading.Thread(target=self._execute, name=f"run {run_id}", daemon=True)
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            services.stopping.set()
        self._thread.join(STOP_SECONDS)

    def has_failed(self) -> bool:
        return self.error is not None

    def _execute(self) -> None:
        try:
            run_here(self._run_id)
        except Exception as error:  # noqa: BLE001 # the main thread tells of it
            self.error = error
        finally:
            connections.close_all()


def _read(run_id: int) -> WorkflowRun:
    run = WorkflowRun.objects.filter(pk=run_id).first()
    if run is None:
        raise Unknown(f"There is no run {run_id}.", code="unknown_run")
    return run


def _take_one(run_id: int) -> bool:
    for queue in QUEUES:
        for each in (run_id, *runs_within(run_id, under_way=True)):
            if (batch := claim(StepRun, queue, limit=1, run_id=each)) is not None:
                with holding(StepRun, batch.claim):
                    STEP_WORK.perform(batch)
                return True
    return False


def _look_around() -> None:
    """What the sweep and the distributor do elsewhere; here there may be neither."""
    now = timezone.now()
    woken = end_suspensions(now) + end_overlong_attempts(now) + return_expired(StepRun)
    if not woken:
        distribution.distribute()
        time.sleep(PAUSE_SECONDS)
