"""Firing alerts in the shape that all services share."""

from __future__ import annotations

from api_clients.domain.alerts import Alert, severity_of
from api_clients.monitoring.prometheus.values import LabelSet, RuleAlert

FNV_OFFSET, FNV_PRIME, MASK = 14_695_981_039_346_656_037, 1_099_511_628_211, 2**64 - 1


def active_alert(alert: RuleAlert) -> Alert:
    labels, notes = alert.labels, alert.annotations
    name = labels.get("alertname", "")
    return Alert(
        id=fingerprint(labels),
        severity=severity_of(labels.get("severity", "")),
        title=notes.get("summary") or name,
        source=labels.get("instance") or labels.get("job", ""),
        description=notes.get("description") or notes.get("message", ""),
        since=alert.active_since,
        labels=labels,
    )


def fingerprint(labels: LabelSet) -> str:
    """Return what Alertmanager calls an alert with these labels (FNV-1a over them, LabelSet.Fingerprint in
    prometheus/common), so that both tell of one alert by one id; external labels of the server make it another.
    """
    digest = FNV_OFFSET
    for name in sorted(labels):
        for byte in (*name.encode(), 255, *labels[name].encode(), 255):
            digest = (digest ^ byte) * FNV_PRIME & MASK
    return f"{digest:016x}"
