"""What people say to steps that ask for approval. What was shown to them is what runs: the stored input."""

from __future__ import annotations

from typing import Any

from common.application.workflows.opened import OpenRun, change_run
from common.application.workflows.stored import STATE, STEP_TASK
from common.domain.errors import Conflict, Unknown
from common.domain.hub_events.workflows import ApprovalGiven, ApprovalRefused, StepFailed, StepSucceeded
from common.domain.times import zulu
from common.domain.workflows.situation import Key
from common.infrastructure.work.claims import order_at
from common.infrastructure.work.waking import wake_on_commit
from common.models import StepRun, WorkflowRun


def approve(step_pk: int, *, actor: str, note: str = "") -> None:
    """Let the step run with the input that was shown, or end it where it asks for approval alone.

    Whether `actor` has the role in `wait["role"]` the caller has checked. Raises Unknown, and Conflict where nobody
    is asked any longer.
    """

    def decide(opened: OpenRun) -> None:
        step = _asked(step_pk)
        opened.tell(ApprovalGiven(**_about(opened, step), by=actor, note=note))
        answer = {"by": actor, "note": note, "at": zulu(opened.now)}
        values: dict[str, Any] = {"waits_for": "", "wait_until": None, "approved_by": actor}
        values["wait"] = {**step.wait, "answer": {"approved": True, **answer}}
        if opened.workflow.by_id[step.step].kind == "approval":
            values |= {"state": STATE.SUCCEEDED, "output": {"approved": True, **answer}, "finished_at": opened.now}
            opened.tell(StepSucceeded(**_about(opened, step)))
        else:
            paused = opened.row.state == WorkflowRun.State.PAUSED
            values |= {"state": STATE.HELD if paused else STATE.WAITING, "due_at": opened.now}
            values["order_at"] = order_at(opened.now, step.priority)  # type: ignore[arg-type] # only priorities are stored
            wake_on_commit(STEP_TASK, step.queue)
        _answer(step, values)
        opened.advance()

    change_run(_run_of(step_pk), decide, actor=actor)


def reject(step_pk: int, *, actor: str, note: str = "") -> None:
    """Fail the step. Raises Unknown, and Conflict where nobody is asked any longer."""

    def decide(opened: OpenRun) -> None:
        step = _asked(step_pk)
        error = f"rejected by {actor}" + (f": {note}" if note else "")
        answer = {"approved": False, "by": actor, "note": note, "at": zulu(opened.now)}
        values = {"state": STATE.FAILED, "error": error, "finished_at": opened.now, "waits_for": "", "wait_until": None}
        _answer(step, {**values, "wait": {**step.wait, "answer": answer}})
        opened.tell(ApprovalRefused(**_about(opened, step), by=actor, note=note))
        opened.tell(StepFailed(**_about(opened, step), error=error))
        opened.advance()

    change_run(_run_of(step_pk), decide, actor=actor)


def _run_of(step_pk: int) -> int:
    run_id = StepRun.objects.filter(pk=step_pk).values_list("run_id", flat=True).first()
    if run_id is None:
        raise Unknown(f"There is no step {step_pk}.", code="unknown_step")
    return run_id


def _asked(step_pk: int) -> StepRun:
    step = StepRun.objects.get(pk=step_pk)
    if step.state != STATE.SUSPENDED or step.waits_for != StepRun.WaitsFor.APPROVAL:
        text = f"Step {step.step} of run {step.run_id} does not ask for approval (any longer): it is {step.state}."
        raise Conflict(text, code="approval_closed")
    return step


def _answer(step: StepRun, values: dict[str, Any]) -> None:
    asked = StepRun.objects.filter(pk=step.pk, state=STATE.SUSPENDED, waits_for=StepRun.WaitsFor.APPROVAL)
    if not asked.update(**values):  # the sweep let it expire in this moment
        raise Conflict(f"Step {step.step} of run {step.run_id} no longer asks for approval.", code="approval_closed")


def _about(opened: OpenRun, step: StepRun) -> dict[str, Any]:
    key = Key(step.step, step.item, step.compensates)
    return {**opened.about(), "step": key.step, "item": None, "compensates": key.compensates}
