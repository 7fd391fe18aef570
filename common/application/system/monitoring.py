"""One look at everything: the hub's parts, all modules and all configured services, asked at once, kept as one result.

What changed since the last look is told by events, and only that. The result is one row, read by REST and reports;
what it means for the services is kept beside it (common/application/service_health/recording.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from api_clients.clients import NotConfigured
from common.application.events.publishing import publish
from common.application.healing.healing import wake_healers
from common.application.service_health.recording import Look, forget_states, newer_than, record_looks
from common.application.system.component_checks import (
    CLIENTS,
    Finding,
    all_checks,
    finding_of,
    service_check,
    service_deadline,
    service_deadlines,
)
from common.domain.errors import Unavailable
from common.domain.events import Event
from common.domain.hub_events.system import (
    InfrastructureHealthChanged,
    ModuleHealthChanged,
    Status,
    SystemHealthChanged,
)
from common.domain.times import zulu
from common.infrastructure.parallel_checks import Answer, ask_all
from common.models import SystemHealth

DEADLINE_SECONDS = 10.0
SERVICE = "service:"


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """`name` is of a kind: component:database, module:network_management, service:prometheus/main."""

    status: Status
    detail: str
    since: str  # ISO time of the look that first found this status
    milliseconds: float


@dataclass(frozen=True, slots=True)
class SystemReport:
    status: Status
    since: datetime | None = None
    checked_at: datetime | None = None
    components: dict[str, ComponentHealth] = field(default_factory=dict)
    changed: tuple[str, ...] = ()  # the components that were found otherwise than at the look before


def monitor_system(*, deadline_seconds: float = DEADLINE_SECONDS) -> SystemReport:
    """Look at everything, store what was found, publish what changed. Takes as long as the slowest answer, and at most
    about the deadline.
    """
    began = timezone.now()
    checks = all_checks()
    answers = ask_all(checks, deadline_seconds=deadline_seconds, deadlines=_deadlines())
    findings = {name: (_finding(name, answer), answer.seconds) for name, answer in answers.items()}
    report = _store(began, findings)
    wake_healers()
    return report


def look_at_service(service: str, target: str) -> ComponentHealth:
    """Look at one configured target now; raises NotConfigured where there is none."""
    began = timezone.now()
    name = f"{SERVICE}{service}/{target}"
    deadline = service_deadline(service, target)
    answer = ask_all({name: service_check(service, target)}, deadline_seconds=deadline)[name]
    report = _store(began, {name: (_finding(name, answer), answer.seconds)}, whole=False)
    wake_healers()
    return report.components[name]


def last_report() -> SystemReport:
    """What the last look found; unknown before the first."""
    row = SystemHealth.objects.filter(pk=1).first()
    return _report(row) if row else SystemReport("unknown")


def _deadlines() -> dict[str, float]:
    try:
        return service_deadlines()
    except (Unavailable, NotConfigured):
        return {}  # a file that cannot be used, which its own check tells; or one that changed this moment


def _finding(name: str, answer: Answer[Finding]) -> Finding:
    if answer.value is not None:
        return _slow(name, Finding(*answer.value), answer.seconds)
    if answer.error is not None:
        return finding_of(name, answer.error)
    return Finding("unhealthy", f"no answer within {answer.seconds:.1f} seconds")


def _slow(name: str, found: Finding, seconds: float) -> Finding:
    """A service that answers, and late, is degraded."""
    limit = settings.NMS_SERVICE_SLOW_SECONDS
    if not name.startswith(SERVICE) or found.status not in ("healthy", "degraded") or seconds <= limit:
        return found
    told = f"answered after {seconds:.1f} s, later than {limit:g} s"
    return Finding("degraded", f"{found.detail}; {told}" if found.status == "degraded" else told, found.version)


def _is_blind(findings: Mapping[str, tuple[Finding, float]]) -> bool:
    """Whether which services there are could not be read, which says nothing of any of them."""
    return CLIENTS in findings and findings[CLIENTS][0].status == "unhealthy"


def _store(began: datetime, findings: Mapping[str, tuple[Finding, float]], *, whole: bool = True) -> SystemReport:
    """`whole` findings are of everything there is; else only of what they name, and the rest stays as it was."""
    with transaction.atomic():
        SystemHealth.objects.get_or_create(pk=1)
        row = SystemHealth.objects.select_for_update().get(pk=1)
        if whole and row.checked_at and row.checked_at > began:
            return _report(row)  # another look began later and was quicker; what it found is newer
        before: dict[str, Any] = row.components
        kept = _kept(before, findings, began, whole=whole)
        components = kept | {
            name: _component(before.get(name), *found, began) for name, found in findings.items() if name not in kept
        }
        components = dict(sorted(components.items()))
        changed = tuple(name for name, now in components.items() if _status(before.get(name)) != now.status)
        events = [event for name in changed if (event := _event(name, before.get(name), components[name]))]
        events += record_looks(_looks(findings), began)
        if whole:
            row.checked_at = began
            if not _is_blind(findings):
                forget_states({name.removeprefix(SERVICE) for name in findings})
        status = _overall(components)
        if status != row.status:
            events += _system_events(row, status, components)
            row.status, row.since = status, began
        row.components = {name: asdict(component) for name, component in components.items()}
        row.save()
        publish(*events, source="hub")
    return SystemReport(status, row.since, row.checked_at, components, changed)


def _kept(
    before: Mapping[str, Any], findings: Mapping[str, tuple[Finding, float]], began: datetime, *, whole: bool
) -> dict[str, ComponentHealth]:
    """What stays as it was: what was not looked at, and services that somebody looked at since."""
    newer = {f"{SERVICE}{name}" for name in newer_than(began)}
    blind = _is_blind(findings)
    return {
        name: ComponentHealth(**component)
        for name, component in before.items()
        if (name in newer if name in findings else not whole or (blind and name.startswith(SERVICE)))
    }


def _looks(findings: Mapping[str, tuple[Finding, float]]) -> dict[str, Look]:
    return {
        name.removeprefix(SERVICE): Look(*found, milliseconds=round(seconds * 1000, 1))
        for name, (found, seconds) in findings.items()
        if name.startswith(SERVICE)
    }


def _component(before: Mapping[str, Any] | None, found: Finding, seconds: float, at: datetime) -> ComponentHealth:
    since = before["since"] if before and before["status"] == found.status else zulu(at)
    return ComponentHealth(found.status, found.detail, since, round(seconds * 1000, 1))


def _status(before: Mapping[str, Any] | None) -> Status:
    return before["status"] if before else "unknown"


def _overall(components: Mapping[str, ComponentHealth]) -> Status:
    """The hub cannot do without its own parts; without a module or a service it does less."""
    ill = {name.partition(":")[0] for name, component in components.items() if component.status == "unhealthy"}
    if "component" in ill:
        return "unhealthy"
    return "degraded" if ill or any(one.status == "degraded" for one in components.values()) else "healthy"


def _event(name: str, before: Mapping[str, Any] | None, now: ComponentHealth) -> Event | None:
    """None for what is new and well: that it exists is no change of its health. Services tell by recording.py."""
    if before is None and now.status not in {"degraded", "unhealthy"}:
        return None
    kind, _, of = name.partition(":")
    if kind == "service":
        return None
    told: dict[str, Any] = {"before": _status(before), "after": now.status, "detail": now.detail}
    if kind == "module":
        return ModuleHealthChanged(module=of, **told)
    return InfrastructureHealthChanged(component=of, **told)


def _system_events(row: SystemHealth, after: Status, components: Mapping[str, ComponentHealth]) -> list[Event]:
    before: Status = row.status  # type: ignore[assignment] # only statuses are stored
    if before == "unknown" and after == "healthy":
        return []  # the first look of a new installation
    ill = tuple(name for name, one in components.items() if one.status in {"degraded", "unhealthy"})
    return [SystemHealthChanged(before=before, after=after, detail=", ".join(ill), components=ill)]


def _report(row: SystemHealth) -> SystemReport:
    components = {name: ComponentHealth(**component) for name, component in row.components.items()}
    status: Status = row.status  # type: ignore[assignment] # only statuses are stored
    return SystemReport(status, row.since, row.checked_at, components)
