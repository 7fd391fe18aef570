"""Where definitions come from: those that come with NMS, those of the local modules, and those of users.

A name belongs to whoever is first in that order, and users cannot take one of the others'. A change of a user's
definition raises its version; a run keeps the definition that it was started with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal

import orjson
from django.db import IntegrityError, transaction

from common.application.events.publishing import publish
from common.application.modules.registry import capabilities, local_modules
from common.application.workflows.predefined import predefined_workflows
from common.domain import stored_json
from common.domain.errors import Conflict, Invalid, Unknown
from common.domain.hub_events.definitions import (
    WorkflowDefinitionChanged,
    WorkflowDefinitionCreated,
    WorkflowDefinitionDeleted,
)
from common.domain.modules import JsonObject
from common.domain.workflows import input_schema
from common.domain.workflows.definition import Workflow, parse_definition
from common.models import Schedule, Trigger, WorkflowDefinition

SOURCE = "hub"
RESERVED = frozenset({"execute", "validate"})  # paths beside the definitions' own, below hub/workflows/
EXAMPLES = 5

Origin = Literal["predefined", "module", "user"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as it was given (`body`) and as it is understood (`workflow`)."""

    name: str
    origin: Origin
    body: JsonObject
    workflow: Workflow
    version: int = 1
    module: str = ""  # whose it is, where a module brings it
    created_by: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None


class InUse(Conflict):
    """`dependents`: kind -> (id, name) of everything that names the definition."""

    def __init__(self, message: str, dependents: Mapping[str, list[tuple[int | str, str]]]) -> None:
        super().__init__(message, code="in_use")
        self.dependents = dependents


# --- Read ---


def find_definition(name: str) -> Definition:
    """Raises Unknown, which names those that are spelled alike."""
    found = _given(name) or _of_user(name)
    if found is None:
        raise Unknown(_unknown(name), code="unknown_workflow")
    return found


def list_definitions() -> list[Definition]:
    """Every definition, by name."""
    found = {row.name: _from_row(row) for row in WorkflowDefinition.objects.all()}
    found |= {definition.name: definition for definition in _all_given()}
    return [found[name] for name in sorted(found)]


def check_input(definition: Definition, values: object) -> None:
    """Raises Invalid with an entry for each field that the definition's input_schema refuses."""
    input_schema.check_input(definition.workflow.input_schema, values, workflow=definition.name)


def check_body(body: object) -> Workflow:
    """Read a definition that is to be kept; raises Invalid with one entry for each problem."""
    workflow = parse_definition(body)
    problems = [*_problems_of_name(workflow.name), *_problems_of_sub_workflows(workflow)]
    if problems:
        raise Invalid(
            f"The definition is not valid: {problems[0]['message']}",
            code="definition_invalid",
            details=tuple(problems),
        )
    return workflow


def missing_capabilities(workflow: Workflow) -> list[str]:
    """Those that its steps name and no module offers at present; a run skips such a step or fails, as it says."""
    offered = {capability.name for capability in capabilities() if capability.available}
    named = {step.capability for step in workflow.steps if step.capability}
    named |= {step.compensate.capability for step in workflow.steps if step.compensate}
    return sorted(named - offered)


# --- Write ---


def create_definition(body: JsonObject, *, by: str) -> Definition:
    """Raises Invalid for the body and Conflict where the name is taken."""
    workflow = check_body(body)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = WorkflowDefinition.objects.create(name=workflow.name, body=body, created_by=by)
        except IntegrityError as error:
            raise Conflict(f"There is a workflow {workflow.name} already.", code="exists") from error
        publish(WorkflowDefinitionCreated(name=row.name), source=SOURCE, actor=by)
    return _from_row(row)


def change_definition(name: str, changes: JsonObject, *, by: str) -> Definition:
    """Replace the keys that `changes` names; runs that go on keep the version they began with.

    Raises Invalid, Unknown, and Conflict for one that is not a user's.
    """
    _refuse_given(name, "changed; make one of your own under another name")
    with transaction.atomic():
        row = _locked(name)
        return _replace(row, {**row.body, **changes}, by=by)


def _replace(row: WorkflowDefinition, body: JsonObject, *, by: str) -> Definition:
    if body == row.body:
        return _from_row(row)
    if body.get("name") != row.name:
        problem = {"field": "name", "code": "fixed", "message": "A workflow keeps its name."}
        raise Invalid("name: A workflow keeps its name.", code="definition_invalid", details=(problem,))
    check_body(body)
    row.body, row.version = body, row.version + 1
    row.save(update_fields=["body", "version", "changed_at"])
    publish(WorkflowDefinitionChanged(name=row.name, definition_version=row.version), source=SOURCE, actor=by)
    return _from_row(row)


def delete_definition(name: str, *, by: str) -> None:
    """Raises Unknown, Conflict for one that is not a user's, and InUse where something else names it."""
    _refuse_given(name, "deleted")
    with transaction.atomic():
        row = _locked(name)
        if dependents := _dependents(name):
            raise InUse(_in_use(name, dependents), dependents)
        row.delete()
        publish(WorkflowDefinitionDeleted(name=name), source=SOURCE, actor=by)


# --- Given by code ---


def _given(name: str) -> Definition | None:
    if (body := predefined_workflows().get(name)) is not None:
        return Definition(name, "predefined", body, _parsed(orjson.dumps(body)))
    return next((found for found in _of_modules() if found.name == name), None)


def _all_given() -> Iterator[Definition]:
    """Later ones go before earlier ones of the same name."""
    yield from _of_modules()
    for name, body in predefined_workflows().items():
        yield Definition(name, "predefined", body, _parsed(orjson.dumps(body)))


def _of_modules() -> Iterator[Definition]:
    for module in local_modules():
        for body in module.workflows:
            yield Definition(body["name"], "module", body, _parsed(stored_json.write(body)), module=module.name)


def _refuse_given(name: str, what: str) -> None:
    given = _given(name)
    if given is not None:
        whose = f"belongs to the module {given.module}" if given.module else "comes with NMS"
        raise Conflict(f"The workflow {name} {whose} and cannot be {what}.", code="not_yours")


# --- Of users ---


def _of_user(name: str) -> Definition | None:
    row = WorkflowDefinition.objects.filter(name=name).first()
    return None if row is None else _from_row(row)


def _from_row(row: WorkflowDefinition) -> Definition:
    return Definition(
        name=row.name,
        origin="user",
        body=row.body,
        workflow=_parsed(stored_json.write(row.body)),
        version=row.version,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _locked(name: str) -> WorkflowDefinition:
    row = WorkflowDefinition.objects.select_for_update().filter(name=name).first()
    if row is None:
        raise Unknown(_unknown(name), code="unknown_workflow")
    return row


@lru_cache(maxsize=512)
def _parsed(body: bytes) -> Workflow:
    return parse_definition(orjson.loads(body))


# --- What is wrong, and what stands in the way ---


def _problems_of_name(name: str) -> Iterator[dict[str, str]]:
    given = _given(name)
    if given is not None or name in RESERVED:
        whose = f"the module {given.module}" if given and given.module else "NMS"
        yield {"field": "name", "code": "reserved", "message": f"The name {name} belongs to {whose}; choose another."}


def _problems_of_sub_workflows(workflow: Workflow) -> Iterator[dict[str, str]]:
    """Each must exist, and none may lead back here: runs would start each other for ever."""
    for index, step in enumerate(workflow.steps):
        if step.workflow is None:
            continue
        field = f"steps.{index}.workflow"
        if step.workflow == workflow.name or workflow.name in _reached_from(step.workflow):
            yield {"field": field, "code": "cycle", "message": f"{step.workflow} would start {workflow.name} again."}
        elif _given(step.workflow) is None and _of_user(step.workflow) is None:
            yield {"field": field, "code": "unknown_workflow", "message": _unknown(step.workflow)}


def _reached_from(name: str) -> set[str]:
    """The names of all workflows that runs of this one may start, directly or through others."""
    reached: set[str] = set()
    rest = [name]
    while rest:
        definition = _given(rest[-1]) or _of_user(rest[-1])
        rest.pop()
        named = _sub_workflows(definition.workflow) if definition else set()
        rest += named - reached
        reached |= named
    return reached


def _sub_workflows(workflow: Workflow) -> set[str]:
    return {step.workflow for step in workflow.steps if step.workflow}


def _dependents(name: str) -> dict[str, list[tuple[int | str, str]]]:
    found: dict[str, list[tuple[int | str, str]]] = {
        "schedule": list(Schedule.objects.filter(workflow=name).order_by("pk").values_list("pk", "name")),
        "trigger": list(Trigger.objects.filter(workflow=name).order_by("pk").values_list("pk", "name")),
        "workflow": [
            (other.name, other.name) for other in list_definitions() if name in _sub_workflows(other.workflow)
        ],
    }
    return {kind: named for kind, named in found.items() if named}


def _in_use(name: str, dependents: Mapping[str, list[tuple[Any, str]]]) -> str:
    told = []
    for kind, named in dependents.items():
        shown = ", ".join(label for _, label in named[:EXAMPLES])
        more = f" and {len(named) - EXAMPLES} more" if len(named) > EXAMPLES else ""
        told.append(f"{kind} {shown}{more}")
    return f"The workflow {name} is in use: {'; '.join(told)}."


def _unknown(name: str) -> str:
    known = [definition.name for definition in list_definitions()]
    alike = get_close_matches(name, known, n=3)
    hint = f" Did you mean {' or '.join(alike)}?" if alike else f" There are: {', '.join(known[:20])}."
    return f"There is no workflow {name[:100]!r}.{hint}"
