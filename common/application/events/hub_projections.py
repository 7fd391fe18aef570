"""Projections of the hub's own events: remote modules, and runs of workflows."""

from __future__ import annotations

from collections.abc import Iterable

from common.domain.envelope import Envelope
from common.domain.projections import Projection, State
from common.models import ModuleRecord, WorkflowRun

_RUN_STATES = {
    "workflow.started": "running",
    "workflow.paused": "paused",
    "workflow.resumed": "running",
    "workflow.retried": "running",
    "workflow.compensating": "compensating",
    "workflow.succeeded": "succeeded",
    "workflow.failed": "failed",
    "workflow.cancelled": "cancelled",
}


def _apply_module(state: State, event: Envelope) -> State:
    data = event.data
    if event.type == "module.unregistered":
        return {}
    if event.type == "module.registered":
        return {"state": "active", "version": data["module_version"], "capabilities": sorted(data["capabilities"])}
    if event.type == "module.updated":
        offered = {*state.get("capabilities", ()), *data["added_capabilities"]} - {*data["removed_capabilities"]}
        return {**state, "version": data["module_version"], "capabilities": sorted(offered)}
    return {**state, "state": "lost" if event.type == "module.lost" else "active"}


def _current_module(subject: str) -> State | None:
    record = ModuleRecord.objects.filter(pk=_id(subject), kind=ModuleRecord.Kind.REMOTE).first()
    if record is None:
        return None
    offered = sorted(capability["name"] for capability in record.manifest.get("capabilities", ()))
    return {"state": record.state, "version": record.version, "capabilities": offered}


def _existing_modules() -> Iterable[str]:
    names = ModuleRecord.objects.filter(kind=ModuleRecord.Kind.REMOTE).values_list("name", flat=True)
    return [f"module:{name}" for name in names]


def _apply_run(state: State, event: Envelope) -> State:
    return {"workflow": event.data["workflow"], "state": _RUN_STATES[event.type]}


def _current_run(subject: str) -> State | None:
    number = _id(subject)
    run = WorkflowRun.objects.filter(pk=number).only("workflow", "state").first() if number.isdecimal() else None
    return {"workflow": run.workflow, "state": run.state} if run else None


def _existing_runs() -> Iterable[str]:
    return (f"workflow_run:{number}" for number in WorkflowRun.objects.values_list("pk", flat=True).iterator())


def _id(subject: str) -> str:
    return subject.partition(":")[2]


MODULE = Projection(
    name="module",
    description="A remote module: whether it is active or lost, its version, what it offers.",
    kind="module",
    topics=("module.registered", "module.updated", "module.unregistered", "module.lost", "module.recovered"),
    initial={},
    apply=_apply_module,
    current=_current_module,
    existing=_existing_modules,
)
WORKFLOW_RUN = Projection(
    name="workflow_run",
    description="A run of a workflow: its state.",
    kind="workflow_run",
    topics=tuple(_RUN_STATES),
    initial={},
    apply=_apply_run,
    current=_current_run,
    existing=_existing_runs,
)
