from __future__ import annotations

import math

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from api_clients.domain.errors import DeadlineExceeded, Overloaded, Rejected, Unreachable
from api_clients.domain.ports import PhaseChange
from api_clients.domain.values import Response
from api_clients.infrastructure.instrumentation import Instrumentation, MeasuringTransport, nearest_rank, outcome_of
from api_clients.infrastructure.tests.rig import Scripted, a_request, in_threads


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def instrumentation(registry: CollectorRegistry) -> Instrumentation:
    return Instrumentation(registry)


def samples(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


def test_every_attempt_is_counted_by_its_outcome(registry: CollectorRegistry, instrumentation: Instrumentation) -> None:
    wire = Scripted(Response(200), Unreachable("x"), Rejected("x"), ZeroDivisionError(), Response(200))
    transport = MeasuringTransport(wire, instrumentation)
    for _ in range(5):
        try:
            transport.send(a_request())
        except (Unreachable, Rejected, ZeroDivisionError):
            continue
    found = samples(registry)
    for outcome, count in (("success", 2), ("unreachable", 1), ("rejected", 1), ("fault", 1)):
        assert found["nms_client_requests_total", "look", outcome, "storeroom"] == count
    assert found["nms_client_request_seconds_count", "look", "storeroom"] == 5
    assert instrumentation.statistics()[0].outcomes == {"success": 2, "unreachable": 1, "rejected": 1, "fault": 1}
    assert instrumentation.statistics()[0].count == 5


def test_the_quantiles_are_those_of_the_attempts(registry: CollectorRegistry, instrumentation: Instrumentation) -> None:
    for milliseconds in range(1, 101):
        instrumentation.observe("storeroom", "look", "success", milliseconds / 1000)
    found = samples(registry)
    for quantile, seconds in (("0.5", 0.050), ("0.95", 0.095), ("0.99", 0.099)):
        assert found["nms_client_request_quantile_seconds", "look", quantile, "storeroom"] == seconds


@pytest.mark.parametrize(
    ("values", "quantile", "expected"),
    [([1.0], 0.99, 1.0), ([1.0, 2.0], 0.5, 1.0), ([1.0, 2.0, 3.0], 0.5, 2.0), ([1.0, 2.0], 0.95, 2.0)],
)
def test_the_nearest_rank(values: list[float], quantile: float, expected: float) -> None:
    assert nearest_rank(values, quantile) == expected


def test_the_quantile_of_nothing_is_not_a_number() -> None:
    assert math.isnan(nearest_rank([], 0.5))


def test_cache_and_circuits_are_counted(registry: CollectorRegistry, instrumentation: Instrumentation) -> None:
    instrumentation.count_cache("storeroom", "hit")
    instrumentation.count_circuit(PhaseChange("snmp", "192.0.2.1", "closed", "open"))
    found = samples(registry)
    assert found["nms_client_cache_total", "hit", "storeroom"] == 1
    assert found["nms_client_circuit_changes_total", "snmp", "open"] == 1
    assert "192.0.2.1" not in generate_latest(registry).decode()


def test_no_count_is_lost_between_threads(instrumentation: Instrumentation) -> None:
    in_threads(8, lambda: [instrumentation.observe("s", "o", "success", 0.001) for _ in range(500)])
    assert instrumentation.statistics()[0].count == 4000


@pytest.mark.parametrize(
    ("error", "name"), [(Overloaded("x"), "overloaded"), (DeadlineExceeded("x"), "deadline_exceeded")]
)
def test_an_error_is_named_as_a_label(error: Unreachable, name: str) -> None:
    assert outcome_of(error) == name
