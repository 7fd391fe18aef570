"""Queries in PromQL, and what series and labels there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.monitoring.prometheus.connection import (
    API,
    GRACE_SECONDS,
    SHORTEST_SECONDS,
    PrometheusConnection,
    moment,
    span,
)
from api_clients.monitoring.prometheus.reading import queries, state
from api_clients.monitoring.prometheus.reading.envelope import as_data, as_noted
from api_clients.monitoring.prometheus.values import (
    Exemplar,
    InstantResult,
    MetricMetadata,
    Names,
    RangeResult,
    SeriesList,
)

QUERY_SECONDS = 20.0
MAX_POINTS = 11_000  # of one series; the server's own limit


class QueryOperations(PrometheusConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=2.0)
    def query(
        self, expression: str, time: datetime | None = None, timeout_seconds: float = QUERY_SECONDS
    ) -> InstantResult:
        """Evaluate a PromQL expression at one moment, now by default.

        A query that takes longer than `timeout_seconds` (at most four fifths of the target's deadline) is Rejected.
        """
        timeout = self._timeout_seconds(timeout_seconds)
        return self._ask(
            "/query",
            {"query": expression, "time": moment("time", time), "timeout": _seconds(timeout)},
            read=as_noted(queries.instant_result),
            silence_seconds=timeout + GRACE_SECONDS,
        )

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def query_range(
        self,
        expression: str,
        start: datetime,
        end: datetime,
        step_seconds: float,
        timeout_seconds: float = QUERY_SECONDS,
    ) -> RangeResult:
        """Evaluate a PromQL expression at every step from start to end, both included; at most 11 000 steps."""
        timeout = self._timeout_seconds(timeout_seconds)
        if not step_seconds >= SHORTEST_SECONDS:
            raise InvalidRequest(f"step_seconds is {step_seconds:g}, and should be at least {SHORTEST_SECONDS:g}")
        spelled = span(start, end)
        steps = (end - start).total_seconds() / step_seconds
        if steps > MAX_POINTS:
            raise InvalidRequest(f"{steps:.0f} steps are more than {MAX_POINTS}; take a longer step or a shorter span")
        return self._ask(
            "/query_range",
            {"query": expression, **spelled, "step": _seconds(step_seconds), "timeout": _seconds(timeout)},
            read=as_noted(queries.range_result),
            silence_seconds=timeout + GRACE_SECONDS,
        )

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def exemplars(
        self, expression: str, start: datetime | None = None, end: datetime | None = None
    ) -> tuple[Exemplar, ...]:
        """List the exemplars of the series that an expression names."""
        return self._ask("/query_exemplars", {"query": expression, **span(start, end)}, read=as_data(queries.exemplars))

    @operation(idempotent=True, role="viewer", cache_seconds=60.0)
    def format_query(self, expression: str) -> str:
        """Return a PromQL expression in the usual layout; one that cannot be parsed is Rejected with its place."""
        return self._ask("/format_query", {"query": expression}, read=as_data(state.formatted))

    @operation(idempotent=True, role="viewer")
    def series(
        self,
        match: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> SeriesList:
        """List the label sets of the series that one of the selectors matches; servers before 2.54 ignore the limit."""
        return self._ask(
            "/series", {"match[]": match, **span(start, end), "limit": limit}, read=as_noted(queries.series_list)
        )

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def labels(
        self,
        match: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> Names:
        """List the names of labels, of all series or of those that one of the selectors matches."""
        return self._ask(
            "/labels", {"match[]": match, **span(start, end), "limit": limit}, read=as_noted(queries.names)
        )

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, example={"label": "job"})
    def label_values(
        self,
        label: str,
        match: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> Names:
        """List the values of one label; those of __name__ are the names of the metrics."""
        return self._get(
            API + _label_path(label),
            params={"match[]": match, **span(start, end), "limit": limit},
            read=as_noted(queries.names),
        )

    @operation(idempotent=True, role="viewer", cache_seconds=60.0, lane="monitoring")
    def metadata(self, metric: str | None = None, limit: int | None = None) -> tuple[MetricMetadata, ...]:
        """Return type, help and unit of metrics, of one or of all; `limit` is a number of metrics."""
        return self._get(API + "/metadata", params={"metric": metric, "limit": limit}, read=as_data(queries.metadata))


def _seconds(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _label_path(label: str) -> str:
    try:
        return url_path("/label/{label}/values", label=label)
    except InvalidRequest as error:
        raise InvalidRequest(f"{label!r} is not the name of a label") from error
