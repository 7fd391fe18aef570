"""The figures of what a server watches, all in one query: a label of ours tells its parts apart.

Use of machines is there where node exporters are scraped; of many, only the most used.
"""

from __future__ import annotations

from dataclasses import dataclass

from api_clients.domain.figures import Figure, Unit
from api_clients.monitoring.prometheus.values import InstantResult

LABEL = "nms_figure"
MOST = 20
SHOWN = ("instance", "device", "mountpoint")


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    unit: Unit
    expression: str


def _most(expression: str) -> str:
    return f"topk({MOST}, {expression})"


# As df has it: what is kept for root is neither used nor free.
_DISK = '{fstype!~"tmpfs|overlay|squashfs|ramfs",mountpoint="/"}'
_USED = f"(node_filesystem_size_bytes{_DISK} - node_filesystem_free_bytes{_DISK})"
PARTS = (
    _Part("targets.total", "count", "count(up) or vector(0)"),
    _Part("targets.up", "count", "sum(up) or vector(0)"),
    _Part("alerts.firing", "count", 'count(ALERTS{alertstate="firing"}) or vector(0)'),
    _Part(
        "cpu.used", "percent", _most('100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))')
    ),
    _Part("memory.used", "percent", _most("100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)")),
    _Part(
        "disk.used",
        "percent",
        _most(f"100 * {_USED} / ({_USED} + node_filesystem_avail_bytes{_DISK})"),
    ),
)
QUERY = " or ".join(f'label_replace(({part.expression}), "{LABEL}", "{part.name}", "", "")' for part in PARTS)
_UNITS = {part.name: part.unit for part in PARTS}


def figures(result: InstantResult) -> tuple[Figure, ...]:
    """Make figures of the query's answer; a value that is no number (0/0) is left out."""
    return tuple(
        Figure(
            name=sample.labels[LABEL],
            value=sample.value,
            unit=_UNITS[sample.labels[LABEL]],
            labels={name: sample.labels[name] for name in SHOWN if name in sample.labels},
        )
        for sample in result.samples
        if sample.value is not None and sample.value == sample.value
    )
