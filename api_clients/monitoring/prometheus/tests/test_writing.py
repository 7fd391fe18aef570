"""Remote write: the bytes, what is refused before it leaves, and the hub's own figures."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cramjam import snappy
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Info
from prometheus_client.core import GaugeMetricFamily

from api_clients.domain.errors import InvalidRequest, Rejected
from api_clients.monitoring.prometheus import own_series, remote_write
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.prometheus.simulator import PrometheusSimulator
from api_clients.monitoring.prometheus.simulator.received_series import decode
from api_clients.monitoring.prometheus.values import Point, Series
from api_clients.monitoring.tests.exchanges import exchanges

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_the_bytes_are_those_of_the_specification() -> None:
    series = Series({"job": "a", "__name__": "m"}, (Point(datetime.fromtimestamp(0.3, UTC), 1.0),))
    assert bytes(snappy.decompress_raw(remote_write.encode([series]))) == (
        b"\x0a\x27"  # timeseries, 39 bytes
        b"\x0a\x0d\x0a\x08__name__\x12\x01m"  # the labels are sorted
        b"\x0a\x08\x0a\x03job\x12\x01a"
        b"\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\xac\x02"  # 1.0 at 300 ms
    )


names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True)
stamps = st.integers(-(10**12), 10**13)


@given(
    metric=names,
    labels=st.dictionaries(names.filter(lambda name: name != "__name__"), st.text(min_size=1)),
    samples=st.dictionaries(stamps, st.floats(allow_nan=False), min_size=1),
)
def test_what_is_encoded_is_decoded(metric: str, labels: dict[str, str], samples: dict[int, float]) -> None:
    labels = {name: value.encode("utf-8", "replace").decode() for name, value in labels.items()}
    epoch = datetime.fromtimestamp(0, UTC)
    points = tuple(Point(epoch + timedelta(milliseconds=stamp), value) for stamp, value in samples.items())
    (decoded,) = decode(remote_write.encode([Series({"__name__": metric, **labels}, points)]))
    assert decoded == ({"__name__": metric, **labels}, sorted(samples.items()))


def document(**changes: Any) -> dict[str, Any]:
    return {"labels": {"__name__": "m"}, "points": [{"time": "2026-11-20T12:00:00Z", "value": 1.0}], **changes}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"labels": {"job": "x"}}, "has no __name__"),
        ({"labels": {"__name__": "a-b"}}, "has no __name__ that names a metric"),
        ({"labels": {"__name__": "m", "a-b": "x"}}, "'a-b' is not the name of a label"),
        ({"labels": {"__name__": "m", "a": 1}}, r"series.0.labels.a"),
        ({"labels": None}, r"series.0.labels"),
        ({"points": []}, "has no points"),
        ({"points": [{"time": "2026-11-20T12:00:00", "value": 1}]}, r"series.0.points.0.time"),
        ({"points": [{"time": "yesterday", "value": 1}]}, r"series.0.points.0.time"),
        ({"points": [{"time": "2026-11-20T12:00:00Z", "value": "much"}]}, r"series.0.points.0.value"),
        ({"points": [{"time": "2026-11-20T12:00:00Z"}]}, r"series.0.points.0.value"),
        ({"point": []}, r"series.0.point"),
    ],
)
def test_a_series_that_is_wrong_is_named_and_nothing_is_sent(wrong: dict[str, Any], told: str) -> None:
    said = exchanges(PrometheusClient, PrometheusSimulator())
    with pytest.raises(InvalidRequest, match=told):
        said.client.write([document(**wrong)])
    assert said.said == []
    with pytest.raises(InvalidRequest):
        said.client.write([*([document()] * 2_500), document(**wrong)])
    assert said.said == []


def test_no_series_are_no_request() -> None:
    said = exchanges(PrometheusClient, PrometheusSimulator())
    assert (said.client.write([]).series, said.said) == (0, [])


def test_what_was_written_is_found_in_the_simulator() -> None:
    client = exchanges(PrometheusClient, PrometheusSimulator()).client
    later = NOON + timedelta(hours=1)
    client.write_series([Series({"__name__": "m", "empty": ""}, (Point(later, 4.5), Point(NOON, math.inf)))])
    (sample,) = client.query("m").samples
    assert (sample.labels, sample.value, sample.time) == ({"__name__": "m"}, 4.5, later)
    assert client.query("m", time=NOON).samples[0].value == math.inf
    assert client.query("m", time=NOON - timedelta(seconds=1)).samples == ()
    with pytest.raises(Rejected, match="out of order"):
        client.write_series([Series({"__name__": "m"}, (Point(NOON, 1.0),))])


def test_native_histograms_and_times_without_a_zone_are_refused() -> None:
    client = exchanges(PrometheusClient, PrometheusSimulator()).client
    with pytest.raises(InvalidRequest, match="histogram"):
        client.write_series([Series({"__name__": "m"}, (Point(NOON, None),))])
    with pytest.raises(InvalidRequest, match="no time zone"):
        client.write_series([Series({"__name__": "m"}, (Point(NOON.replace(tzinfo=None), 1.0),))])


@pytest.mark.parametrize("body", [b"", b"text", b"\x05\x10abcd", bytes(snappy.compress_raw(b"\x0a\xff"))])
def test_what_is_no_remote_write_is_refused_by_the_simulator(body: bytes) -> None:
    with pytest.raises((ValueError, LookupError)):
        assert decode(body), "nothing was sent"


def test_points_of_other_zones_are_the_same_moments() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    for moment in (NOON, east):
        (decoded,) = decode(remote_write.encode([Series({"__name__": "m"}, (Point(moment, 1.0),))]))
        assert decoded[1] == [(1_795_176_000_000, 1.0)]


# --- Our own figures ---


class Timed:
    """A collector whose sample has a time of its own."""

    def collect(self) -> Any:
        family = GaugeMetricFamily("timed", "Timed.")
        family.add_metric([], 2.0, timestamp=NOON.timestamp() - 60)
        yield family


def test_a_registry_becomes_series_under_the_names_of_a_scrape() -> None:
    registry = CollectorRegistry()
    Counter("events", "Events.", ["kind"], registry=registry).labels("link").inc(3)
    Gauge("load", "Load.", registry=registry).set(0.5)
    Info("build", "Build.", registry=registry).info({"version": "1"})
    registry.register(Timed())
    found = {
        series.labels["__name__"]: series for series in own_series.gather(registry, labels={"job": "nms"}, now=NOON)
    }
    assert found["events_total"].labels == {"__name__": "events_total", "kind": "link", "job": "nms"}
    assert found["events_total"].points == (Point(NOON, 3.0),)
    assert found["load"].points[0].value == 0.5
    assert found["build_info"].labels["version"] == "1"
    assert found["timed"].points[0].time == NOON - timedelta(seconds=60)
    assert not [name for name in found if name.endswith("_created")]


def test_a_label_of_the_same_name_is_kept_as_exported() -> None:
    registry = CollectorRegistry()
    Gauge("load", "Load.", ["job", "path"], registry=registry).labels("backup", "/").set(1)
    (series,) = own_series.gather(registry, labels={"job": "nms"}, now=NOON)
    assert series.labels == {"__name__": "load", "exported_job": "backup", "path": "/", "job": "nms"}
