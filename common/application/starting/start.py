"""What schedules and triggers start: a workflow, or one of the tasks that are offered by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from django.db import DatabaseError, DataError, IntegrityError

from common.application.work.recorded_tasks import check_arguments, offered_task, request_task
from common.application.workflows.definitions import Definition, check_input, find_definition
from common.application.workflows.engine import start_workflow
from common.domain.errors import HubError, Invalid
from common.models import Schedule, Trigger

Problem = dict[str, str]
FindDefinition = Callable[[str], Definition]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    kind: Literal["run", "task"]
    id: str


def actor_of(starter: Schedule | Trigger) -> str:
    """Under which name its runs and tasks act: `schedule:nightly`, `trigger:on_loss`."""
    return f"{starter._meta.model_name}:{starter.name}"


def assign(starter: Schedule | Trigger, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Set the values that differ and return their names; what went wrong before a change is forgotten with it."""
    changed = tuple(sorted(name for name, value in values.items() if getattr(starter, name) != value))
    for name in changed:
        setattr(starter, name, values[name])
    if changed:
        starter.last_error = ""
    return changed


def write(model: type[Schedule] | type[Trigger], changed: Mapping[Any, tuple[str, ...]]) -> None:
    """Write what was assigned, by one statement."""
    if changed:
        names = {"last_error"}.union(*changed.values())
        model._default_manager.bulk_update(list(changed), sorted(names))


def remember(find: FindDefinition = find_definition) -> FindDefinition:
    """Ask for each name once: for checking many rows."""
    known: dict[str, Definition | HubError] = {}

    def find_once(name: str) -> Definition:
        if name not in known:
            try:
                known[name] = find(name)
            except HubError as error:
                known[name] = error
        found = known[name]
        if isinstance(found, HubError):
            raise found
        return found

    return find_once


def start(
    workflow: str, task: str, values: Mapping[str, Any], *, actor: str, correlation_id: str = "", causation_id: str
) -> Started:
    """Record the run or the task in the current transaction; workers see it once that has committed.

    Raises a HubError where it is refused: the name is gone, or the input no longer fits.
    """
    if task:
        return Started("task", str(request_task(task, values, actor=actor).pk))
    run = start_workflow(
        workflow,
        values,
        actor=actor,
        role="admin",  # only admins make schedules and triggers
        correlation_id=correlation_id,
        causation_id=causation_id,
    )
    return Started("run", str(run.pk))


def told(error: Exception, starter: Schedule | Trigger, *, refusals: tuple[type[Exception], ...]) -> str:
    """What people are told where nothing was started. Raises an outage again, which is no fault of the starter."""
    if isinstance(error, (HubError, *refusals)):
        return str(error)
    if isinstance(error, DataError | IntegrityError):
        return f"What it would start cannot be stored: {error}"
    if isinstance(error, DatabaseError):
        raise error
    log.error("a defect keeps a schedule or trigger from starting anything", starter=actor_of(starter), exc_info=error)
    return "It could not start anything because of a defect; the log has the details."


def check_start(
    workflow: str, task: str, values: Mapping[str, Any], *, find: FindDefinition = find_definition
) -> list[Problem]:
    """Whether it could be started as things are now: one entry for each wrong field."""
    return check_target(workflow, task, find=find) or (
        problems_in("input", lambda: check_arguments(offered_task(task), values))
        if task
        else problems_in("input", lambda: check_input(find(workflow), values))
    )


def check_target(workflow: str, task: str, *, find: FindDefinition = find_definition) -> list[Problem]:
    """Exactly one of the two, and known."""
    if bool(workflow) == bool(task):
        return [{"field": "workflow", "code": "one_of", "message": "Give either a workflow or a task."}]
    if task:
        return problems_in("task", lambda: offered_task(task))
    return problems_in("workflow", lambda: find(workflow))


def problems_in(field: str, check: Callable[[], object]) -> list[Problem]:
    """What `check` refuses, under the name of the field that holds it."""
    try:
        check()
    except Invalid as error:
        inner: Sequence[Problem] = error.details or ({"field": "", "code": error.code, "message": str(error)},)
        return [{**entry, "field": _inside(field, entry["field"])} for entry in inner]
    except HubError as error:
        return [{"field": field, "code": error.code, "message": str(error)}]
    return []


def _inside(field: str, name: str) -> str:
    name = name.removeprefix("arguments.").removeprefix("input.")
    return f"{field}.{name}" if name and name not in {"arguments", "input"} else field
