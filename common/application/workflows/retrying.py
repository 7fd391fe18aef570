"""Take a run that failed up again: what failed and what never ran is done, what succeeded keeps its result."""

from __future__ import annotations

from typing import Any

from common.application.workflows.opened import OpenRun, change_run
from common.application.workflows.stored import NO_CLAIM, STATE
from common.domain.errors import Conflict
from common.domain.hub_events.workflows import RunRetried
from common.domain.workflows.definition import Workflow
from common.models import StepRun, WorkflowRun

RUN = WorkflowRun.State
# As a row is before anything happened to it.
FRESH: dict[str, Any] = {
    "state": STATE.BLOCKED,
    "waits_for": "",
    "signal": "",
    "failures": 0,
    "crashes": 0,
    "attempts": 0,
    "wait": {},
    "wait_until": None,
    "input": None,
    "output": None,
    "error": "",
    "approved_by": "",
    "started_at": None,
    "finished_at": None,
    **NO_CLAIM,
}


def retry_run(run_id: int, *, actor: str) -> None:
    """Raises Unknown, and Conflict for a run that neither failed nor was cancelled, or that belongs to another run."""

    def retry(opened: OpenRun) -> None:
        if opened.row.state not in (RUN.FAILED, RUN.CANCELLED):
            text = f"Run {run_id} is {opened.row.state}; only one that failed or was cancelled can be retried."
            raise Conflict(text, code=f"run_{opened.row.state}")
        _refuse_orphan(opened.row)
        again = reopen(opened)
        opened.tell(RunRetried(**opened.about(), by=actor, steps=tuple(again)))
        opened.advance()

    change_run(run_id, retry, actor=actor)


def _refuse_orphan(run: WorkflowRun) -> None:
    """The step that started it has taken its end already; that run is the one to retry."""
    if run.parent is not None and run.parent.state in StepRun.FINAL:
        text = f"Run {run.pk} belongs to step {run.parent.step} of run {run.parent.run_id}; retry that run."
        raise Conflict(text, code="run_within_run")


def reopen(opened: OpenRun) -> list[str]:
    """Set back what is to be done again, and let the run go on; returns the steps."""
    again = _to_do_again(opened.row.pk, opened.workflow)
    rows = StepRun.objects.filter(run_id=opened.row.pk)
    kept_lists = _lists_to_go_on_with(opened, again)
    rows.filter(step__in=again.keys() - kept_lists, item__gte=0).delete()
    # What was compensated is undone: its items have to be done again as well.
    undone = set(rows.filter(compensates=True, item__gte=0).values_list("step", "item"))
    rows.filter(compensates=True).delete()
    for step in kept_lists:
        items = rows.filter(step=step, item__gte=0)
        lost = [item for name, item in undone if name == step]
        (items.exclude(state=STATE.SUCCEEDED) | items.filter(item__in=lost)).update(**_fresh_item())
    rows.filter(step__in=kept_lists, item=-1).update(
        state=STATE.SUSPENDED, waits_for="items", error="", output=None, finished_at=None
    )
    rows.filter(step__in=again.keys() - kept_lists, item=-1).update(**FRESH)
    opened.put_run(state=RUN.RUNNING, outcome="", error="", finished_at=None, summary={})
    return list(again)


def _fresh_item() -> dict[str, Any]:
    """Its input was rendered from a list that stays; an item without one gets it from nowhere else."""
    return {name: value for name, value in FRESH.items() if name != "input"}


def _to_do_again(run_id: int, workflow: Workflow) -> dict[str, str]:
    """Steps that failed, never ran or were compensated, and all that need one of them; with their states."""
    rows = StepRun.objects.filter(run_id=run_id, item=-1, compensates=False)
    states = dict(rows.values_list("step", "state"))
    undone = set(StepRun.objects.filter(run_id=run_id, compensates=True).values_list("step", flat=True))
    unfinished = {step for step, state in states.items() if state not in (STATE.SUCCEEDED, STATE.SKIPPED)}
    first = unfinished | undone
    return {
        step.id: states[step.id]
        for step in workflow.in_order
        if step.id in first or workflow.ancestors[step.id] & first
    }


def _lists_to_go_on_with(opened: OpenRun, again: dict[str, str]) -> set[str]:
    """Steps that map over a list whose list stays as it was, since nothing before them is done again."""
    mapping = {
        step.id
        for step in opened.workflow.steps
        if step.map and step.id in again and not opened.workflow.ancestors[step.id] & again.keys()
    }
    rows = StepRun.objects.filter(run_id=opened.row.pk, item__gte=0, compensates=False, step__in=mapping)
    unrendered = set(rows.filter(input=None).values_list("step", flat=True))
    return set(rows.values_list("step", flat=True)) - unrendered
