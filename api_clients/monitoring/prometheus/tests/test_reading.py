"""Answers as values: what every version says, what is unusual, and what cannot be read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api_clients.domain.errors import (
    InvalidRequest,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.health import Health
from api_clients.domain.values import Response
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.infrastructure.tests.rig import Scripted
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.prometheus.reading import envelope
from api_clients.monitoring.prometheus.reading.primitives import duration_seconds, milliseconds, moment
from api_clients.monitoring.prometheus.simulator import PrometheusSimulator
from api_clients.monitoring.prometheus.values import Bucket, Histogram
from api_clients.monitoring.tests.exchanges import exchanges
from api_clients.simulation import Answer, Received

MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STAMP = MOMENT.timestamp()


def answering(document: Any, status: int = 200) -> PrometheusClient:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return PrometheusClient(ReadingTransport(Scripted(Response(status, body=body))))


def success(data: Any, **notes: Any) -> dict[str, Any]:
    return {"status": "success", "data": data, **notes}


# --- Queries ---


def test_warnings_and_infos_are_kept_beside_the_answer() -> None:
    vector = {"resultType": "vector", "result": []}
    matrix = {"resultType": "matrix", "result": []}
    notes = {"warnings": ["a store did not answer"], "infos": ["not a counter: up"]}
    for result in (
        answering(success(vector, **notes)).query("rate(up[5m])"),
        answering(success(matrix, **notes)).query_range("up", MOMENT, MOMENT, 1),
        answering(success([], **notes)).series(["up"]),
        answering(success([], **notes)).labels(),
        answering(success([], **notes)).label_values("job"),
    ):
        assert (result.warnings, result.infos) == (("a store did not answer",), ("not a counter: up",))


def test_a_simulator_that_warns_is_heard() -> None:
    simulator = PrometheusSimulator()
    simulator.warnings = ["partial answer"]
    assert exchanges(PrometheusClient, simulator).client.query("up").warnings == ("partial answer",)


def test_values_that_are_no_numbers_are_read() -> None:
    values = ["NaN", "+Inf", "-Inf", "1e-07", "0"]
    result = [{"metric": {"n": str(at)}, "value": [STAMP, value]} for at, value in enumerate(values)]
    found = [
        sample.value for sample in answering(success({"resultType": "vector", "result": result})).query("x").samples
    ]
    assert math.isnan(found[0] or 0)
    assert found[1:] == [math.inf, -math.inf, 1e-07, 0.0]


def test_native_histograms_are_read_alone_and_in_a_series_of_both_kinds() -> None:
    histogram = {"count": "12.5", "sum": "42.1", "buckets": [[0, "0.5", "1", "5"], [3, "-1", "1", "7.5"]]}
    read = Histogram(12.5, 42.1, (Bucket(0, 0.5, 1.0, 5.0), Bucket(3, -1.0, 1.0, 7.5)))
    vector = [{"metric": {}, "histogram": [STAMP, histogram]}]
    (sample,) = answering(success({"resultType": "vector", "result": vector})).query("x").samples
    assert (sample.value, sample.histogram, sample.time) == (None, read, MOMENT)
    both = [{"metric": {}, "values": [[STAMP, "1"], [STAMP + 2, "2"]], "histograms": [[STAMP + 1, histogram]]}]
    (series,) = answering(success({"resultType": "matrix", "result": both})).query_range("x", MOMENT, MOMENT, 1).series
    assert [point.value for point in series.points] == [1.0, None, 2.0]
    assert series.points[1].histogram == read


@pytest.mark.parametrize(
    "data",
    [
        {"resultType": "surprise", "result": []},
        {"resultType": "vector", "result": [{"metric": {}, "value": [STAMP, "many"]}]},
        {"resultType": "vector", "result": [{"metric": {}, "value": [STAMP, 1.0]}]},
        {"resultType": "vector", "result": [{"metric": {}, "value": [STAMP]}]},
        {"resultType": "vector", "result": [{"metric": {"a": 1}, "value": [STAMP, "1"]}]},
        {"resultType": "vector", "result": [{"metric": [], "value": [STAMP, "1"]}]},
        {"resultType": "vector", "result": None},
        {"resultType": "vector"},
        [],
    ],
)
def test_a_result_that_is_not_one_is_malformed(data: Any) -> None:
    with pytest.raises(Malformed):
        answering(success(data)).query("x")


def test_a_vector_where_a_matrix_was_asked_for_is_malformed() -> None:
    with pytest.raises(Malformed):
        answering(success({"resultType": "vector", "result": []})).query_range("x", MOMENT, MOMENT, 1)


@pytest.mark.parametrize("envelope_of", [{"data": []}, {"status": "fine", "data": []}, {"status": "success"}, 3, None])
def test_an_answer_without_its_envelope_is_malformed(envelope_of: Any) -> None:
    with pytest.raises(Malformed):
        answering(envelope_of).series(["up"])


# --- What cannot be asked ---


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"start": MOMENT, "end": MOMENT - timedelta(seconds=1), "step_seconds": 1}, "end is before start"),
        ({"start": MOMENT, "end": MOMENT, "step_seconds": 0}, "step_seconds is 0"),
        ({"start": MOMENT, "end": MOMENT, "step_seconds": -5}, "step_seconds is -5"),
        ({"start": MOMENT, "end": MOMENT, "step_seconds": math.nan}, "step_seconds is nan"),
        ({"start": MOMENT, "end": MOMENT + timedelta(hours=4), "step_seconds": 1}, "14400 steps are more than 11000"),
        ({"start": MOMENT.replace(tzinfo=None), "end": MOMENT, "step_seconds": 1}, "start has no time zone"),
        ({"start": MOMENT, "end": MOMENT, "step_seconds": 1, "timeout_seconds": 0}, "timeout_seconds is 0"),
    ],
)
def test_a_span_that_makes_no_sense_is_not_sent(arguments: dict[str, Any], told: str) -> None:
    said = exchanges(PrometheusClient, PrometheusSimulator())
    with pytest.raises(InvalidRequest, match=f"^prometheus query_range main: {told}"):
        said.client.query_range("up", **arguments)
    assert said.said == []


def test_the_name_of_a_label_cannot_leave_its_place_in_the_path() -> None:
    said = exchanges(PrometheusClient, PrometheusSimulator())
    for label in ("..", ""):
        with pytest.raises(InvalidRequest, match="not the name of a label"):
            said.client.label_values(label)
    with pytest.raises(Rejected):
        said.client.label_values("../../-/reload")
    assert [received.path for received, _ in said.said] == ["/api/v1/label/..%2F..%2F-%2Freload/values"]


def test_nothing_is_deleted_without_a_selector() -> None:
    said = exchanges(PrometheusClient, PrometheusSimulator())
    with pytest.raises(InvalidRequest, match="match is empty"):
        said.client.delete_series([])
    assert said.said == []


# --- Errors ---


def error(kind: str, text: str = "why") -> bytes:
    return json.dumps({"status": "error", "errorType": kind, "error": text}).encode()


@pytest.mark.parametrize(
    ("kind", "status", "meant"),
    [
        ("bad_data", 400, Rejected),
        ("execution", 422, Rejected),
        ("timeout", 503, Rejected),
        ("canceled", 503, Rejected),
        ("canceled", 499, Rejected),
        ("not_found", 404, Rejected),
        ("internal", 500, Unreachable),
        ("unavailable", 503, Overloaded),
        ("something_new", 500, Unreachable),
        ("something_new", 418, Rejected),
    ],
)
def test_the_type_of_an_error_says_what_it_means(kind: str, status: int, meant: type[ServiceError]) -> None:
    before = {True: Overloaded, False: Unreachable}[status == 503] if status >= 500 else Rejected
    told = envelope.refused(before("by its status", status=status), error(kind))
    assert type(told) is meant
    assert (told.reason, told.status) == (f"answered {status} {kind}: why", status)


def test_an_error_with_a_status_of_success_is_an_error() -> None:
    for kind, meant in (("timeout", Rejected), ("unavailable", Overloaded), ("something_new", Rejected)):
        with pytest.raises(meant, match=f"{kind}: why") as caught:
            answering(error(kind)).query("up")
        assert (caught.value.service, caught.value.operation) == ("prometheus", "query")


def test_a_pause_that_was_asked_for_is_kept() -> None:
    told = envelope.refused(Overloaded("busy", status=503, retry_after_seconds=7.0), error("unavailable"))
    assert isinstance(told, Overloaded)
    assert told.retry_after_seconds == 7.0


def test_other_words_leave_the_error_as_it_is() -> None:
    for body in (b"", b"<html>", b"[]", b"null", b'{"errorType": 3', b'{"status": "error"}', b"[" * 100_000):
        before = Unauthorized("answered 401", status=401)
        assert envelope.refused(before, body) is before


# --- Times ---


@pytest.mark.parametrize(
    ("spelled", "seconds"),
    [("15s", 15.0), ("1h30m", 5400.0), ("500ms", 0.5), ("1d", 86400.0), ("2w", 1209600.0), ("0", 0.0), ("1.5s", 1.5)],
)
def test_durations_are_read(spelled: str, seconds: float) -> None:
    assert duration_seconds(spelled) == seconds


@pytest.mark.parametrize("spelled", ["", "15", "s", "15 s", "15x", "-5s", "1h-1m", None, 15])
def test_what_is_no_duration_is_refused(spelled: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        duration_seconds(spelled)


def test_never_and_the_bounds_of_an_empty_head_are_none() -> None:
    assert moment("0001-01-01T00:00:00Z") is None
    assert milliseconds(9_223_372_036_854_775_807) is None
    assert milliseconds(-9_223_372_036_854_775_808) is None
    assert milliseconds(int(STAMP * 1000)) == MOMENT
    with pytest.raises(ValueError, match="zone"):
        moment("2026-11-20T12:00:00")


# --- State ---


def test_health_is_degraded_where_the_last_reload_failed() -> None:
    simulator = PrometheusSimulator()
    simulator.reload_problem = "line 9: field bad not found"
    client = exchanges(PrometheusClient, simulator).client
    with pytest.raises(Rejected, match="line 9"):
        client.reload()
    health = client.health()
    assert (health.status, health.version) == ("degraded", "3.5.0")
    assert "last reload failed" in health.reason


def test_a_server_of_the_same_api_without_runtime_information_is_healthy() -> None:
    class Metrics(PrometheusSimulator):
        def answer(self, received: Received) -> Answer:
            if received.path.endswith("/status/runtimeinfo"):
                return Answer(400, b'unsupported path requested: "/api/v1/status/runtimeinfo"')
            return super().answer(received)

    assert exchanges(PrometheusClient, Metrics()).client.health() == Health(version="3.5.0")


def test_what_older_servers_do_not_say_is_left_out() -> None:
    target = {
        "discoveredLabels": {},
        "labels": {"job": "x"},
        "scrapePool": "x",
        "scrapeUrl": "http://x/metrics",
        "lastError": "",
        "lastScrape": "0001-01-01T00:00:00Z",
        "health": "unknown",
    }
    (read,) = answering(success({"activeTargets": [target], "droppedTargets": None})).targets().active
    assert (read.last_scrape, read.interval_seconds, read.health) == (None, None, "unknown")
    with pytest.raises(Malformed):
        answering(success({"activeTargets": [{**target, "health": "fine"}], "droppedTargets": []})).targets()


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.reload(),
        lambda client: client.clean_tombstones(),
        lambda client: client.write([{"labels": {"__name__": "m"}, "points": [{"time": MOMENT, "value": 1.0}]}]),
    ],
    ids=["reload", "clean_tombstones", "write"],
)
def test_a_page_of_a_portal_is_no_success_of_an_action(act: Callable[[PrometheusClient], None]) -> None:
    with pytest.raises(Malformed):
        act(answering(b"<html>Log in</html>"))
