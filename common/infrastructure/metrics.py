"""The hub's own Prometheus metrics. Clients add theirs to the same registry (see api_clients' instrumentation).

Counters are of this process; the position is the database's, hence of the whole installation.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error
from prometheus_client import REGISTRY, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

EVENTS = Counter("nms_events_published", "Events published by this process, by type.", ["type", "priority"])
EVENTS_SENT = Counter("nms_websocket_events_sent", "Events sent to WebSocket clients by this process.")
WEBSOCKETS = Gauge("nms_websocket_connections", "WebSocket clients connected to this process.")
GAPS = Counter("nms_websocket_gaps", "Times a WebSocket client was too slow and was left a gap.")


class _Position(Collector):
    def describe(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("nms_event_position", "The newest position of the event store.")

    def collect(self) -> Iterator[Metric]:
        from common.infrastructure import event_store  # needs Django's apps, which a registry may outlive in tests

        try:
            position = event_store.last_position()
        except Error:
            return  # no value beats a wrong one; /health/ says why
        yield GaugeMetricFamily("nms_event_position", "The newest position of the event store.", value=position)


def register() -> None:
    """Once, from AppConfig.ready()."""
    REGISTRY.register(_Position())
