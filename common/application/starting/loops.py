"""Did a trigger bring this event about itself? The chain of causes is walked back: event, run, event, run, ...

An event names its cause (`causation_id`): another event, a step of a run, a message or a schedule. A run that a trigger
started names the event. Events of a run itself have it as their subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

from common.application.starting.start import actor_of
from common.domain.envelope import Envelope
from common.domain.errors import Conflict
from common.models import Message, StoredEvent, TaskRecord, Trigger, WorkflowRun

MAX_DEPTH = 3  # runs of one trigger in one chain
MAX_HOPS = 50
MAX_RUNS_OF_ONE_UNDERTAKING = 1000  # of one trigger under one correlation id, where no chain can be followed

_RUN = re.compile(r"(?:workflow_)?run:([0-9]{1,18})(?::.*)?")  # of a step: run:12:step:contain


def refuse_loop(event: Envelope, trigger: Trigger) -> None:
    """Raise Conflict where firing would go round in a circle."""
    mine = actor_of(trigger)
    if not (event.causation_id or event.correlation_id or event.subject.startswith("workflow_run:")):
        return
    if sum(actor == mine for actor in _causers(event)) >= MAX_DEPTH:
        raise Conflict(
            f"It was not fired: the event was brought about by {MAX_DEPTH} runs of this trigger, one leading to the "
            "next. Let it match less, or let the workflow not cause what it matches.",
            code="loop",
        )
    if event.correlation_id and _bound_reached(event.correlation_id, mine):
        raise Conflict(
            "It was not fired: what it started has led back to it, or to too many runs under one correlation id "
            f"({MAX_RUNS_OF_ONE_UNDERTAKING:,} at most).",
            code="loop",
        )


def _causers(event: Envelope) -> Iterator[str]:
    """Who started each run on the way back from the event, the nearest first."""
    cause = event.subject if event.type.startswith("workflow.") else event.causation_id
    if event.type == "trigger.failed":
        yield f"trigger:{event.data.get('name')}"
    for _ in range(MAX_HOPS):
        found = _look_up(cause)
        if found is None:
            return
        actor, cause = found
        if actor:
            yield actor


def _look_up(cause: str) -> tuple[str, str] | None:
    """Who acted there, if it was a run, and its own cause; None where the chain ends."""
    if (run := _RUN.fullmatch(cause)) is not None:
        return _run(int(run.group(1)))
    if (identity := _uuid(cause.removeprefix("message:"))) is not None:
        return _event(identity) or _message(identity)
    return None


def _message(message_id: UUID) -> tuple[str, str] | None:
    cause = Message.objects.filter(uuid=message_id).values_list("causation_id", flat=True).first()
    return None if cause is None else ("", cause)


def _event(event_id: UUID) -> tuple[str, str] | None:
    row = StoredEvent.objects.filter(id=event_id).values_list("type", "subject", "causation_id", "data").first()
    if row is None:
        return None
    kind, subject, cause, data = row
    if kind == "trigger.failed":
        return f"trigger:{data.get('name')}", cause
    return "", subject if kind.startswith("workflow.") else cause


def _run(run_id: int) -> tuple[str, str] | None:
    row = WorkflowRun.objects.filter(pk=run_id).values_list("actor", "causation_id", "parent__run_id").first()
    if row is None:
        return None
    actor, cause, parent = row
    return ("", f"run:{parent}") if parent is not None else (actor, cause)


def _bound_reached(correlation_id: str, mine: str) -> bool:
    task_id = _uuid(correlation_id.removeprefix("task:"))
    if task_id is not None and TaskRecord.objects.filter(pk=task_id, requested_by=mine).exists():
        return True  # a task has no cause that could be followed, so what it leads to fires its trigger no more
    runs = WorkflowRun.objects.filter(correlation_id=correlation_id, actor=mine)
    return runs[:MAX_RUNS_OF_ONE_UNDERTAKING].count() >= MAX_RUNS_OF_ONE_UNDERTAKING


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
