"""One look at everything: the hub's parts, all modules and all configured services, asked at once, kept as one result.

What changed since the last look is told by events, and only that. The result is one row, read by REST and reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.application.events.publishing import publish
from common.application.system.component_checks import Finding, all_checks, finding_of
from common.domain.events import Event
from common.domain.hub_events.system import (
    InfrastructureHealthChanged,
    ModuleHealthChanged,
    ServiceHealthChanged,
    Status,
    SystemHealthChanged,
)
from common.domain.times import zulu
from common.infrastructure.parallel_checks import Answer, ask_all
from common.models import SystemHealth

DEADLINE_SECONDS = 10.0


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
    """Look at everything, store what was found, publish what changed. Takes at most about the deadline."""
    began = timezone.now()
    answers = ask_all(all_checks(), deadline_seconds=deadline_seconds)
    findings = {name: (_finding(name, answer), answer.seconds) for name, answer in answers.items()}
    return _store(began, findings)


def last_report() -> SystemReport:
    """What the last look found; unknown before the first."""
    row = SystemHealth.objects.filter(pk=1).first()
    return _report(row) if row else SystemReport("unknown")


def _finding(name: str, answer: Answer[Finding]) -> Finding:
    if answer.value is not None:
        return answer.value
    if answer.error is not None:
        return finding_of(name, answer.error)
    return "unhealthy", f"no answer within {answer.seconds:.1f} seconds"


def _store(began: datetime, findings: Mapping[str, tuple[Finding, float]]) -> SystemReport:
    with transaction.atomic():
        SystemHealth.objects.get_or_create(pk=1)
        row = SystemHealth.objects.select_for_update().get(pk=1)
        if row.checked_at and row.checked_at > began:
            return _report(row)  # another look began later and was quicker; what it found is newer
        before: dict[str, Any] = row.components
        components = {name: _component(before.get(name), *found, began) for name, found in sorted(findings.items())}
        changed = tuple(name for name, now in components.items() if _status(before.get(name)) != now.status)
        events = [event for name in changed if (event := _event(name, before.get(name), components[name]))]
        status = _overall(components)
        if status != row.status:
            events += _system_events(row, status, components)
            row.status, row.since = status, began
        row.checked_at = began
        row.components = {name: asdict(component) for name, component in components.items()}
        row.save()
        publish(*events, source="hub")
    return SystemReport(status, row.since, began, components, changed)


def _component(before: Mapping[str, Any] | None, found: Finding, seconds: float, at: datetime) -> ComponentHealth:
    status, detail = found
    since = before["since"] if before and before["status"] == status else zulu(at)
    return ComponentHealth(status, detail, since, round(seconds * 1000, 1))


def _status(before: Mapping[str, Any] | None) -> Status:
    return before["status"] if before else "unknown"


def _overall(components: Mapping[str, ComponentHealth]) -> Status:
    """The hub cannot do without its own parts; without a module or a service it does less."""
    ill = {name.partition(":")[0] for name, component in components.items() if component.status == "unhealthy"}
    if "component" in ill:
        return "unhealthy"
    return "degraded" if ill or any(one.status == "degraded" for one in components.values()) else "healthy"


def _event(name: str, before: Mapping[str, Any] | None, now: ComponentHealth) -> Event | None:
    """None for what is new and well: that it exists is no change of its health."""
    if before is None and now.status not in {"degraded", "unhealthy"}:
        return None
    kind, _, of = name.partition(":")
    told: dict[str, Any] = {"before": _status(before), "after": now.status, "detail": now.detail}
    if kind == "module":
        return ModuleHealthChanged(module=of, **told)
    if kind == "service":
        return ServiceHealthChanged(service=of, **told)
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
