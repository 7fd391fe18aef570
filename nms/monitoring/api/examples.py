"""The overview as an example in OpenAPI."""

from __future__ import annotations

from typing import Any

from common.application.service_health.reading import SERVICES_PATH

_TIME = "2026-11-21T12:00:00Z"
_BEFORE = "2026-11-21T11:55:00Z"
_PART = {"error": "", "collected_at": _TIME, "age_seconds": 0.1, "ok": True}
_URL = SERVICES_PATH

OVERVIEW: dict[str, Any] = {
    "as_of": _TIME,
    "is_stale": False,
    "is_partial": True,
    "services": {
        "counts": {"healthy": 1, "degraded": 0, "unhealthy": 1, "unknown": 0},
        "items": [
            {
                "id": "netdata/edge",
                "url": f"{_URL}/netdata/edge/",
                "family": "monitoring",
                "status": "healthy",
                "reason": "",
                "version": "1.37.1",
                "latency_ms": 4.2,
                "since": _BEFORE,
                "checked_at": _TIME,
            },
            {
                "id": "prometheus/main",
                "url": f"{_URL}/prometheus/main/",
                "family": "monitoring",
                "status": "unhealthy",
                "reason": "prometheus health main: 10.0.0.5:9090 refused the connection",
                "version": "2.42.0",
                "latency_ms": 8.1,
                "since": _BEFORE,
                "checked_at": _TIME,
            },
        ],
    },
    "alerts": {
        "counts": {"critical": 0, "high": 1, "medium": 0, "low": 0, "info": 0},
        "silenced": 0,
        "total": 1,
        "items": [
            {
                "service": "netdata/edge",
                "id": "edge.disk_space_usage./",
                "severity": "high",
                "title": "disk_space_usage",
                "source": "disk_space._",
                "description": "disk / space utilization",
                "since": _BEFORE,
                "is_silenced": False,
                "labels": {"family": "/"},
            }
        ],
    },
    "metrics": [
        {"service": "netdata/edge", "name": "alerts.active", "value": 1.0, "unit": "count", "labels": {}},
    ],
    "resources": [
        {"service": "netdata/edge", "name": "disk.used", "value": 90.0, "unit": "percent", "labels": {"mount": "/"}},
    ],
    "parts": [
        {"service": "netdata/edge", "kind": "alerts", **_PART, "items": 1, "total": 1},
        {"service": "netdata/edge", "kind": "figures", **_PART, "items": 2, "total": 2},
        {
            "service": "prometheus/main",
            "kind": "alerts",
            "ok": False,
            "error": "prometheus active_alerts main: 10.0.0.5:9090 refused the connection",
            "collected_at": _BEFORE,
            "age_seconds": 300.0,
            "items": 0,
            "total": 0,
        },
    ],
}
