"""The few of Suricata's counters that tell how it is doing. Which there are depends on how it captures."""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.domain.figures import Figure, Unit

COUNTERS: tuple[tuple[str, str, Unit], ...] = (
    ("uptime", "uptime", "seconds"),
    ("capture.kernel_packets", "packets.total", "count"),
    ("capture.kernel_drops", "packets.dropped", "count"),
    ("decoder.pkts", "packets.decoded", "count"),
    ("decoder.invalid", "packets.invalid", "count"),
    ("decoder.bytes", "traffic.total", "bytes"),
    ("flow.active", "flows.current", "count"),
    ("tcp.sessions", "sessions.total", "count"),
    ("detect.alert", "alerts.total", "count"),
    ("detect.alert_queue_overflow", "alerts.dropped", "count"),
)
MEMORY = ".memuse", "_memuse"


def figures_of(counters: Mapping[str, float]) -> tuple[Figure, ...]:
    found = [Figure(name, counters[counter], unit) for counter, name, unit in COUNTERS if counter in counters]
    packets, drops = counters.get("capture.kernel_packets"), counters.get("capture.kernel_drops")
    if packets and drops is not None:
        found.append(Figure("packets.dropped.share", 100.0 * drops / (packets + drops), "percent"))
    memory = [value for name, value in counters.items() if name.endswith(MEMORY)]
    if memory:
        found.append(Figure("memory.used", sum(memory), "bytes"))
    return tuple(found)
