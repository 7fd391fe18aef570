"""Alerts and figures in the shapes that all services share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api_clients.domain.alerts import Alert, severity_of
from api_clients.domain.figures import Figure, Unit
from api_clients.monitoring.kibana.values import Rule, Status

# Where Kibana says it, what it is called here, its unit, and what a value is multiplied with.
METRICS: tuple[tuple[str, str, Unit, float], ...] = (
    ("process.memory.resident_set_size_in_bytes", "memory.used", "bytes", 1.0),
    ("process.memory.heap.used_in_bytes", "memory.heap.used", "bytes", 1.0),
    ("process.memory.heap.size_limit", "memory.heap.limit", "bytes", 1.0),
    ("process.uptime_in_millis", "uptime", "seconds", 0.001),
    ("os.load.1m", "load.1m", "count", 1.0),
    ("concurrent_connections", "connections.current", "count", 1.0),
    ("requests.total", "requests.total", "count", 1.0),
    ("response_times.avg_in_millis", "latency.average", "seconds", 0.001),
    ("elasticsearch_client.totalActiveSockets", "elasticsearch.sockets.active", "count", 1.0),
    ("elasticsearch_client.totalQueuedRequests", "elasticsearch.requests.queued", "count", 1.0),
)
SEVERITY_TAG = "severity:"


def active_alert(rule: Rule) -> Alert:
    """A rule with alerts is one alert here: which they are is in indices of Elasticsearch, not in Kibana's API."""
    count = f"{rule.active_alerts} active" if rule.active_alerts is not None else "active"
    return Alert(
        id=rule.id,
        severity=severity_of(_severity(rule)),
        title=rule.name,
        source=rule.type,
        description=f"{count} at its last run",
        is_silenced=rule.is_muted or rule.snoozed_until is not None,
        labels={"consumer": rule.consumer, "tags": ",".join(rule.tags)},
    )


def figures_of(status: Status, rules: Sequence[Rule]) -> tuple[Figure, ...]:
    counts = {
        "plugins.unavailable": len(status.plugins),
        "rules.total": len(rules),
        "rules.failing": sum(rule.status == "error" for rule in rules),
        "alerts.active": sum(rule.active_alerts or 0 for rule in rules if rule.is_enabled),
    }
    return (*_measured(status.metrics), *(Figure(name, float(value), "count") for name, value in counts.items()))


def _severity(rule: Rule) -> str:
    """Security rules have a severity among their parameters; others may have a tag such as severity:high."""
    for tag in rule.tags:
        if tag.startswith(SEVERITY_TAG):
            return tag.removeprefix(SEVERITY_TAG)
    return str(rule.parameters.get("severity", ""))


def _measured(metrics: Mapping[str, Any]) -> Iterator[Figure]:
    """What a version does not say, or has not measured yet, is left out."""
    for place, name, unit, factor in METRICS:
        value: Any = metrics
        for part in place.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield Figure(name, value * factor, unit)
