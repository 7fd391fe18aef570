"""What Netdata contributes to the overview: its raised alarms as alerts, the machine's use as figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api_clients.domain.alerts import Alert, Severity
from api_clients.domain.figures import Figure
from api_clients.monitoring.netdata.values import Alarm, Metric

SEVERITIES: dict[str, Severity] = {"CRITICAL": "critical", "WARNING": "medium", "RAISED": "low"}
LOADS = {"load1": "1", "load5": "5", "load15": "15"}
CHARTS = "system.cpu system.load system.ram mem.available disk_space.*"
# Kernels' own file systems and those that are in memory say nothing of a disk.
NO_DISKS = ("/dev", "/run", "/sys", "/proc")


def alerts_of(alarms: Iterable[Alarm]) -> tuple[Alert, ...]:
    return tuple(_alert(alarm) for alarm in alarms if alarm.status in SEVERITIES)


def figures_of(metrics: Iterable[Metric]) -> tuple[Figure, ...]:
    """Make figures of what of `CHARTS` the server has; what lacks is left out."""
    by_chart = {metric.chart: metric for metric in metrics}
    return (*_cpu(by_chart), *_memory(by_chart), *_load(by_chart), *_disks(by_chart.values()))


def _alert(alarm: Alarm) -> Alert:
    return Alert(
        id=f"{alarm.chart}.{alarm.name}",
        severity=SEVERITIES[alarm.status],
        title=alarm.summary or alarm.name,
        source=alarm.chart,
        description=f"{alarm.info} ({alarm.value_text})" if alarm.value_text else alarm.info,
        since=alarm.changed_at,
        # Netdata calls it silent where the alarm's definition names nobody to tell.
        is_silenced=alarm.is_silenced or alarm.is_disabled or alarm.recipient == "silent",
        labels={"family": alarm.family, **alarm.labels},
    )


def _cpu(by_chart: dict[str, Metric]) -> Iterator[Figure]:
    cpu = by_chart.get("system.cpu")
    if cpu is None:
        return
    busy = [value for name, value in cpu.values.items() if name != "idle" and value is not None]
    if busy:
        yield Figure("cpu.used", round(min(100.0, sum(busy)), 3), "percent")


def _memory(by_chart: dict[str, Metric]) -> Iterator[Figure]:
    """What programs cannot have: not the caches, which the kernel gives back when asked."""
    ram = by_chart.get("system.ram")
    if ram is None:
        return
    total = sum(value or 0.0 for value in ram.values.values())
    available = by_chart.get("mem.available")
    free = next(iter(available.values.values()), None) if available else None
    used = ram.values.get("used") if free is None else total - free
    if total > 0 and used is not None:
        yield Figure("memory.used", round(100.0 * used / total, 3), "percent")


def _load(by_chart: dict[str, Metric]) -> Iterator[Figure]:
    load = by_chart.get("system.load")
    for name, minutes in LOADS.items():
        value = load.values.get(name) if load else None
        if value is not None:
            yield Figure("load", value, "count", {"minutes": minutes})


def _disks(metrics: Iterable[Metric]) -> Iterator[Figure]:
    for metric in metrics:
        if metric.context != "disk.space" or metric.family.startswith(NO_DISKS):
            continue
        used, available = metric.values.get("used"), metric.values.get("avail")
        if used is not None and available is not None and used + available > 0:
            # As df does: what is kept for root is neither used nor available.
            share = 100.0 * used / (used + available)
            yield Figure("disk.used", round(share, 3), "percent", {"mount": metric.family})
