"""Schedules: what the clock starts, from rows that people edit over REST.

The sweep looks every second for what is due. The time is moved on by compare-and-set in the transaction that records
the run or task, so however many workers and beats look at once, one starts it, once; and when that transaction is
lost, the time has not moved either. Times missed while the hub was down count as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.application.events.publishing import publish
from common.application.starting.start import (
    FindDefinition,
    Problem,
    Started,
    actor_of,
    assign,
    check_start,
    start,
    told,
    write,
)
from common.application.system.processing import is_processing
from common.application.workflows.definitions import find_definition
from common.domain.hub_events.schedules import ScheduleChanged, ScheduleCreated, ScheduleDeleted, ScheduleFailed
from common.domain.recurrence import Recurrence, RecurrenceInvalid, parse_crontab, parse_interval
from common.models import Schedule

DUE_LIMIT = 100  # in one round of the sweep; the others have theirs a second later
SOURCE = "hub"
CLOCK = {"crontab", "timezone", "interval_seconds", "enabled"}


# --- Written by people ---


def create(rows: Iterable[Mapping[str, Any]], *, by: str) -> list[Schedule]:
    """Make schedules from checked values (see problems_of); the first time is counted from now."""
    now = timezone.now()
    schedules = [Schedule(**row, created_by=by) for row in rows]
    for schedule in schedules:
        schedule.next_at = _next(schedule, now) if schedule.enabled else None
    Schedule.objects.bulk_create(schedules)
    publish(
        *(
            ScheduleCreated(
                schedule_id=row.pk, name=row.name, workflow=row.workflow, task=row.task, enabled=row.enabled
            )
            for row in schedules
        ),
        source=SOURCE,
        actor=by,
    )
    return schedules


def change(changes: Sequence[tuple[Schedule, Mapping[str, Any]]], *, by: str) -> None:
    """Write checked values. The next time is counted anew where the clock's part or `enabled` changed."""
    now = timezone.now()
    changed = {schedule: names for schedule, values in changes if (names := assign(schedule, values))}
    wound = [schedule for schedule, names in changed.items() if CLOCK & set(names)]
    for schedule in wound:
        schedule.next_at = _next(schedule, now) if schedule.enabled else None
    write(Schedule, changed)
    if wound:  # of the others the sweep may be moving the time on in this moment
        Schedule.objects.bulk_update(wound, ["next_at"])
    publish(
        *(
            ScheduleChanged(schedule_id=row.pk, name=row.name, changed=names, enabled=row.enabled)
            for row, names in changed.items()
        ),
        source=SOURCE,
        actor=by,
    )


def delete(schedules: Sequence[Schedule], *, by: str) -> None:
    Schedule.objects.filter(pk__in=[schedule.pk for schedule in schedules]).delete()
    publish(*(ScheduleDeleted(schedule_id=row.pk, name=row.name) for row in schedules), source=SOURCE, actor=by)


def problems_of(values: Mapping[str, Any], *, find: FindDefinition = find_definition) -> list[Problem]:
    """What is wrong with a whole schedule, one entry for each field."""
    problems = check_start(values["workflow"], values["task"], values["input"], find=find)
    if bool(values["crontab"]) == (values["interval_seconds"] is not None):
        problems.append({"field": "crontab", "code": "one_of", "message": "Give either a crontab or interval_seconds."})
        return problems
    field = "interval_seconds" if values["interval_seconds"] is not None else "crontab"
    try:
        _recurrence(values["crontab"], values["timezone"], values["interval_seconds"])
    except RecurrenceInvalid as error:
        field = "timezone" if "time zone" in str(error) else field
        problems.append({"field": field, "code": "invalid", "message": str(error)})
    return problems


# --- Started by the clock, or by hand ---


def start_due() -> int:
    """Start everything that is due; return how many runs and tasks began. What one cannot start stops no other.

    While the hub's processing is paused nothing is; what fell due in the meantime is started once when it goes on.
    """
    if not is_processing():
        return 0
    due = Schedule.objects.filter(enabled=True, next_at__lte=timezone.now()).order_by("next_at", "pk")
    return sum(_start_if_due(schedule) for schedule in due[:DUE_LIMIT])


def start_now(schedule: Schedule, *, by: str) -> Started:
    """Start it at once, whether or not it is enabled or due; its times stay as they are."""
    with transaction.atomic():
        Schedule.objects.filter(pk=schedule.pk).update(
            started_count=F("started_count") + 1, last_started_at=timezone.now(), last_error=""
        )
        return _start(schedule, actor=by)


def _start_if_due(schedule: Schedule) -> bool:
    now = timezone.now()
    try:
        with transaction.atomic():
            next_at = _next(schedule, now, since=schedule.next_at)
            if not _move_on(
                schedule, next_at, started_count=F("started_count") + 1, last_started_at=now, last_error=""
            ):
                return False  # another worker was first, or somebody changed it meanwhile
            _start(schedule, actor=actor_of(schedule))
    except Exception as error:  # noqa: BLE001 # told, logged or, an outage, raised again: the sweep comes back to it
        _record_failure(schedule, told(error, schedule, refusals=(RecurrenceInvalid,)), now)
        return False
    return True


def _start(schedule: Schedule, *, actor: str) -> Started:
    return start(schedule.workflow, schedule.task, schedule.input, actor=actor, causation_id=f"schedule:{schedule.pk}")


def _record_failure(schedule: Schedule, error: str, now: datetime) -> None:
    try:
        next_at = _next(schedule, now, since=schedule.next_at)
    except RecurrenceInvalid:  # a time zone that the system no longer knows: nothing can be due before it is changed
        next_at = None
    with transaction.atomic():
        if not _move_on(schedule, next_at, last_error=error):
            return
        publish(
            ScheduleFailed(schedule_id=schedule.pk, name=schedule.name, error=error),
            source=SOURCE,
            actor=actor_of(schedule),
        )


def _move_on(schedule: Schedule, next_at: datetime | None, **values: Any) -> bool:
    """Write the next time, if the row still stands where it was read."""
    unmoved = Schedule.objects.filter(pk=schedule.pk, enabled=True, next_at=schedule.next_at)
    return bool(unmoved.update(next_at=next_at, **values))


def _next(schedule: Schedule, now: datetime, *, since: datetime | None = None) -> datetime:
    recurrence = _recurrence(schedule.crontab, schedule.timezone, schedule.interval_seconds)
    return recurrence.next_after(now, since=since)


def _recurrence(crontab: str, zone: str, interval_seconds: float | None) -> Recurrence:
    if interval_seconds is not None:
        return parse_interval(interval_seconds)
    return parse_crontab(crontab, zone)
