"""What the hub is doing right now, for people who look at it: about a dozen small queries, however much there is.

What is still to be done is counted exactly, from indexes that hold nothing else. Of what is done only the rate of the
last seconds is told: counting millions of delivered messages would take longer than their delivery.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from common.application.modules.registry import modules
from common.application.system.processing import processing_state
from common.domain.times import zulu
from common.domain.topics import PRIORITIES
from common.infrastructure.events import event_store
from common.infrastructure.websocket.metrics import CONNECTIONS
from common.infrastructure.workers.worker_records import LIVE_SECONDS
from common.models import (
    EventCursor,
    Message,
    StepRun,
    StoredEvent,
    SystemHealth,
    TaskRecord,
    WorkerRecord,
    WorkflowRun,
)

RATE_SECONDS = 10
_STARTED = time.monotonic()  # of this process, near enough: the module is imported with the URLs

JsonObject = dict[str, Any]


def hub_status() -> JsonObject:
    """A constant number of queries. Raises the database's own errors."""
    now = timezone.now()
    state = processing_state()
    workers = _workers(now)
    return {
        "state": "processing" if state.processing else "paused",
        "changed_at": state.changed_at,
        "changed_by": state.changed_by,
        "mode": "production" if settings.REDIS_URL else "embedded",
        "version": settings.NMS_VERSION,
        "uptime_seconds": round(time.monotonic() - _STARTED, 1),
        "health": _health(workers),
        "modules": _modules(),
        "messages": _messages(now),
        "workflows": _workflows(),
        "tasks": _by_state(TaskRecord, "waiting", "running"),
        "events": _events(now),
        "websocket": {"connections": _websocket_connections()},
        "workers": workers,
    }


def _health(workers: JsonObject) -> JsonObject:
    """What the last look found. Where workers run apart and none is alive, nobody has looked since, nor works."""
    found = SystemHealth.objects.filter(pk=1).values("status", "since", "checked_at").first()
    health: JsonObject = {"status": "unknown", "since": None, "checked_at": None, **(found or {}), "reason": ""}
    if workers["live"] or not settings.REDIS_URL:
        return health
    seen_at = workers["last_seen_at"]
    seen = f"the last was seen at {zulu(seen_at)}" if seen_at else "none has been seen for a day"
    health["reason"] = f"No Celery worker is alive ({seen}): messages, steps and tasks wait."
    if health["status"] != "unhealthy":
        health |= {"status": "degraded", "since": seen_at}
    return health


def _modules() -> JsonObject:
    known = modules()
    lost = [module.name for module in known if module.state == "lost"]
    available = {offered.name for module in known for offered in module.capabilities if offered.available}
    return {"active": len(known) - len(lost), "lost": len(lost), "lost_names": lost, "capabilities": len(available)}


def _messages(now: datetime) -> JsonObject:
    none: dict[str, int] = dict.fromkeys(PRIORITIES, 0)
    counts = {state: dict(none) for state in ("waiting", "running", "dead")}
    oldest: datetime | None = None
    for state in counts:  # one by one, for each has an index of its own
        rows = Message.objects.filter(state=state).order_by().values("priority")
        for row in rows.annotate(count=Count("pk"), oldest=Min("created_at")):
            counts[state][row["priority"]] = row["count"]
            if state == "waiting":
                oldest = min(oldest or row["oldest"], row["oldest"])
    ended = Message.objects.filter(finished_at__gte=now - timedelta(seconds=RATE_SECONDS)).count()
    return {
        **counts,
        "oldest_waiting_seconds": None if oldest is None else _seconds(now - oldest),
        "ended_per_second": round(ended / RATE_SECONDS, 1),
    }


def _workflows() -> JsonObject:
    steps = {"waiting": 0, "running": 0, "suspended": 0}
    approvals = 0
    unfinished = StepRun.objects.filter(state__in=list(steps)).order_by().values("state", "waits_for")
    for row in unfinished.annotate(count=Count("pk")):
        steps[row["state"]] += row["count"]
        if row["state"] == "suspended" and row["waits_for"] == StepRun.WaitsFor.APPROVAL:
            approvals += row["count"]
    return {"runs": _by_state(WorkflowRun, *WorkflowRun.State.values), "steps": steps, "open_approvals": approvals}


def _by_state(model: Any, *states: str) -> dict[str, int]:
    rows = model.objects.filter(state__in=states).order_by().values("state").annotate(count=Count("pk"))
    return {**dict.fromkeys(states, 0), **{row["state"]: row["count"] for row in rows}}


def _events(now: datetime) -> JsonObject:
    head = event_store.last_position()
    recent = StoredEvent.objects.filter(time__gte=now - timedelta(seconds=RATE_SECONDS)).count()
    return {
        "position": head,
        "per_second": round(recent / RATE_SECONDS, 1),
        "consumers": {
            cursor.name: {
                "position": cursor.position,
                "lag": max(0, head - cursor.position),
                "failures": cursor.failures,
                "error": cursor.error,
            }
            for cursor in EventCursor.objects.order_by("name")
        },
    }


def _workers(now: datetime) -> JsonObject:
    rows = list(WorkerRecord.objects.values("name", "seen_at"))
    live = sorted(row["name"] for row in rows if now - row["seen_at"] < timedelta(seconds=LIVE_SECONDS))
    return {"live": len(live), "names": live, "last_seen_at": max((row["seen_at"] for row in rows), default=None)}


def _websocket_connections() -> int:
    return int(sum(sample.value for family in CONNECTIONS.collect() for sample in family.samples))


def _seconds(span: timedelta) -> float:
    return round(max(0.0, span.total_seconds()), 3)
