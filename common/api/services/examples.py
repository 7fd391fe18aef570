"""Answers about services as examples in OpenAPI."""

from __future__ import annotations

from typing import Any

_TIME = "2026-11-21T12:00:00Z"

SERVICE: dict[str, Any] = {
    "id": "prometheus/main",
    "url": "/api/common/api/v1/services/prometheus/main/",
    "service": "prometheus",
    "target": "main",
    "family": "monitoring",
    "kind": "service",
    "summary": "metrics, rules and alerts",
    "instances": ["https://prometheus-1.example.org:9090"],
    "status": "degraded",
    "reason": "answered after 2.4 s, later than 2 s",
    "version": "2.42.0",
    "latency_ms": 2412.7,
    "since": _TIME,
    "checked_at": _TIME,
    "failures": 0,
    "circuit": "closed",
}
CHANGE = {"at": _TIME, "before": "healthy", "after": "degraded", "reason": SERVICE["reason"], "version": "2.42.0"}
LEVEL = {
    "availability_percent": 99.9421,
    "assured_percent": 99.1204,
    "up_seconds": 1756800.0,
    "degraded_seconds": 612.0,
    "down_seconds": 1017.8,
    "unknown_seconds": 14570.2,
    "latency_p50_ms": 8.31,
    "latency_p95_ms": 24.9,
    "looks": 58560,
}
HOUR = {"hour": _TIME, **LEVEL, "up_seconds": 3600.0, "degraded_seconds": 0.0, "down_seconds": 0.0, "looks": 120}
MONTH = {
    "id": "prometheus/main",
    "service": "prometheus",
    "target": "main",
    "month": "2026-11",
    "begin": "2026-11-01T00:00:00Z",
    "until": _TIME,
    **LEVEL,
}
PROPOSAL: dict[str, Any] = {
    "id": 3,
    "url": "/api/common/api/v1/services/proposals/3/",
    "service": "prometheus",
    "address": "http://10.0.0.5:9090",
    "target": "10-0-0-5-9090",
    "source": "network",
    "state": "proposed",
    "version": "2.42.0",
    "evidence": "/api/v1/status/buildinfo told the version",
    "needs_login": False,
    "container": "",
    "yaml": 'services:\n  prometheus:\n    targets:\n      10-0-0-5-9090:\n        instances:\n          - url: "http://10.0.0.5:9090"\n',
    "found_at": _TIME,
    "seen_at": _TIME,
    "decided_at": None,
    "decided_by": "",
}
ACCEPT = {
    "target": "main",
    "auth": {"kind": "bearer", "token_file": "/run/secrets/prometheus"},
}
ACCEPTED = {
    "written": True,
    "file": "/etc/nms/clients.yaml",
    "configured_as": "prometheus/main",
    "next": "It is in use within a second.",
    "proposal": {**PROPOSAL, "state": "accepted", "decided_at": _TIME, "decided_by": "ada"},
}
DISCOVER = {"hosts": ["10.0.0.0/28", "grafana.example.org"], "docker": True}
POLICY_REQUEST = {
    "service": "haproxy",
    "target": "edge",
    "docker_target": "main",
    "container": "edge-haproxy",
    "enabled": True,
    "after_failures": 3,
    "restarts_per_hour": 2,
}
POLICY = {
    "id": 1,
    "url": "/api/common/api/v1/services/healing-policies/1/",
    **POLICY_REQUEST,
    "restarts_in_hour": 0,
    "last_action_at": None,
    "created_by": "ada",
    "created_at": _TIME,
}
ACTION = {
    "id": 9,
    "policy": {"id": 1, "name": "haproxy/edge", "url": POLICY["url"]},
    "service": "haproxy/edge",
    "container": "edge-haproxy",
    "at": _TIME,
    "failures": 3,
    "reason": "haproxy health edge: 10.0.0.9:8404 refused the connection",
    "outcome": "restarted",
    "error": "",
    "ended_at": _TIME,
}
