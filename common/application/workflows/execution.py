"""Do the steps: what a worker does that took one up.

An attempt begins with the event workflow.step_started, calls the capability outside of any transaction, and ends in
one transaction that writes its end, decides what follows and publishes. That end is written only where the claim is
still this worker's: what comes too late (the run was cancelled, the time was up, another worker took over) changes
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DataError, Error, connection, transaction
from django.utils import timezone

from common.application import services
from common.application.events.publishing import publish
from common.application.modules.capabilities import CapabilityUnavailable, call_capability
from common.application.work.stopping import StopSign
from common.application.work.turns import WorkKind
from common.application.workflows.attempts import begun, started, timeout_seconds
from common.application.workflows.endings import Ended, end_step
from common.application.workflows.opened import Taker, cause_of
from common.application.workflows.signals import ended_by_signal
from common.application.workflows.stored import SOURCE, STATE, STEP_TASK, workflow_of
from common.application.workflows.sub_workflows import start_child
from common.domain.errors import HubError, Invalid
from common.domain.modules import Call, CapabilityFailed
from common.domain.workflows.definition import Step
from common.domain.workflows.storable import problem_of
from common.infrastructure.work.claims import Batch, release
from common.infrastructure.work.leases import holding
from common.models import StepRun, WorkflowRun

MAX_CRASHES = 5
MAX_OUTPUT_BYTES = 1024 * 1024
GO_ON_SECONDS = 0.5  # then others get their turn at the queue
PERSIST_SECONDS = 20.0  # for a database that is away when a step has its result
PAUSE_SECONDS = 0.5

log = structlog.get_logger(__name__)


def perform(batch: Batch) -> None:
    """Do the steps of a batch, and for a while those that become ready by it: the worker is awake and at it."""
    ends_at = time.monotonic() + GO_ON_SECONDS
    for row in batch.rows:
        taker = Taker(row.queue)
        _perform(row, batch.claim, taker)
        while taker.taken is not None:
            taker = _go_on(taker, last=time.monotonic() > ends_at or services.stopping.is_set())


STEP_WORK = WorkKind(StepRun, STEP_TASK, perform, largest_batch=1)


def _perform(row: StepRun, claim: UUID, taker: Taker) -> None:
    if row.signal:
        _end(row, claim, ended_by_signal(row), taker)
        return
    if row.crashes >= MAX_CRASHES:
        died = f"{row.crashes} workers died while they did it"
        _end(row, claim, Ended(STATE.FAILED, error=died, retryable=False), taker)
        return
    run = WorkflowRun.objects.defer("definition", "output", "summary", "input").get(pk=row.run_id)
    step = workflow_of(run).by_id[row.step]
    if step.workflow and not row.compensates:
        start_child(row, claim, run, step)
    elif _begin(row, claim, run, step):
        _Attempt(row, claim, run, step).make(taker)


def _begin(row: StepRun, claim: UUID, run: WorkflowRun, step: Step) -> bool:
    """Tell that it begins; False where the step is not ours any longer."""
    with transaction.atomic():
        mine = StepRun.objects.filter(pk=row.pk, claim=claim, state=STATE.RUNNING)
        if not mine.update(**begun(row, step, timezone.now())):
            return False
        about = {"correlation_id": run.correlation_id, "causation_id": run.causation_id}
        publish(started(run, row), source=SOURCE, actor=run.actor, **about)
    return True


def _go_on(taker: Taker, *, last: bool) -> Taker:
    """Do a step that was taken with the end of another; it has begun already."""
    row, run = taker.taken, taker.run
    assert row is not None
    assert run is not None
    following = Taker(row.queue)
    with holding(StepRun, taker.claim):
        step = workflow_of(run).by_id[row.step]
        _Attempt(row, taker.claim, run, step).make(None if last else following)
    return following


def _end(row: StepRun, claim: UUID, ended: Ended, taker: Taker | None) -> None:
    _persist(lambda: end_step(row, claim, ended, taker))


@dataclass(frozen=True, slots=True)
class _Attempt:
    row: StepRun
    claim: UUID
    run: WorkflowRun
    step: Step

    def make(self, taker: Taker | None) -> None:
        ended = self.call()
        if ended is not None:
            _end(self.row, self.claim, ended, taker)

    def call(self) -> Ended | None:
        """Call the capability; None where the process ends and another shall do it again."""
        call = Call(
            actor=self.run.actor,
            correlation_id=self.run.correlation_id,
            causation_id=cause_of(self.row),
            idempotency_key=cause_of(self.row),
            deadline=timezone.now() + timedelta(seconds=timeout_seconds(self.row, self.step)),
            should_stop=StopSign(self._is_lost),
        )
        try:
            return _checked(call_capability(self.row.capability, self.row.input or {}, call))
        except CapabilityUnavailable as error:
            if self.step.if_missing == "skip" and not self.row.compensates:
                return Ended(STATE.SKIPPED, error=str(error))
            return Ended(STATE.FAILED, error=str(error))
        except Invalid as error:
            return Ended(STATE.FAILED, error=_told(error), retryable=False)
        except HubError as error:
            return Ended(STATE.FAILED, error=str(error))
        except CapabilityFailed as error:
            if services.stopping.is_set():
                self._give_back()
                return None
            return Ended(STATE.FAILED, error=str(error), retryable=error.retryable)
        except Exception as error:  # noqa: BLE001 # a defect of the module, which fails the step and no more
            if services.stopping.is_set():
                self._give_back()
                return None
            told = f"{self.row.capability} failed unexpectedly: {type(error).__name__}: {error}"
            return Ended(STATE.FAILED, error=told)  # the call has logged it

    def _is_lost(self) -> bool:
        """Whether the claim is gone: the step was cancelled, or its time is up."""
        return not StepRun.objects.filter(pk=self.row.pk, claim=self.claim, state=STATE.RUNNING).exists()

    def _give_back(self) -> None:
        """The hub stops, and the step was told to: it is done anew at the next start, as if not begun."""
        release(StepRun, self.claim, pks=[self.row.pk])


def _checked(output: dict[str, Any]) -> Ended:
    if problem := problem_of(output, limit=MAX_OUTPUT_BYTES):
        text = f"its output cannot be kept: {problem}; store it elsewhere and return where"
        return Ended(STATE.FAILED, error=text, retryable=False)
    return Ended(STATE.SUCCEEDED, output=output)


def _told(error: Invalid) -> str:
    more = "; ".join(f"{detail['field']}: {detail['message']}" for detail in error.details[1:5])
    return f"{error}; {more}" if more else str(error)


def _persist(write: Callable[[], object]) -> None:
    """Write the end of a step, and again for a while where the database is away: doing it anew would cost more."""
    ends_at = time.monotonic() + PERSIST_SECONDS
    while True:
        try:
            write()
        except DataError:
            raise
        except Error as error:
            if time.monotonic() > ends_at or connection.in_atomic_block or services.stopping.is_set():
                raise
            log.warning("the end of a step cannot be written; trying on", reason=str(error))
            connection.close()
            time.sleep(PAUSE_SECONDS)
        else:
            return
