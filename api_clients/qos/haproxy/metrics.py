"""The text that Prometheus reads, as values."""

from __future__ import annotations

import math

from prometheus_client.parser import text_string_to_metric_families

from api_clients.qos.haproxy.values import Metric


def parse_metrics(text: str) -> tuple[Metric, ...]:
    """Raises ValueError where it is not that text; samples without a number (NaN) are left out."""
    families = list(text_string_to_metric_families(text))
    if not families:
        raise ValueError("no metrics")
    return tuple(
        Metric(sample.name, float(sample.value), dict(sample.labels))
        for family in families
        for sample in family.samples
        if not math.isnan(sample.value)
    )
