"""Answers of the hub as examples in OpenAPI."""

from __future__ import annotations

from typing import Any

_TIME = "2026-01-31T12:00:00Z"
_NONE = {"low": 0, "normal": 0, "high": 0, "critical": 0}
TASK_ID = "3f6f0a52-2f0e-4a3e-9d6f-9f4f4a1d2f10"

HEALTH_SUMMARY = {"status": "degraded", "since": _TIME, "checked_at": _TIME}
STATUS: dict[str, Any] = {
    "state": "processing",
    "changed_at": _TIME,
    "changed_by": "admin",
    "mode": "embedded",
    "version": "0.1.0",
    "uptime_seconds": 86400.0,
    "health": {**HEALTH_SUMMARY, "reason": ""},
    "modules": {"active": 3, "lost": 1, "lost_names": ["weather"], "capabilities": 17},
    "messages": {
        "waiting": {**_NONE, "normal": 12},
        "running": {**_NONE, "normal": 8},
        "dead": {**_NONE, "low": 1},
        "oldest_waiting_seconds": 0.041,
        "ended_per_second": 512.3,
    },
    "workflows": {
        "runs": {"running": 2, "paused": 0, "compensating": 0, "succeeded": 120, "failed": 3, "cancelled": 1},
        "steps": {"waiting": 1, "running": 2, "suspended": 1},
        "open_approvals": 1,
    },
    "tasks": {"waiting": 0, "running": 1},
    "events": {
        "position": 120340,
        "per_second": 41.2,
        "consumers": {"modules": {"position": 120340, "lag": 0, "failures": 0, "error": ""}},
    },
    "websocket": {"connections": 4},
    "workers": {"live": 1, "names": ["embedded@nms"], "last_seen_at": _TIME},
}
STARTED = {"state": "processing", "changed": True, "changed_at": _TIME, "changed_by": "admin"}
STOPPED = {"state": "paused", "changed": True, "changed_at": _TIME, "changed_by": "admin"}
HEALTH = {
    **HEALTH_SUMMARY,
    "components": {
        "component:database": {"status": "healthy", "detail": "postgresql", "since": _TIME, "milliseconds": 1.2},
        "service:prometheus/main": {
            "status": "unhealthy",
            "detail": "no answer within 10 seconds",
            "since": _TIME,
            "milliseconds": 10000.0,
        },
    },
}
WORKERS = {
    "workers": [
        {
            "name": "worker0@host",
            "state": "live",
            "pid": 4711,
            "pool": "thread",
            "concurrency": 16,
            "queues": ["critical", "high", "low", "normal"],
            "started_at": _TIME,
            "seen_at": _TIME,
            "uptime_seconds": 3600.0,
            "active_tasks": [{"id": TASK_ID, "name": "common.cleanup", "started_at": _TIME}],
        }
    ],
    "broker_error": None,
}
QUEUES = {
    "queues": [
        {"name": "critical", "wakeups": 0, "messages": 0, "steps": 0, "tasks": 0, "workers": ["worker0@host"]},
    ],
    "broker_error": None,
}
TASK_REQUEST = {"task": "common.cleanup", "arguments": {"limit": 1000}}
TASK = {
    "id": TASK_ID,
    "name": "common.cleanup",
    "queue": "low",
    "state": "succeeded",
    "arguments": {"limit": 1000},
    "requested_by": "ada",
    "worker": "worker0@host",
    "attempts": 1,
    "result": {"removed": {"messages": 1000, "runs": 3}},
    "error": "",
    "created_at": _TIME,
    "started_at": _TIME,
    "finished_at": _TIME,
    "stop_requested_at": None,
    "stop_requested_by": "",
}
WAITING_TASK = {
    **TASK,
    "state": "waiting",
    "worker": "",
    "attempts": 0,
    "result": None,
    "started_at": None,
    "finished_at": None,
}
OFFERED_TASK = {
    "name": "common.cleanup",
    "description": "Delete old messages, runs, task records, kept answers and expired sessions.",
    "queue": "low",
    "role": "admin",
    "arguments_schema": {"type": "object", "properties": {"limit": {"type": "integer"}}, "additionalProperties": False},
}
