"""The whole system as one consistent piece of data, for reports.

Modules add what is theirs by a capability named `<module>.report_data`, which takes `{"hours": 24}` and returns an
object, for instance the counts of an inventory. Everything that the hub itself counts is read at one moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Count, Q
from django.utils import timezone

from common.application.modules.capabilities import call_capability
from common.application.modules.registry import modules
from common.application.system import monitoring
from common.application.system.processing import processing_state
from common.domain.errors import HubError
from common.domain.known_modules import KnownModule
from common.domain.modules import Call, CapabilityFailed
from common.domain.times import zulu
from common.infrastructure.events import event_store
from common.infrastructure.snapshot import one_moment
from common.models import Message, StoredEvent, TaskRecord, WorkflowRun

SUFFIX = "report_data"

log = structlog.get_logger(__name__)

JsonObject = dict[str, Any]


def collect_report_data(call: Call, *, hours: float = 24.0) -> JsonObject:
    """Counts of events, messages, runs and tasks of the last `hours`, health, modules and what each adds."""
    until = timezone.now()
    since = until - timedelta(hours=hours)
    with one_moment():
        known = modules()
        data = {
            "generated_at": zulu(until),
            "since": zulu(since),
            "hours": hours,
            "hub": {"processing": processing_state().processing, "event_position": event_store.last_position()},
            "health": _health(),
            "events": _events(since, until),
            "messages": _messages(since),
            "runs": _by(WorkflowRun.objects.filter(created_at__gte=since), "workflow", "state"),
            "tasks": _by(TaskRecord.objects.filter(created_at__gte=since), "name", "state"),
        }
    return {**data, "modules": {module.name: _module(module, hours, call) for module in known}}


def _health() -> JsonObject:
    report = monitoring.last_report()
    return {
        "status": report.status,
        "since": zulu(report.since) if report.since else None,
        "checked_at": zulu(report.checked_at) if report.checked_at else None,
        "components": {name: one.status for name, one in report.components.items()},
    }


def _events(since: datetime, until: datetime) -> JsonObject:
    rows = StoredEvent.objects.filter(time__gte=since, time__lte=until).order_by()
    by_type = {row["type"]: row["count"] for row in rows.values("type").annotate(count=Count("pk")).order_by("type")}
    return {"total": sum(by_type.values()), "by_type": by_type}


def _messages(since: datetime) -> JsonObject:
    """What ended since then, and all that has not ended; a message that ended before is history."""
    rows = Message.objects.filter(Q(finished_at__gte=since) | Q(finished_at__isnull=True))
    return _by(rows, "priority", "state")


def _by(rows: Any, outer: str, inner: str) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for row in rows.order_by(outer, inner).values(outer, inner).annotate(count=Count("pk")):
        counts.setdefault(row[outer], {})[row[inner]] = row["count"]
    return counts


def _module(module: KnownModule, hours: float, call: Call) -> JsonObject:
    told: JsonObject = {
        "kind": module.kind,
        "version": module.version,
        "state": module.state,
        "capabilities": len(module.capabilities),
        "messages": module.messages,
        "errors": module.errors,
    }
    name = f"{module.name}.{SUFFIX}"
    if any(capability.name == name for capability in module.capabilities):
        told.update(_own_data(name, {"hours": hours}, call))
    return told


def _own_data(name: str, given: Mapping[str, Any], call: Call) -> JsonObject:
    """A module that fails makes a report with a hole that tells why, rather than none."""
    try:
        return {"data": call_capability(name, given, call)}
    except (HubError, CapabilityFailed) as error:
        log.warning("a module adds nothing to the report", capability=name, reason=str(error))
        return {"data": None, "error": str(error)}
    except Exception as error:  # noqa: BLE001 # a defect of the module, which the call has logged
        return {"data": None, "error": f"it failed unexpectedly: {type(error).__name__}"}
