"""The configured services as people see them: what the looks found, beside the circuit and the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from api_clients.domain.policies.breaker import Phase
from common.application.clients import catalog, clients, ready_clients, surroundings
from common.domain.errors import Unknown
from common.domain.hub_events.system import Status
from common.domain.service_levels import Measured, Month, ServiceLevel, service_level
from common.models import ServiceChange, ServiceHour, ServiceState

Key = tuple[str, str]
SERVICES_PATH = "/api/common/api/v1/services"


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """`latency_ms` is of the last look that was answered; `failures` are unhealthy looks in a row, of those that count
    towards healing. `status` is unknown and `checked_at` None until somebody has looked.
    """

    service: str
    target: str
    family: str
    kind: str
    summary: str
    instances: tuple[str, ...]
    status: Status
    reason: str
    version: str
    latency_ms: float | None
    since: datetime | None
    checked_at: datetime | None
    failures: int
    circuit: Phase | None  # None for a client of devices, whose circuits are of each device, and where nobody asked


@dataclass(frozen=True, slots=True)
class Level:
    """How well one target did in a month; `until` is now for the current one."""

    service: str
    target: str
    month: str
    begin: datetime
    until: datetime
    level: ServiceLevel


def services(*, with_circuits: bool = True) -> tuple[ServiceSeen, ...]:
    """Every configured target, by name. Raises Unavailable where the clients' file cannot be used.

    The circuits may be in Redis, which costs a look there for each.
    """
    states = {(row.service, row.target): row for row in ServiceState.objects.all()}
    return tuple(_seen(key, states.get(key), with_circuit=with_circuits) for key in ready_clients().configured())


def service(name: str, target: str) -> ServiceSeen:
    """Raises Unknown."""
    require(name, target)
    return _seen((name, target), ServiceState.objects.filter(service=name, target=target).first())


def require(name: str, target: str) -> None:
    """Raise Unknown where it is not configured."""
    known = ready_clients().configured()
    if (name, target) not in known:
        there = ", ".join("/".join(key) for key in known) or "none"
        raise Unknown(f"{name}/{target} is not configured. Configured: {there}", code="service_unknown")


def require_ever(name: str, target: str) -> None:
    """Raise Unknown where it is not configured and has no history either."""
    of_target = {"service": name, "target": target}
    if not any(table.objects.filter(**of_target).exists() for table in (ServiceHour, ServiceChange)):
        require(name, target)


def levels(month: Month, *, name: str | None = None, target: str | None = None) -> tuple[Level, ...]:
    """Of every target that was looked at in the month, and of those that are configured, which may be unknown."""
    wanted = {"service": name, "target": target}
    chosen = {field: value for field, value in wanted.items() if value is not None}
    hours: dict[Key, list[Measured]] = {
        key: [] for key in ready_clients().configured() if _is_chosen(key, name, target)
    }
    for row in ServiceHour.objects.filter(hour__gte=month.begin, hour__lt=month.end, **chosen):
        hours.setdefault((row.service, row.target), []).append(measured(row))
    return tuple(_level(month, key, found) for key, found in sorted(hours.items()))


def no_level(month: Month, name: str, target: str) -> Level:
    """Of a target of which nothing is known in that month."""
    return _level(month, (name, target), [])


def _level(month: Month, key: Key, hours: list[Measured]) -> Level:
    until = min(month.end, max(month.begin, timezone.now()))
    level = service_level(hours, elapsed_seconds=(until - month.begin).total_seconds())
    return Level(*key, str(month), month.begin, until, level)


def measured(row: ServiceHour) -> Measured:
    return Measured(row.healthy_seconds, row.degraded_seconds, row.unhealthy_seconds, row.looks, dict(row.latencies))


def hour_level(row: ServiceHour) -> ServiceLevel:
    """Of one hour; of the current one as far as it has gone."""
    elapsed = min(timezone.now() - row.hour, timedelta(hours=1)).total_seconds()
    return service_level([measured(row)], elapsed_seconds=elapsed)


def _is_chosen(key: Key, name: str | None, target: str | None) -> bool:
    return name in (None, key[0]) and target in (None, key[1])


def _seen(key: Key, state: ServiceState | None, *, with_circuit: bool = True) -> ServiceSeen:
    entry = catalog()[key[0]]
    status: Status = state.status if state else "unknown"  # type: ignore[assignment] # only statuses are stored
    return ServiceSeen(
        service=key[0],
        target=key[1],
        family=entry.family,
        kind=entry.kind,
        summary=entry.summary,
        instances=clients().instances(*key),
        status=status,
        reason=state.reason if state else "nobody has looked yet",
        version=state.version if state else "",
        latency_ms=state.latency_ms if state else None,
        since=state.since if state else None,
        checked_at=state.checked_at if state else None,
        failures=state.failures if state else 0,
        circuit=surroundings().breakers.for_target(*key).phase if with_circuit and entry.kind == "service" else None,
    )


def counts(seen: Iterable[ServiceSeen]) -> Mapping[Status, int]:
    """How many are how."""
    found: dict[Status, int] = {"healthy": 0, "degraded": 0, "unhealthy": 0, "unknown": 0}
    for one in seen:
        found[one.status] += 1
    return found
