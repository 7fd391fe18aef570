"""What the hub offers as a module of its own, so that workflows and other modules can use it like any other."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from common.application.system.cleanup import LIMIT, clean_up
from common.application.system.monitoring import DEADLINE_SECONDS, monitor_system
from common.application.system.processing import processing_state
from common.application.system.reports import collect_report_data
from common.domain.hub_events.system import Status
from common.domain.modules import Call, Capability, Health, Module
from common.domain.times import zulu


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MonitoringArguments(_Strict):
    deadline_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        DEADLINE_SECONDS, description="What has not answered by then counts as unhealthy."
    )


class Component(_Strict):
    status: Status
    detail: str
    since: str
    milliseconds: float


class SystemHealthFound(_Strict):
    status: Status
    since: str
    checked_at: str
    components: dict[str, Component]
    changed: list[str]


class ReportArguments(_Strict):
    hours: Annotated[float, Field(gt=0, le=24 * 366)] = Field(24.0, description="How far back events are counted.")


class ReportData(_Strict):
    generated_at: str
    since: str
    hours: float
    hub: dict[str, Any]
    health: dict[str, Any]
    events: dict[str, Any]
    messages: dict[str, dict[str, int]]
    runs: dict[str, dict[str, int]]
    tasks: dict[str, dict[str, int]]
    modules: dict[str, dict[str, Any]]


class CleanupArguments(_Strict):
    limit: Annotated[int, Field(ge=1, le=100_000_000)] = Field(LIMIT, description="The most rows of a kind to delete.")


class CleanupDone(_Strict):
    removed: dict[str, int]


def orchestrate_monitoring(arguments: MonitoringArguments, call: Call) -> SystemHealthFound:
    """Ask the hub's parts, every module and every service for their health; store it, tell what changed."""
    report = monitor_system(deadline_seconds=arguments.deadline_seconds)
    return SystemHealthFound(
        status=report.status,
        since=zulu(report.since) if report.since else "",
        checked_at=zulu(report.checked_at) if report.checked_at else "",
        components={name: Component(**asdict(component)) for name, component in report.components.items()},
        changed=list(report.changed),
    )


def collect_report(arguments: ReportArguments, call: Call) -> ReportData:
    """Collect counts, health and what every module adds, as one consistent piece of data."""
    return ReportData(**collect_report_data(call, hours=arguments.hours))


def cleanup(arguments: CleanupArguments, call: Call) -> CleanupDone:
    """Delete old messages, runs, task records, kept answers and expired sessions."""
    return CleanupDone(removed=clean_up(call, limit=arguments.limit))


def _health() -> Health:
    state = processing_state()
    return Health("healthy") if state.processing else Health("degraded", f"processing is paused by {state.changed_by}")


HUB = Module(
    name="hub",
    version="1.0",
    description="The hub itself: monitoring of everything, reports, cleanup.",
    capabilities=(
        Capability(
            "hub.orchestrate_monitoring",
            orchestrate_monitoring,
            MonitoringArguments,
            SystemHealthFound,
            description=orchestrate_monitoring.__doc__ or "",
            timeout_seconds=90.0,
        ),
        Capability(
            "hub.collect_report_data",
            collect_report,
            ReportArguments,
            ReportData,
            description=collect_report.__doc__ or "",
            role="viewer",
            timeout_seconds=120.0,
        ),
        Capability(
            "hub.cleanup",
            cleanup,
            CleanupArguments,
            CleanupDone,
            description=cleanup.__doc__ or "",
            role="admin",
            queue=None,
            timeout_seconds=3600.0,
        ),
    ),
    health=_health,
)
