"""Triggers: what events start. A durable consumer of the event store (common/application/events/distribution.py).

The run or task is recorded in the transaction that moves the consumer's cursor, so each matching event starts it
exactly once, whatever dies. A trigger that cannot start what it should says so (`last_error`, an event
trigger.failed), and neither the others nor the events behind it wait for it.

Loops end: see loops.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.application.events.publishing import publish
from common.application.starting.loops import refuse_loop
from common.application.starting.start import (
    FindDefinition,
    Problem,
    actor_of,
    assign,
    check_start,
    check_target,
    start,
    told,
    write,
)
from common.application.workflows.definitions import find_definition
from common.domain.envelope import Envelope
from common.domain.hub_events.schedules import TriggerChanged, TriggerCreated, TriggerDeleted, TriggerFailed
from common.domain.topics import Interest, TopicInvalid, check_topic
from common.domain.workflows.expressions import (
    Expression,
    ExpressionFailed,
    ExpressionInvalid,
    compile_expression,
    compile_template,
    dotted,
)
from common.domain.workflows.expressions import problems_of as expression_problems
from common.models import Trigger

SOURCE = "hub"


# --- Written by people ---


def create(rows: Iterable[Mapping[str, Any]], *, by: str) -> list[Trigger]:
    """Make triggers from checked values (see problems_of); they see the events from now on."""
    triggers = [Trigger(**row, created_by=by) for row in rows]
    Trigger.objects.bulk_create(triggers)
    publish(*(_created(trigger) for trigger in triggers), source=SOURCE, actor=by)
    return triggers


def change(changes: Sequence[tuple[Trigger, Mapping[str, Any]]], *, by: str) -> None:
    """Write checked values; what was wrong before is forgotten."""
    changed = {trigger: names for trigger, values in changes if (names := assign(trigger, values))}
    write(Trigger, changed)
    publish(
        *(
            TriggerChanged(trigger_id=row.pk, name=row.name, changed=names, enabled=row.enabled)
            for row, names in changed.items()
        ),
        source=SOURCE,
        actor=by,
    )


def delete(triggers: Sequence[Trigger], *, by: str) -> None:
    Trigger.objects.filter(pk__in=[trigger.pk for trigger in triggers]).delete()
    publish(*(TriggerDeleted(trigger_id=row.pk, name=row.name) for row in triggers), source=SOURCE, actor=by)


def _created(trigger: Trigger) -> TriggerCreated:
    return TriggerCreated(
        trigger_id=trigger.pk,
        name=trigger.name,
        topics=tuple(trigger.topics),
        workflow=trigger.workflow,
        task=trigger.task,
        enabled=trigger.enabled,
    )


def problems_of(values: Mapping[str, Any], *, find: FindDefinition = find_definition) -> list[Problem]:
    """What is wrong with a whole trigger, one entry for each problem.

    Input with expressions cannot be checked against a schema before an event gives them values; that its names are
    known and its expressions can be read can be.
    """
    problems = [*_topic_problems(values["topics"]), *_condition_problems(values["condition"])]
    template = _template_problems(values["input"])
    if template or compile_template(values["input"]).places:
        return [*problems, *template, *check_target(values["workflow"], values["task"], find=find)]
    return [*problems, *check_start(values["workflow"], values["task"], values["input"], find=find)]


def _template_problems(template: Any) -> list[Problem]:
    problems = [
        Problem(field=".".join(["input", *filter(None, [dotted(place)])]), code="expression", message=f"{error}.")
        for place, error in expression_problems(template)
    ]
    if problems:
        return problems
    return [
        problem
        for place, expression in compile_template(template).expressions()
        for problem in _name_problems(".".join(["input", *filter(None, [place])]), expression)
    ]


def _name_problems(field: str, expression: Expression) -> list[Problem]:
    unknown = sorted(expression.names() - {"event"})
    if not unknown:
        return []
    return [Problem(field=field, code="unknown_name", message=f"Only `event` is known here, not {', '.join(unknown)}.")]


def _topic_problems(topics: Sequence[str]) -> list[Problem]:
    problems = []
    for topic in topics:
        try:
            check_topic(topic)
        except TopicInvalid as error:
            problems.append(Problem(field="topics", code="invalid", message=str(error)))
    return problems


def _condition_problems(condition: str) -> list[Problem]:
    if not condition:
        return []
    try:
        expression = compile_expression(condition)
    except ExpressionInvalid as error:
        return [Problem(field="condition", code="expression", message=f"At character {error.column}: {error}.")]
    return _name_problems("condition", expression)


# --- Started by events ---


def handle(events: Sequence[Envelope]) -> None:
    """The consumer: start what these events ask for, in the caller's transaction."""
    interests = [(trigger.pk, _interest(trigger)) for trigger in Trigger.objects.filter(enabled=True)]
    wanted = [(pk, event) for event in events for pk, interest in interests if interest.wants(event)]
    if not wanted:
        return
    # Locked before the first of them publishes anything, in the order in which people's changes lock: row, then store.
    rows = Trigger.objects.select_for_update().filter(pk__in={pk for pk, _ in wanted}, enabled=True).order_by("pk")
    triggers = {trigger.pk: trigger for trigger in rows}
    for pk, event in wanted:
        if pk in triggers:
            _attempt(triggers[pk], event)


def _attempt(trigger: Trigger, event: Envelope) -> None:
    try:
        with transaction.atomic():  # a savepoint: what it wrote before it failed is undone, the others' stays
            _fire(trigger, event)
    except Exception as error:  # noqa: BLE001 # told, logged or, an outage, raised again: the events come once more
        _record_failure(trigger, event, told(error, trigger, refusals=(ExpressionFailed, ExpressionInvalid)))


def _fire(trigger: Trigger, event: Envelope) -> None:
    names = {"event": event.as_json()}
    if trigger.condition and not compile_expression(trigger.condition).test(names):
        return
    refuse_loop(event, trigger)
    start(
        trigger.workflow,
        trigger.task,
        compile_template(trigger.input).render(names),
        actor=actor_of(trigger),
        correlation_id=event.correlation_id or str(event.id),
        causation_id=str(event.id),
    )
    Trigger.objects.filter(pk=trigger.pk).update(
        started_count=F("started_count") + 1, last_started_at=timezone.now(), last_error=""
    )
    trigger.last_error = ""


def _record_failure(trigger: Trigger, event: Envelope, error: str) -> None:
    """An event tells that it begins to fail; thousands of events may follow before it works again."""
    failed_before, trigger.last_error = bool(trigger.last_error), error
    Trigger.objects.filter(pk=trigger.pk).update(last_error=error)
    if failed_before:
        return
    publish(
        TriggerFailed(
            trigger_id=trigger.pk, name=trigger.name, event_id=str(event.id), event_type=event.type, error=error
        ),
        source=SOURCE,
        actor=actor_of(trigger),
        correlation_id=event.correlation_id or str(event.id),
        causation_id=str(event.id),
    )


def _interest(trigger: Trigger) -> Interest:
    return Interest(
        topics=tuple(trigger.topics),
        priority=trigger.minimum_priority,  # type: ignore[arg-type] # only priorities are stored
        source=trigger.source or None,
        subject=trigger.subject or None,
    )
