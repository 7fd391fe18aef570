"""Steps that wait for an event: the durable consumer "waits" finds theirs, however late it comes or they are told.

No event falls between the step that begins to wait and the consumer: the event workflow.step_waiting is published in
the transaction that suspends the step, so it has a position, every later event has a higher one, and when the consumer
sees those the step is there to be found. Events of before are of interest to steps that wait `since` the run's begin;
these look into the store at once, in that transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.application.workflows.results import StoredResults
from common.application.workflows.stored import STATE, STEP_TASK, steps_of, view_of, workflow_of
from common.domain.envelope import ENVELOPE_FIELDS, Envelope
from common.domain.topics import Interest
from common.domain.workflows.expressions import ExpressionFailed, compile_expression
from common.domain.workflows.names import names_of
from common.infrastructure.events import event_store
from common.infrastructure.work.waking import wake_on_commit
from common.models import StepRun, StoredEvent, WorkflowRun

LOOKED_BACK = 100_000  # events of the run's time that one step looks through

log = structlog.get_logger(__name__)


def waiting_for_events() -> QuerySet[StepRun]:
    return StepRun.objects.filter(state=STATE.SUSPENDED, waits_for=StepRun.WaitsFor.EVENT)


def hand_to_waiting_steps(events: Sequence[Envelope]) -> None:
    """The consumer: runs in the transaction that moves its cursor."""
    steps = waiting_for_events().select_related("run").defer("run__output", "run__definition").order_by("pk")
    for step in steps.iterator(chunk_size=200):
        if (event := _first_match(step.run, step.wait, events)) is not None:
            _hand_over(step.pk, step.queue, step.wait, event)


def _first_match(run: WorkflowRun, wait: Mapping[str, Any], events: Iterable[Envelope]) -> Envelope | None:
    interest = Interest(tuple(wait["topics"]), "low", wait.get("source"), wait.get("subject"))
    for event in events:
        if event.position > wait.get("after", 0) and interest.wants(event) and _agrees(run, wait.get("where"), event):
            return event
    return None


def _agrees(run: WorkflowRun, where: str | None, event: Envelope) -> bool:
    """An expression that fails does not match: other events simply look different."""
    if where is None:
        return True
    names = names_of(view_of(run), steps_of(run.pk), StoredResults(run.pk, workflow_of(run)))
    try:
        return compile_expression(where).test({**names, "event": event.as_json()})
    except ExpressionFailed as error:
        log.debug(
            "the condition of a waiting step failed", run=run.pk, event_position=event.position, reason=str(error)
        )
        return False


def _hand_over(step_pk: int, queue: str, wait: Mapping[str, Any], event: Envelope) -> None:
    now = timezone.now()
    came = (
        waiting_for_events()
        .filter(pk=step_pk)
        .update(
            state=STATE.WAITING,
            signal=StepRun.Signal.EVENT,
            wait={**wait, "event": event.as_json()},
            wait_until=None,
            due_at=now,
            order_at=now,
        )
    )
    if came:
        wake_on_commit(STEP_TASK, queue)


def settle_event_waits(run: WorkflowRun, waits: Mapping[int, Mapping[str, Any]], publish: Callable[[], int]) -> int:
    """Publish, and let steps that were just suspended wait from there; those that look back may be done already.

    The long look into the store comes before publishing, whose lock everybody else waits for.
    """
    looked_until = event_store.last_position()
    found = {
        pk: event
        for pk, wait in waits.items()
        if wait["since"] == "run" and (event := _in_store(run, wait, run.position, looked_until)) is not None
    }
    position = publish()
    for pk, wait in waits.items():
        event = found.get(pk)
        if event is None and wait["since"] == "run":
            event = _in_store(run, wait, max(looked_until, run.position), position)
        if event is None:
            StepRun.objects.filter(pk=pk).update(wait={**wait, "after": position})
        else:
            _hand_over(pk, StepRun.objects.values_list("queue", flat=True).get(pk=pk), wait, event)
    return position


def _in_store(run: WorkflowRun, wait: Mapping[str, Any], after: int, until: int) -> Envelope | None:
    rows = StoredEvent.objects.filter(_topics(wait["topics"]), position__gt=after, position__lte=until)
    if (source := wait.get("source")) is not None:
        rows = rows.filter(source=source)
    if (subject := wait.get("subject")) is not None:
        rows = rows.filter(Q(subject=subject) | Q(subject__startswith=f"{subject}/"))
    stored = rows.order_by("position").values(*ENVELOPE_FIELDS)[:LOOKED_BACK]
    return _first_match(run, wait, (Envelope(**row) for row in stored.iterator(chunk_size=500)))


def _topics(topics: Sequence[str]) -> Q:
    """What the database can tell of them; the rest is told by the match."""
    wanted = Q()
    for topic in topics:
        fixed = topic.split("*", 1)[0]
        wanted |= Q(type__startswith=fixed) if "*" in topic else Q(type=topic)
    return wanted
