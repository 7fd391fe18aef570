"""Our own figures as series, for a server that cannot come and scrape them."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from api_clients.monitoring.prometheus.values import NAME, LabelSet, Point, Series


def gather(registry: CollectorRegistry, *, labels: LabelSet, now: datetime) -> tuple[Series, ...]:
    """Return every sample of a registry as a series of one point, under the names that a scrape would give it.

    `labels` say whose they are, as a scrape's own would, such as job and instance; where a sample has one of that name
    its own is kept as exported_..., like a scrape does. When counters began (`_created`) is left out.
    """
    return tuple(
        Series(
            {NAME: sample.name, **_merged(sample.labels, labels)}, (Point(_time(sample.timestamp, now), sample.value),)
        )
        for metric in registry.collect()
        for sample in metric.samples
        if not sample.name.endswith("_created")
    )


def _merged(own: LabelSet, added: LabelSet) -> LabelSet:
    return {**{f"exported_{name}" if name in added else name: value for name, value in own.items()}, **added}


def _time(timestamp: object, now: datetime) -> datetime:
    return now if timestamp is None else datetime.fromtimestamp(float(timestamp), UTC)  # type: ignore[arg-type] # a float or prometheus_client's Timestamp
