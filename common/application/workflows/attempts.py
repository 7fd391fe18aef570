"""The beginning of an attempt at a step that calls a capability."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from common.application.modules.registry import find_capability
from common.domain.hub_events.workflows import StepStarted
from common.domain.workflows.definition import Step
from common.models import StepRun, WorkflowRun

DEFAULT_TIMEOUT_SECONDS = 60.0


def begun(row: StepRun, step: Step, now: datetime) -> dict[str, Any]:
    """The columns of a step that begins now."""
    return {"started_at": now, "deadline_at": now + timedelta(seconds=timeout_seconds(row, step))}


def timeout_seconds(row: StepRun, step: Step) -> float:
    """Of one attempt: what the definition says, else what the capability says."""
    compensation = step.compensate if row.compensates else None
    own = compensation.timeout_seconds if compensation else step.timeout_seconds
    if own is not None:
        return own
    offered = find_capability(row.capability)
    return offered.timeout_seconds if offered else DEFAULT_TIMEOUT_SECONDS


def started(run: WorkflowRun, row: StepRun) -> StepStarted:
    return StepStarted(
        run_id=run.pk,
        workflow=run.workflow,
        step=row.step,
        item=None if row.item < 0 else row.item,
        compensates=row.compensates,
        attempt=row.failures + row.crashes + 1,
        capability=row.capability,
    )
