"""Answers of queries, series and labels."""

from __future__ import annotations

from typing import Any

from api_clients.monitoring.prometheus.reading.envelope import Notes
from api_clients.monitoring.prometheus.reading.primitives import instant, labels, text, texts
from api_clients.monitoring.prometheus.values import (
    Bucket,
    Exemplar,
    Histogram,
    InstantResult,
    MetricMetadata,
    Names,
    Point,
    RangeResult,
    Sample,
    Series,
    SeriesList,
)


def instant_result(data: Any, notes: Notes) -> InstantResult:
    kind, result = data["resultType"], data["result"]
    if kind == "vector":
        return InstantResult("vector", samples=tuple(_sample(item) for item in result), **notes)
    if kind == "matrix":
        return InstantResult("matrix", series=tuple(_series(item) for item in result), **notes)
    if kind == "scalar":
        point = _point(result)
        return InstantResult("scalar", samples=(Sample({}, point.time, point.value),), **notes)
    if kind == "string":
        return InstantResult("string", text=text(result[1]), **notes)
    raise ValueError("a result of unknown type")


def range_result(data: Any, notes: Notes) -> RangeResult:
    if data["resultType"] != "matrix":
        raise ValueError("not a matrix")
    return RangeResult(tuple(_series(item) for item in data["result"]), **notes)


def names(data: Any, notes: Notes) -> Names:
    return Names(texts(data), **notes)


def series_list(data: Any, notes: Notes) -> SeriesList:
    return SeriesList(tuple(labels(item) for item in data), **notes)


def exemplars(data: Any) -> tuple[Exemplar, ...]:
    return tuple(
        Exemplar(
            series=labels(item["seriesLabels"]),
            labels=labels(each["labels"]),
            time=instant(each["timestamp"]),
            value=float(each["value"]),
        )
        for item in data
        for each in item["exemplars"]
    )


def metadata(data: Any) -> tuple[MetricMetadata, ...]:
    """A metric comes more than once where its targets do not agree."""
    return tuple(
        MetricMetadata(text(metric), text(item["type"]), text(item["help"]), text(item.get("unit", "")))
        for metric, items in sorted(data.items())
        for item in items
    )


def target_metadata(data: Any) -> tuple[MetricMetadata, ...]:
    """The metric is not named where one was asked for."""
    return tuple(
        MetricMetadata(
            text(item.get("metric", "")),
            text(item["type"]),
            text(item["help"]),
            text(item.get("unit", "")),
            labels(item["target"]),
        )
        for item in data
    )


def _sample(item: Any) -> Sample:
    point = _histogram_point(item["histogram"]) if "histogram" in item else _point(item["value"])
    return Sample(labels(item["metric"]), point.time, point.value, point.histogram)


def _series(item: Any) -> Series:
    """A series that went over to native histograms has points of both kinds."""
    points = [_point(pair) for pair in item.get("values", ())]
    points += [_histogram_point(pair) for pair in item.get("histograms", ())]
    if "histograms" in item and "values" in item:
        points.sort(key=lambda point: point.time)
    return Series(labels(item["metric"]), tuple(points))


def _point(pair: Any) -> Point:
    seconds, value = pair
    return Point(instant(seconds), float(text(value)))


def _histogram_point(pair: Any) -> Point:
    seconds, document = pair
    buckets = tuple(
        Bucket(int(boundaries), float(lower), float(upper), float(count))
        for boundaries, lower, upper, count in document.get("buckets") or ()
    )
    return Point(instant(seconds), None, Histogram(float(document["count"]), float(document["sum"]), buckets))
