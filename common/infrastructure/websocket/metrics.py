"""How the WebSockets of this process do, on /metrics.

The delay is measured once for each event and process, when it goes to those clients that are up to date: from the time
in the event, which its publisher took, to that moment. A clock of another machine that is off is in it.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

RECENT = 2000
QUANTILES = (0.5, 0.95, 0.99)

CONNECTIONS = Gauge("nms_websocket_connections", "WebSocket clients connected to this process, by path.", ["path"])
EVENTS_SENT = Counter("nms_websocket_events_sent", "Events sent to WebSocket clients by this process.")
GAPS = Counter("nms_websocket_gaps", "Times a WebSocket client was left a gap: too slow, or what it asked for is gone.")
LAGGARDS = Counter("nms_websocket_laggards", "Times a WebSocket client did not read and went on at its own pace.")
EVENTS_SEEN = Counter("nms_events_distributed", "Events handed to the WebSocket clients of this process, each once.")
DELAY = Histogram(
    "nms_event_distribution_delay_seconds",
    "From the time of an event to its sending by this process, each event once.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)


class RecentDelays(Collector):
    """Quantiles of the last RECENT events: computed when somebody asks, so that an event costs an append."""

    def __init__(self) -> None:
        self._delays: deque[float] = deque(maxlen=RECENT)
        self._lock = threading.Lock()

    def observe(self, event_times: Sequence[float]) -> None:
        now = time.time()
        delays = [max(0.0, now - at) for at in event_times]
        with self._lock:
            self._delays.extend(delays)
        for delay in delays:
            DELAY.observe(delay)
        EVENTS_SEEN.inc(len(delays))

    def quantiles(self) -> dict[float, float]:
        """Empty before the first event."""
        with self._lock:
            delays = sorted(self._delays)
        return {share: delays[math.ceil(share * len(delays)) - 1] for share in QUANTILES} if delays else {}

    def describe(self) -> Iterator[Metric]:
        yield self._family()

    def collect(self) -> Iterator[Metric]:
        family = self._family()
        for share, delay in self.quantiles().items():
            family.add_metric([str(share)], delay)
        yield family

    def _family(self) -> GaugeMetricFamily:
        text = f"Quantiles of nms_event_distribution_delay_seconds over the last {RECENT} events of this process."
        return GaugeMetricFamily("nms_event_distribution_delay_recent_seconds", text, labels=["quantile"])


recent_delays = RecentDelays()
REGISTRY.register(recent_delays)
