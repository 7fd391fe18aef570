"""The hub's own Prometheus metrics. Clients add theirs to the same registry (see api_clients' instrumentation).

Counters are of this process; what is the whole installation's stands in application/system/installation_metrics.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

# All events of the hub, not those of GNS3 alone: it is the name that was published, and one name is enough.
EVENTS = Counter("gns3_events", "Events published by this process, by type.", ["type", "priority"])

CLIENT_SECONDS = "nms_client_request_seconds"
CLIENT_CACHE = "nms_client_cache_total"
ANSWERED_BY_CACHE = {"hit", "stale", "shared"}


class _Published(Collector):
    """Under the names that were published: what the clients' own metrics say (api_clients' instrumentation).

    gns3_response_time_seconds is nms_client_request_seconds of the service gns3: every real attempt, by operation.
    nms_cache_hit_ratio is the share of cacheable calls, of all services, that cost no call; absent before the first.
    """

    def describe(self) -> Iterator[Metric]:
        return iter(())  # nothing to say before there are clients

    def collect(self) -> Iterator[Metric]:
        yield _gns3_seconds()
        yield _hit_ratio()


def _gns3_seconds() -> Metric:
    family = Metric("gns3_response_time_seconds", "Duration of attempts at the service gns3.", "histogram")
    for sample in _samples(*(f"{CLIENT_SECONDS}_{part}" for part in ("bucket", "sum", "count"))):
        if sample.labels.get("service") == "gns3":
            labels = {name: value for name, value in sample.labels.items() if name != "service"}
            family.add_sample(sample.name.replace(CLIENT_SECONDS, family.name), labels, sample.value)
    return family


def _hit_ratio() -> Metric:
    family = GaugeMetricFamily("nms_cache_hit_ratio", "Share of cacheable calls that the cache answered.")
    asked = answered = 0.0
    for sample in _samples(CLIENT_CACHE):
        asked += sample.value
        if sample.labels["outcome"] in ANSWERED_BY_CACHE:
            answered += sample.value
    if asked:
        family.add_metric([], answered / asked)
    return family


def _samples(*names: str) -> Iterator[Sample]:
    for metric in REGISTRY.restricted_registry(names).collect():
        yield from metric.samples


def register() -> None:
    """Once, from AppConfig.ready()."""
    REGISTRY.register(_Published())
