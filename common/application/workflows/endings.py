"""How an attempt at a step ended, and what is made of it: the end of the step, or another attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DataError
from django.db.models import F

from common.application.workflows.opened import OpenRun, Taker, cause_of, change_run
from common.application.workflows.stored import NO_CLAIM, STATE
from common.domain.hub_events import workflows as events
from common.domain.workflows.definition import Retry, Step
from common.infrastructure.work.claims import order_at
from common.models import StepRun, WorkflowRun

JITTER = 0.25  # delays differ by so much to either side, so that what failed together does not come back together
MAX_ERROR = 4000


@dataclass(frozen=True, slots=True)
class Ended:
    state: str  # succeeded, failed or skipped
    output: Any = None
    error: str = ""
    retryable: bool = True
    refused_approval: bool = False  # nobody answered


def end_step(row: StepRun, claim: UUID, ended: Ended, taker: Taker | None = None) -> bool:
    """Write the end of the attempt that holds `claim` and let the run go on; False where the claim is gone.

    `taker` gets a step that becomes ready by it, if there is one.
    """
    try:
        return _end(row, claim, ended, taker)
    except DataError as error:
        # Text that PostgreSQL cannot keep (a NUL character), numbers that JSON does not know.
        text = f"its output cannot be stored: {str(error).splitlines()[0]}"
        return _end(row, claim, Ended(STATE.FAILED, error=text, retryable=False), taker)


def _end(row: StepRun, claim: UUID, ended: Ended, taker: Taker | None) -> bool:
    def end(opened: OpenRun) -> bool:
        step = opened.workflow.by_id[row.step]
        if ended.state == STATE.FAILED and ended.retryable and row.failures + 1 < _retry_of(step, row).attempts:
            return _try_again(opened, row, claim, ended, _retry_of(step, row))
        values = {"state": ended.state, "output": ended.output, "error": ended.error[:MAX_ERROR]}
        if ended.state == STATE.FAILED:
            values["failures"] = row.failures + 1
        if not _put(row, claim, {**values, "waits_for": "", "signal": "", "finished_at": opened.now}):
            return False
        _tell_end(opened, row, ended)
        opened.advance()
        return True

    return change_run(row.run_id, end, cause=cause_of(row), taker=taker)


def _retry_of(step: Step, row: StepRun) -> Retry:
    return step.compensate.retry if row.compensates and step.compensate else step.retry


def _try_again(opened: OpenRun, row: StepRun, claim: UUID, ended: Ended, retry: Retry) -> bool:
    failures = row.failures + 1
    seconds = retry.delay_after(failures) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 # spreads load, guards nothing
    due_at = opened.now + timedelta(seconds=seconds)
    paused = opened.row.state == WorkflowRun.State.PAUSED
    values = {
        "state": STATE.HELD if paused else STATE.WAITING,
        "due_at": due_at,
        "order_at": order_at(due_at, row.priority),  # type: ignore[arg-type] # only priorities are stored
        "failures": failures,
        "error": ended.error[:MAX_ERROR],
        "waits_for": "",
        "signal": "",
    }
    if not _put(row, claim, values):
        return False
    opened.tell(
        events.StepRetrying(
            **about(opened, row), error=ended.error[:MAX_ERROR], failures=failures, in_seconds=round(seconds, 3)
        )
    )
    opened.advance()  # a run that is being wound up does not wait for it
    return True


def _put(row: StepRun, claim: UUID, values: dict[str, Any]) -> bool:
    mine = StepRun.objects.filter(pk=row.pk, claim=claim, state=STATE.RUNNING)
    if row.signal:  # taken up to write its end, which is no attempt
        values = {**values, "attempts": F("attempts") - 1}
    return bool(mine.update(**values, **NO_CLAIM, wait_until=None))


def _tell_end(opened: OpenRun, row: StepRun, ended: Ended) -> None:
    named = about(opened, row)
    if ended.refused_approval:
        opened.tell(events.ApprovalRefused(**named, by="", note=ended.error))
    if ended.state == STATE.SUCCEEDED:
        opened.tell(events.StepSucceeded(**named))
    elif ended.state == STATE.SKIPPED:
        opened.tell(events.StepSkipped(**named, reason=ended.error))
    else:
        opened.tell(events.StepFailed(**named, error=ended.error[:MAX_ERROR]))


def about(opened: OpenRun, row: StepRun) -> dict[str, Any]:
    item = None if row.item < 0 else row.item
    return {**opened.about(), "step": row.step, "item": item, "compensates": row.compensates}
