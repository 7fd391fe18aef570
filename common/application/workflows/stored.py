"""Runs and steps of the tables as the domain's values."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from threading import Lock

from django.db.models import Count

from common.application.modules.registry import find_capability
from common.domain.times import zulu
from common.domain.workflows.definition import Workflow
from common.domain.workflows.situation import ItemCounts, Key, Offer, RunView, StepView
from common.models import StepRun, WorkflowRun

STEP_TASK = "common.run_steps"  # the Celery task that takes steps up
SOURCE = "hub"  # of the events of runs and steps
STATE = StepRun.State
NO_CLAIM = StepRun.NO_CLAIM
KEPT = 256

_lock = Lock()
_read: OrderedDict[str, Workflow] = OrderedDict()


def workflow_of(run: WorkflowRun) -> Workflow:
    """The definition that the run was started with; read once in each process, as long as it is in use."""
    with _lock:
        if found := _read.get(run.digest):
            _read.move_to_end(run.digest)
            return found
    # It was checked when the run began, and is not again: what is allowed may have changed since.
    workflow = Workflow.model_validate(run.definition)
    with _lock:
        _read[run.digest] = workflow
        while len(_read) > KEPT:
            _read.popitem(last=False)
    return workflow


def view_of(run: WorkflowRun) -> RunView:
    return RunView(
        id=run.pk,
        workflow=run.workflow,
        state=run.state,
        input=run.input,
        actor=run.actor,
        role=run.role,  # type: ignore[arg-type] # only roles are stored
        correlation_id=run.correlation_id,
        priority=run.priority,  # type: ignore[arg-type] # only priorities are stored
        started_at=zulu(run.created_at),
        error=run.error,
    )


def steps_of(run_id: int) -> dict[str, StepView]:
    """The steps themselves, without items and compensations."""
    rows = StepRun.objects.filter(run_id=run_id, item=-1, compensates=False).order_by()
    found = {}
    for step, state, waits_for, error, crashes in rows.values_list("step", "state", "waits_for", "error", "crashes"):
        count = _length_of_list(run_id, step) if waits_for == StepRun.WaitsFor.ITEMS else 0
        interrupted = state == StepRun.State.WAITING and crashes > 0
        found[step] = StepView(Key(step), state, waits_for, error, count, interrupted)
    return found


def runs_within(run_id: int, *, under_way: bool = False) -> list[int]:
    """The runs that steps of this run have started, and steps of those, however deep; all, or those not at an end."""
    runs = WorkflowRun.objects.exclude(state__in=WorkflowRun.FINAL) if under_way else WorkflowRun.objects.all()
    found: list[int] = []
    parents = [run_id]
    while parents:
        children = runs.filter(parent__run_id__in=parents).order_by("id")
        parents = list(children.values_list("pk", flat=True))
        found += parents
    return found


def _length_of_list(run_id: int, step: str) -> int:
    rows = StepRun.objects.filter(run_id=run_id, step=step, item=-1, compensates=False)
    wait: dict[str, int] = rows.values_list("wait", flat=True).get()
    return wait.get("count", 0)


def items_of(run_id: int, steps: Iterable[StepView]) -> dict[str, ItemCounts]:
    """The counts of the steps that wait for their items."""
    named = [view.key.step for view in steps if view.state == "suspended" and view.waits_for == "items"]
    if not named:
        return {}
    rows = StepRun.objects.filter(run_id=run_id, step__in=named, item__gte=0, compensates=False).order_by()
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for step, state, count in rows.values_list("step", "state").annotate(count=Count("id")):
        counts[step][state] += count
    return {step: _counted(counts[step]) for step in named}


def _counted(states: dict[str, int]) -> ItemCounts:
    busy = states["running"] + states["suspended"]
    return ItemCounts(
        blocked=states["blocked"],
        active=busy + states["waiting"] + states["held"],
        busy=busy,
        done=states["succeeded"] + states["failed"] + states["skipped"] + states["cancelled"],
        failed=states["failed"],
    )


def offered(capability: str) -> Offer | None:
    """None also while the module is lost: its capability cannot be called."""
    found = find_capability(capability)
    return Offer(found.role, found.queue) if found and found.available else None
