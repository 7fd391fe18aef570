"""What ntopng contributes to the overview: engaged alerts, and figures of its interfaces and its machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api_clients.domain import alerts
from api_clients.domain.figures import Figure
from api_clients.monitoring.ntopng.values import InterfaceData, MachineUse, NtopngAlert, Severity

SEVERITIES: dict[Severity, alerts.Severity] = {
    "emergency": "critical",
    "alert": "critical",
    "critical": "critical",
    "error": "high",
    "warning": "medium",
    "notice": "low",
    "info": "info",
    "debug": "info",
}


def alert_of(alert: NtopngAlert, *, interface: str) -> alerts.Alert:
    """An engaged alert has no number of its own, so what it is, where and since when tell it from the others."""
    since = alert.started_at.timestamp() if alert.started_at else 0
    return alerts.Alert(
        id=f"{interface}/{alert.family}/{alert.name}/{alert.subject}/{since:.0f}",
        severity=SEVERITIES[alert.severity],
        title=alert.name,
        source=alert.subject or interface,
        description=alert.description,
        since=alert.started_at,
        labels={"interface": interface, "family": alert.family, "category": alert.category},
    )


def figures_of(interfaces: Iterable[InterfaceData]) -> Iterator[Figure]:
    machine: MachineUse | None = None
    for data in interfaces:
        labels = {"interface": data.ifname}
        yield Figure("traffic.rate", data.throughput_bps / 8, "bytes/s", labels)
        yield Figure("flows.current", data.flows, "count", labels)
        yield Figure("hosts.current", data.hosts, "count", labels)
        yield Figure("packets.dropped", data.drops, "count", labels)
        if data.engaged_alerts is not None:
            yield Figure("alerts.engaged", data.engaged_alerts, "count", labels)
        machine = data.machine
    if machine is not None:
        yield from _machine(machine)


def _machine(machine: MachineUse) -> Iterator[Figure]:
    if machine.cpu_used_percent is not None:
        yield Figure("cpu.used", round(machine.cpu_used_percent, 3), "percent")
    if machine.memory_total_bytes and machine.memory_used_bytes is not None:
        yield Figure("memory.used", round(100 * machine.memory_used_bytes / machine.memory_total_bytes, 3), "percent")
    if machine.cpu_load is not None:
        yield Figure("load", round(machine.cpu_load, 3), "count", {"minutes": "1"})
