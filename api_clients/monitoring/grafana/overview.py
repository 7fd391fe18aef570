"""Alerts and figures in the shapes that all services share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from api_clients.domain.alerts import Alert, severity_of
from api_clients.domain.figures import Figure
from api_clients.monitoring.grafana.values import NotifiedAlert, RuleState


def active_alert(alert: NotifiedAlert) -> Alert:
    labels, notes = alert.labels, alert.annotations
    return Alert(
        id=alert.fingerprint,
        severity=severity_of(labels.get("severity", "")),
        title=notes.get("summary") or labels.get("alertname", ""),
        source=labels.get("instance") or labels.get("job") or labels.get("grafana_folder", ""),
        description=notes.get("description") or notes.get("message", ""),
        since=alert.starts,
        is_silenced=alert.state == "suppressed",
        labels=labels,
    )


def figures_of(rules: Sequence[RuleState], alerts: Sequence[NotifiedAlert]) -> tuple[Figure, ...]:
    states = Counter(rule.state for rule in rules)
    counts = {
        "rules.total": len(rules),
        "rules.firing": states["firing"],
        "rules.pending": states["pending"],
        "rules.failing": sum(rule.health == "error" for rule in rules),
        "alerts.active": sum(alert.state != "suppressed" for alert in alerts),
        "alerts.silenced": sum(alert.state == "suppressed" for alert in alerts),
    }
    return tuple(Figure(name, float(value), "count") for name, value in counts.items())
