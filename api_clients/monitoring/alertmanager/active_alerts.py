"""Alerts in the shape that all services share."""

from __future__ import annotations

from api_clients.domain.alerts import Alert, severity_of
from api_clients.monitoring.alertmanager.values import AlertmanagerAlert


def active_alert(alert: AlertmanagerAlert) -> Alert:
    """Held back by a silence, or by another alert that says more, is silenced alike: nobody is told."""
    labels, notes = alert.labels, alert.annotations
    return Alert(
        id=alert.fingerprint,
        severity=severity_of(labels.get("severity", "")),
        title=notes.get("summary") or labels.get("alertname", ""),
        source=labels.get("instance") or labels.get("job", ""),
        description=notes.get("description") or notes.get("message", ""),
        since=alert.starts_at,
        is_silenced=alert.state == "suppressed",
        labels=labels,
    )
