"""Counts and times every real attempt, and exports the figures to Prometheus.

    nms_client_requests_total{service,operation,outcome}            outcome: success, or the error's name
    nms_client_request_seconds{service,operation}                   histogram, to be summed over workers
    nms_client_request_quantile_seconds{service,operation,quantile} p50, p95, p99 of this process's last attempts
    nms_client_cache_total{service,outcome}                         hit, stale, shared, miss
    nms_client_circuit_changes_total{service,to}                    how often circuits went to a phase

No label names a target: thousands of devices would make thousands of series.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api_clients.domain.errors import ServiceError
from api_clients.domain.ports import PhaseChange, Transport
from api_clients.domain.values import Request, Response

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
QUANTILES = (0.5, 0.95, 0.99)
WINDOW = 1024  # attempts that the quantiles are taken over; exact within it, and small enough to sort at a scrape


@dataclass(frozen=True, slots=True)
class OperationStatistics:
    service: str
    operation: str
    outcomes: dict[str, int]
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())


class Instrumentation(Collector):
    """One for the process: every chain reports here, and `registry` is what /metrics renders."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lock = threading.Lock()
        self._series: dict[tuple[str, str], _Series] = {}
        self._requests = Counter(
            "nms_client_requests", "Attempts by outcome.", ["service", "operation", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "nms_client_request_seconds",
            "Duration of attempts.",
            ["service", "operation"],
            buckets=BUCKETS_SECONDS,
            registry=registry,
        )
        self._cache = Counter(
            "nms_client_cache", "Cacheable calls by how they were answered.", ["service", "outcome"], registry=registry
        )
        self._circuits = Counter(
            "nms_client_circuit_changes", "Changes of circuits by new phase.", ["service", "to"], registry=registry
        )
        registry.register(self)

    def observe(self, service: str, operation: str, outcome: str, seconds: float) -> None:
        self._series_of(service, operation).observe(outcome, seconds)

    def count_cache(self, service: str, outcome: str) -> None:
        self._cache.labels(service, outcome).inc()

    def count_circuit(self, change: PhaseChange) -> None:
        """A BreakerListener."""
        self._circuits.labels(change.service, change.after).inc()

    def statistics(self) -> tuple[OperationStatistics, ...]:
        """Return the figures of this process so far, by service and operation."""
        with self._lock:
            series = sorted(self._series.items())
        return tuple(item.statistics(service, operation) for (service, operation), item in series)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "nms_client_request_quantile_seconds",
            f"Quantiles of the duration of the last {WINDOW} attempts.",
            labels=["service", "operation", "quantile"],
        )
        for item in self.statistics():
            values = (item.p50_seconds, item.p95_seconds, item.p99_seconds)
            for quantile, value in zip(QUANTILES, values, strict=True):
                family.add_metric([item.service, item.operation, str(quantile)], value)
        yield family

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()  # nothing to say before there are series; also spares a collect() at registration

    def _series_of(self, service: str, operation: str) -> _Series:
        key = (service, operation)
        series = self._series.get(key)
        if series is None:
            with self._lock:
                series = self._series.setdefault(
                    key, _Series(self._requests, self._seconds.labels(service, operation), service, operation)
                )
        return series


class _Series:
    """The figures of one operation; its Prometheus children are looked up once, for that costs more than a count."""

    def __init__(self, requests: Counter, seconds: Histogram, service: str, operation: str) -> None:
        self._requests = requests
        self._labels = (service, operation)
        self._seconds = seconds
        self._outcomes: dict[str, Counter] = {}
        self._counts: dict[str, int] = {}
        self._window: deque[float] = deque(maxlen=WINDOW)
        self._lock = threading.Lock()

    def observe(self, outcome: str, seconds: float) -> None:
        with self._lock:
            counter = self._outcomes.get(outcome)
            if counter is None:
                counter = self._outcomes[outcome] = self._requests.labels(*self._labels, outcome)
            self._counts[outcome] = self._counts.get(outcome, 0) + 1
            self._window.append(seconds)
        counter.inc()
        self._seconds.observe(seconds)

    def statistics(self, service: str, operation: str) -> OperationStatistics:
        with self._lock:
            durations, outcomes = sorted(self._window), dict(self._counts)
        p50, p95, p99 = (nearest_rank(durations, quantile) for quantile in QUANTILES)
        return OperationStatistics(service, operation, outcomes, p50, p95, p99)


def nearest_rank(ordered: list[float], quantile: float) -> float:
    """Return the smallest value that at least that share of the values does not exceed; NaN of nothing."""
    if not ordered:
        return float("nan")
    rank = -int(-quantile * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]


class MeasuringTransport:
    def __init__(self, inner: Transport, instrumentation: Instrumentation) -> None:
        self._inner = inner
        self._instrumentation = instrumentation

    def send(self, request: Request) -> Response:
        outcome = "fault"  # what is left where something other than a ServiceError comes through
        started = time.perf_counter()
        try:
            response = self._inner.send(request)
        except ServiceError as error:
            outcome = outcome_of(error)
            raise
        else:
            outcome = "success"
            return response
        finally:
            seconds = time.perf_counter() - started
            self._instrumentation.observe(request.service, request.operation.name, outcome, seconds)


def outcome_of(error: ServiceError) -> str:
    """Name the error as a label: DeadlineExceeded is deadline_exceeded."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
