"""What a look at the services found: the newest state, the changes, and the hours that figures are made of.

Called inside the transaction of monitoring.py, which holds the one lock of all looks: two never write at once, so each
change is told once. Rows of changes and hours are what is kept (docs/services.md), not a row for each look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from common.domain import service_levels
from common.domain.events import Event
from common.domain.hub_events.services import ServiceHealthChanged, ServiceRecovered, ServiceUnhealthy
from common.domain.hub_events.system import Status
from common.models import ServiceChange, ServiceHour, ServiceState

PATIENCE_LOOKS = 3  # a look that is later than so many intervals leaves a time of which nothing is known
VERSION_LENGTH = 200

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """`is_evidence`: what was found unhealthy counts towards healing (component_checks.Finding)."""

    status: Status
    detail: str = ""
    version: str = ""
    is_evidence: bool = True
    milliseconds: float = 0.0

    @property
    def is_answered(self) -> bool:
        return self.status in ("healthy", "degraded")


def record_looks(looks: Mapping[str, Look], at: datetime) -> list[Event]:
    """Write what was found of "service/target" at that time; return what is to be told. A look that is older than the
    newest of its target changes nothing.
    """
    states = {(row.service, row.target): row for row in ServiceState.objects.all()}
    keyed = {_key(name): look for name, look in looks.items()}
    fresh = {key: look for key, look in keyed.items() if key not in states or states[key].checked_at < at}
    _add_hours(fresh, states, at)
    events = [event for key, look in fresh.items() for event in _change(key, look, states.get(key), at)]
    rows = [_changed(key, look, states.get(key), at) for key, look in fresh.items()]
    _save(ServiceState, rows, ["service", "target"])
    return events


def forget_states(configured: set[str]) -> None:
    """Let go of the states of targets that are not configured any more; their history stays."""
    gone = [row.pk for row in ServiceState.objects.all() if str(row) not in configured]
    ServiceState.objects.filter(pk__in=gone).delete()


def newer_than(at: datetime) -> set[str]:
    """Targets, as "service/target", that somebody has looked at since `at` began."""
    return {str(row) for row in ServiceState.objects.filter(checked_at__gt=at)}


def _key(name: str) -> Key:
    service, _, target = name.partition("/")
    return service, target


def _change(key: Key, look: Look, before: ServiceState | None, at: datetime) -> Iterator[Event]:
    """The row of a change, and what is told of it."""
    status: Status = before.status if before else "unknown"  # type: ignore[assignment] # only statuses are stored
    if status == look.status:
        return
    ServiceChange.objects.create(
        service=key[0],
        target=key[1],
        at=at,
        before=status,
        after=look.status,
        reason=look.detail,
        version=look.version[:VERSION_LENGTH],
    )
    name = "/".join(key)
    if look.status == "unhealthy":
        yield ServiceUnhealthy(service=name, before=status, reason=look.detail)
    elif before is not None and before.is_told and look.is_answered:
        seconds = (at - (before.failing_since or before.since)).total_seconds()
        yield ServiceRecovered(service=name, after=look.status, detail=look.detail, seconds=round(seconds, 3))
    elif look.status == "degraded" or (status == "degraded" and look.is_answered):
        yield ServiceHealthChanged(service=name, before=status, after=look.status, detail=look.detail)


def _changed(key: Key, look: Look, before: ServiceState | None, at: datetime) -> ServiceState:
    """The state as it is after the look."""
    row = before or ServiceState(service=key[0], target=key[1], since=at)
    if row.status != look.status:
        row.status, row.since = look.status, at
    row.checked_at, row.reason = at, look.detail
    if look.status == "unhealthy":
        if look.is_evidence and _is_next(row, at):
            row.failures, row.counted_at = row.failures + 1, at
        row.failing_since = row.failing_since or at
        row.is_told = True
    else:
        row.failures, row.counted_at = 0, None
    if look.is_answered:
        row.failing_since, row.is_told = None, False
        row.version, row.latency_ms = look.version[:VERSION_LENGTH], look.milliseconds
    return row


def _is_next(state: ServiceState, at: datetime) -> bool:
    """Whether a look is one more in a row, rather than one of a person beside those of the clock."""
    half = timedelta(seconds=settings.NMS_MONITORING_INTERVAL_SECONDS / 2)
    return state.counted_at is None or at - state.counted_at >= half


def _save(model: type[ServiceState | ServiceHour], rows: list[Any], unique: list[str]) -> None:
    """New and changed ones, by one statement."""
    fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    changed = [name for name in fields if name not in unique]
    model._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=changed)


def _add_hours(looks: Mapping[Key, Look], states: Mapping[Key, ServiceState], at: datetime) -> None:
    rows: dict[tuple[Key, datetime], ServiceHour] = {}
    first = min((states[key].checked_at for key in looks if key in states), default=at)
    begin = first.replace(minute=0, second=0, microsecond=0)
    of_these = {"service__in": {key[0] for key in looks}, "target__in": {key[1] for key in looks}}
    for row in ServiceHour.objects.filter(hour__gte=begin, hour__lte=at, **of_these):
        rows[(row.service, row.target), row.hour] = row
    touched: set[tuple[Key, datetime]] = set()

    def hour_of(key: Key, hour: datetime) -> ServiceHour:
        touched.add((key, hour))
        return rows.setdefault((key, hour), ServiceHour(service=key[0], target=key[1], hour=hour))

    for key, look in looks.items():
        if key in states:
            for hour, seconds in _held(states[key], at):
                field = f"{states[key].status}_seconds"
                setattr(hour_of(key, hour), field, getattr(hour_of(key, hour), field) + seconds)
        if look.status != "unknown":
            _count(hour_of(key, at.replace(minute=0, second=0, microsecond=0)), look)
    _save(ServiceHour, [rows[place] for place in sorted(touched)], ["service", "target", "hour"])


def _held(state: ServiceState, at: datetime) -> Iterator[tuple[datetime, float]]:
    """For how long the state before held, cut into hours."""
    if state.status == "unknown":
        return
    interval = settings.NMS_MONITORING_INTERVAL_SECONDS
    until = service_levels.known_until(
        state.checked_at, at, interval_seconds=interval, patience_seconds=PATIENCE_LOOKS * interval
    )
    yield from service_levels.hours_between(state.checked_at, until)


def _count(hour: ServiceHour, look: Look) -> None:
    hour.looks += 1
    if look.is_answered:
        bucket = service_levels.bucket_of(look.milliseconds)
        hour.latencies[bucket] = hour.latencies.get(bucket, 0) + 1
