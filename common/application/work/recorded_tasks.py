"""Recorded tasks: Celery tasks with a name, checked arguments and a row that tells what became of them.

    @recorded_task("common.cleanup", queue="low", arguments=CleanupArguments)
    def cleanup(arguments: CleanupArguments, call: Call) -> CleanupDone: ...

    request_task("common.cleanup", {"limit": 1000}, actor="ada")        # 202, and a worker does it

A task that is asked for survives whatever dies: its row waits in the database, and the sweep sends its message again
where Redis lost it. A task whose worker was killed runs again (three times at most), so a task must be idempotent.
Beat sends the same tasks by name; their rows are made when they begin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import structlog
from celery import current_app, shared_task
from celery.exceptions import Ignore
from django.db import transaction
from kombu.exceptions import OperationalError
from pydantic import BaseModel, ConfigDict, ValidationError

from common.application import services
from common.application.work.stopping import StopSign
from common.domain import stored_json
from common.domain.errors import Conflict, Invalid, Unknown
from common.domain.modules import Call
from common.domain.problem_texts import first_of, problems_in
from common.domain.roles import Role
from common.infrastructure.logs import mask_text
from common.infrastructure.work.leases import holding
from common.infrastructure.workers import task_records
from common.models import TaskRecord, WorkerRecord

log = structlog.get_logger(__name__)


class NoArguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stopped(Exception):
    """A task raises this where it saw `call.should_stop()` and left what remains."""


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    name: str
    function: Callable[[Any, Call], BaseModel]
    arguments: type[BaseModel]
    queue: str
    role: Role
    offered: bool
    description: str


_definitions: dict[str, TaskDefinition] = {}


def recorded_task(
    name: str,
    *,
    queue: str = "normal",
    arguments: type[BaseModel] = NoArguments,
    role: Role = "operator",
    offered: bool = True,
) -> Callable[[Callable[[Any, Call], BaseModel]], Any]:
    """Make a Celery task of a function that takes `arguments` and the circumstances, and returns its result.

    `offered`: people and triggers may ask for it by name, with at least `role`.
    """

    def decorate(function: Callable[[Any, Call], BaseModel]) -> Any:
        if name in _definitions:
            raise ValueError(f"A task named {name} is registered already")
        description = (function.__doc__ or "").strip().partition("\n")[0]
        definition = TaskDefinition(name, function, arguments, queue, role, offered, description)
        _definitions[name] = definition

        @shared_task(bind=True, name=name, queue=queue)  # type: ignore[untyped-decorator] # celery ships no types
        def run(task: Any, **given: Any) -> dict[str, Any]:
            return _run(definition, task, given)

        return run

    return decorate


@cache
def _import_tasks() -> None:
    """Celery imports the tasks of all apps in its workers only; whoever offers them must know them too."""
    current_app.loader.import_default_modules()


def offered_tasks() -> tuple[TaskDefinition, ...]:
    """What may be asked for, by name."""
    _import_tasks()
    return tuple(_definitions[name] for name in sorted(_definitions) if _definitions[name].offered)


def offered_task(name: str) -> TaskDefinition:
    """Raises Unknown, which lists what is offered."""
    _import_tasks()
    definition = _definitions.get(name)
    if definition is None or not definition.offered:
        known = ", ".join(task.name for task in offered_tasks()) or "none"
        raise Unknown(f"No task named {name[:100]!r} is offered. Offered: {known}.", code="unknown_task")
    return definition


def check_arguments(definition: TaskDefinition, given: Mapping[str, Any]) -> BaseModel:
    """Raises Invalid, with one entry for each wrong argument."""
    try:
        return definition.arguments.model_validate_json(stored_json.write(dict(given)), strict=True)
    except ValidationError as error:
        found = problems_in(error)
        details = tuple({**entry, "field": f"arguments.{entry['field']}".rstrip(".")} for entry in found)
        raise Invalid(f"{definition.name}: {first_of(details)}", code="arguments_invalid", details=details) from error


def request_task(name: str, arguments: Mapping[str, Any], *, actor: str = "") -> TaskRecord:
    """Ask for an offered task; a worker begins soon after the current transaction has committed.

    Raises Unknown for the name and Invalid for the arguments, with nothing done.
    """
    definition = offered_task(name)
    check_arguments(definition, arguments)
    record = task_records.create(uuid4(), name=name, queue=definition.queue, arguments=arguments, requested_by=actor)
    transaction.on_commit(lambda: _send(record), robust=True)
    return record


def revoke_task(task_id: UUID, *, actor: str, terminate: bool = False) -> TaskRecord:
    """A waiting task never runs; a running one is asked to stop, and with `terminate` its process is ended.

    Only a pool of processes can end one. Raises Unknown, and Conflict where it has ended or cannot be terminated.
    """
    record = TaskRecord.objects.filter(pk=task_id).first()
    if record is None:
        raise Unknown(f"There is no task {task_id}.")
    if terminate and record.state == TaskRecord.State.RUNNING:
        _check_terminable(record)
    if not task_records.revoke_waiting(task_id, by=actor):
        if not task_records.request_stop(task_id, by=actor):
            record.refresh_from_db()
            raise Conflict(f"The task has ended already: {record.state}.", code="task_ended")
        if terminate:
            current_app.control.revoke(str(task_id), terminate=True, destination=[record.worker])
    record.refresh_from_db()
    return record


def _check_terminable(record: TaskRecord) -> None:
    pool = WorkerRecord.objects.filter(pk=record.worker).values_list("pool", flat=True).first()
    if pool != "prefork":
        raise Conflict(
            f"{record.worker} works in {pool or 'a pool that is not known'}, and only a pool of processes (prefork) "
            "can end a task from outside. Without terminate it is asked to stop.",
            code="cannot_terminate",
        )


def sweep_tasks() -> None:
    """Take back what dead workers held, and send messages that seem lost once more."""
    lost = task_records.take_back_lost()
    if lost.revoked or lost.failed or lost.waiting:
        log.warning("tasks of a dead worker", again=lost.waiting, failed=lost.failed, revoked=lost.revoked)
    for record in task_records.due_messages():
        _send(record)


def on_terminated(request: Any = None, terminated: bool = False, **_: Any) -> None:
    """Celery's task_revoked signal, in the parent of the process that was ended."""
    if terminated and request is not None and request.name in _definitions:
        task_records.end_terminated(UUID(request.id))


def _send(record: TaskRecord) -> None:
    try:
        current_app.send_task(record.name, kwargs=record.arguments, task_id=str(record.pk), queue=record.queue)
    except (OperationalError, OSError) as error:
        log.warning("a task waits in the database, for the broker takes none", task=record.name, reason=str(error))


def _run(definition: TaskDefinition, task: Any, given: dict[str, Any]) -> dict[str, Any]:
    if task.request.id is None:  # called like a function: nobody asks what became of it
        return _result(
            definition.function(check_arguments(definition, given), Call(should_stop=services.stopping.is_set))
        )
    record = task_records.begin(
        UUID(task.request.id),
        name=definition.name,
        queue=(task.request.delivery_info or {}).get("routing_key") or definition.queue,
        arguments=given,
        worker=task.request.hostname or "",
    )
    if record is None or record.claim is None:
        log.info("the task was done or revoked before, or runs elsewhere")
        raise Ignore
    with holding(TaskRecord, record.claim):
        return _perform(definition, record)


def _perform(definition: TaskDefinition, record: TaskRecord) -> dict[str, Any]:
    try:
        arguments = check_arguments(definition, record.arguments)
        call = Call(
            actor=record.requested_by,
            correlation_id=f"task:{record.pk}",
            idempotency_key=str(record.pk),
            should_stop=StopSign(lambda: task_records.stop_requested(record.pk)),
        )
        result = _result(definition.function(arguments, call))
    except Stopped:
        _stopped(record)
        raise Ignore from None
    except Exception as error:
        task_records.end(record, TaskRecord.State.FAILED, error=_described(error))
        raise
    if not task_records.end(record, TaskRecord.State.SUCCEEDED, result=result):
        log.warning("the task took so long that another worker took it over; this result is dropped")
    return result


def _stopped(record: TaskRecord) -> None:
    if task_records.stop_requested(record.pk):
        task_records.end(record, TaskRecord.State.REVOKED, error="It was asked to stop, and stopped.")
    else:
        task_records.give_back(record)


def _result(result: BaseModel) -> dict[str, Any]:
    return result.model_dump(mode="json")


def _described(error: Exception) -> str:
    return mask_text(f"{type(error).__name__}: {error}")[:2000]
