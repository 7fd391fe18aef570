"""Suricata's alerts in the shape that alerts of all services have."""

from __future__ import annotations

from collections.abc import Iterable

from api_clients.domain.alerts import Alert, Severity
from api_clients.security.suricata.values import IdsAlert

SEVERITIES: dict[int, Severity] = {1: "high", 2: "medium", 3: "low"}
MAX_ACTIVE = 500


def active(alerts: Iterable[IdsAlert]) -> tuple[Alert, ...]:
    """Return one for each rule and pair of hosts, the one seen last first, 500 at most. `alerts` are newest first."""
    groups: dict[str, list[IdsAlert]] = {}
    for alert in alerts:
        groups.setdefault(f"{alert.gid}:{alert.signature_id}:{alert.src_ip}:{alert.dest_ip}", []).append(alert)
    return tuple(_active(key, group) for key, group in list(groups.items())[:MAX_ACTIVE])


def severity_of(alert: IdsAlert) -> Severity:
    """Suricata's 1, 2 and 3 are high, medium and low, all below are info. High becomes critical where the rule's own
    metadata say so (signature_severity, as in the ET rulesets).
    """
    severity = SEVERITIES.get(alert.severity, "info")
    named = alert.metadata.get("signature_severity")
    is_critical = isinstance(named, list) and "Critical" in named
    return "critical" if severity == "high" and is_critical else severity


def _active(key: str, group: list[IdsAlert]) -> Alert:
    last = group[0]
    times = [alert.timestamp for alert in group if alert.timestamp is not None]
    return Alert(
        id=key,
        severity=severity_of(last),
        title=last.signature or f"rule {last.signature_id}",
        source=last.src_ip,
        description=f"{last.category}: {last.src_ip} to {last.dest_ip}, {len(group)} times, {last.action or 'seen'}",
        since=min(times, default=None),
        labels={
            "sid": str(last.signature_id),
            "dest": last.dest_ip,
            "proto": last.proto,
            "count": str(len(group)),
            "action": last.action,
        },
    )
