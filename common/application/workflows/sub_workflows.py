"""Steps that are runs of another workflow."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from common.application.workflows.definitions import check_input, find_definition
from common.application.workflows.endings import Ended, end_step
from common.application.workflows.engine import start_run
from common.application.workflows.opened import OpenRun, cause_of, change_run
from common.application.workflows.retrying import reopen
from common.application.workflows.stored import NO_CLAIM, STATE
from common.domain.errors import HubError, Invalid
from common.domain.workflows.definition import Step
from common.models import StepRun, WorkflowRun

MAX_DEPTH = 10


def start_child(row: StepRun, claim: UUID, run: WorkflowRun, step: Step) -> None:
    """Suspend the step until a run of its workflow has ended.

    An earlier run of the same input that failed goes on from where it failed: what succeeded in it stays done.
    """
    try:
        with transaction.atomic():
            if _suspend(row, claim, step) and not _retry_earlier(row):
                _start(row, run, step)
    except HubError as error:  # no such workflow, an input that it does not take
        end_step(row, claim, Ended(STATE.FAILED, error=str(error), retryable=False))


def _suspend(row: StepRun, claim: UUID, step: Step) -> bool:
    now = timezone.now()
    until = None if step.timeout_seconds is None else now + timedelta(seconds=step.timeout_seconds)
    mine = StepRun.objects.filter(pk=row.pk, claim=claim, state=STATE.RUNNING)
    return bool(
        mine.update(
            state=STATE.SUSPENDED, waits_for=StepRun.WaitsFor.CHILD, wait_until=until, started_at=now, **NO_CLAIM
        )
    )


def _retry_earlier(row: StepRun) -> bool:
    earlier = row.children.only("state", "input").order_by("-id").first()
    ended = (WorkflowRun.State.FAILED, WorkflowRun.State.CANCELLED)
    if earlier is None or earlier.state not in ended or earlier.input != row.input:
        return False
    change_run(earlier.pk, _go_on)
    return True


def _go_on(opened: OpenRun) -> None:
    reopen(opened)
    opened.advance()


def _start(row: StepRun, run: WorkflowRun, step: Step) -> None:
    if run.depth + 1 > MAX_DEPTH:
        text = f"{step.workflow} would be a run within {run.depth + 1} others; at most {MAX_DEPTH} are allowed"
        raise Invalid(text, code="too_deep")
    definition = find_definition(step.workflow or "")
    check_input(definition, row.input)
    start_run(
        definition.workflow,
        definition.body,
        row.input or {},
        actor=run.actor,
        role=run.role,  # type: ignore[arg-type] # only roles are stored
        priority=row.priority,  # type: ignore[arg-type] # only priorities are stored
        correlation_id=run.correlation_id,
        causation_id=cause_of(row),
        parent=row,
        depth=run.depth + 1,
    )
