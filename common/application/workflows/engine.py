"""Start runs of workflows. Each function is one transaction, or a part of the caller's.

    run = start_workflow("equipment_discovery", {"targets": ["10.0.0.0/24"]}, actor="ada", role="operator")

The database holds runs and steps; workers are woken on commit and take the steps up (execution.py). What a run does
next is decided by domain/workflows/decide.py and written by opened.py. Its course is changed by control.py (cancel,
pause, resume), retrying.py and approvals.py.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from common.application.workflows.definitions import check_input, find_definition
from common.application.workflows.opened import BATCH_SIZE, OpenRun, Undecided, log_defect
from common.domain import stored_json
from common.domain.errors import Invalid
from common.domain.hub_events.workflows import RunStarted
from common.domain.roles import Role
from common.domain.topics import Priority
from common.domain.workflows.definition import Workflow
from common.domain.workflows.storable import problem_of
from common.infrastructure.events import event_store
from common.models import StepRun, WorkflowRun

MAX_INPUT_BYTES = 1024 * 1024


def start_workflow(
    name: str,
    input: Mapping[str, Any],
    *,
    actor: str,
    role: Role = "operator",
    priority: Priority = "normal",
    correlation_id: str = "",
    causation_id: str = "",
) -> WorkflowRun:
    """Start a run of the workflow of that name; it may call what `role` may.

    Raises Unknown where there is no such workflow, and Invalid for an input that it does not take.
    """
    definition = find_definition(name)
    check_input(definition, input)
    return start_run(
        definition.workflow,
        definition.body,
        input,
        actor=actor,
        role=role,
        priority=priority,
        correlation_id=correlation_id,
        causation_id=causation_id,
    )


def start_run(
    workflow: Workflow,
    body: Mapping[str, Any],
    input: Mapping[str, Any],
    *,
    actor: str,
    role: Role = "operator",
    priority: Priority = "normal",
    correlation_id: str = "",
    causation_id: str = "",
    parent: StepRun | None = None,
    depth: int = 0,
) -> WorkflowRun:
    """Start a run of a definition that was read already (`workflow`, from `body`).

    One whose first steps cannot be decided, because of a defect, has failed when this returns; its error says so.
    """
    _check_size(workflow.name, input)
    values = {
        "workflow": workflow.name,
        "definition": dict(body),
        "digest": hashlib.sha256(stored_json.write(body, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        "input": dict(input),
        "priority": priority,
        "actor": actor,
        "role": role,
        "correlation_id": correlation_id or str(uuid.uuid4()),
        "causation_id": causation_id,
        "parent": parent,
        "depth": depth,
    }
    try:
        return _make(workflow, values)
    except Undecided as defect:
        run = _make(workflow, values, defect=defect)
        log_defect(run.pk, defect)
        return run


def _make(workflow: Workflow, values: Mapping[str, Any], *, defect: Undecided | None = None) -> WorkflowRun:
    with transaction.atomic():
        position = event_store.last_position() if _looks_back(workflow) else 0
        run = WorkflowRun.objects.create(**values, position=position, created_at=timezone.now())
        _make_steps(run, workflow)
        opened = OpenRun(run, defect=defect)
        parent_id = run.parent.run_id if run.parent else None
        opened.tell(RunStarted(**opened.about(), parent_run_id=parent_id, steps=len(workflow.steps)))
        opened.advance()
        opened.close()
    return run


def _looks_back(workflow: Workflow) -> bool:
    """Whether a step is interested in events since the run began."""
    return any(step.wait and step.wait.event and step.wait.event.since == "run" for step in workflow.steps)


def _make_steps(run: WorkflowRun, workflow: Workflow) -> None:
    now = run.created_at
    StepRun.objects.bulk_create(
        [
            StepRun(
                run=run,
                step=step.id,
                state=StepRun.State.BLOCKED,
                capability=step.capability or "",
                priority=step.priority or run.priority,
                due_at=now,
                order_at=now,
            )
            for step in workflow.steps
        ],
        batch_size=BATCH_SIZE,
    )


def _check_size(workflow: str, input: Mapping[str, Any]) -> None:
    if problem := problem_of(dict(input), limit=MAX_INPUT_BYTES):
        raise Invalid(f"The input of {workflow} cannot be kept: {problem}.", code="input_invalid")
