"""Remote write: series go to the server, where usually the server comes for them.

The server must run with --web.enable-remote-write-receiver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.infrastructure.http import as_done
from api_clients.monitoring.prometheus import own_series, remote_write
from api_clients.monitoring.prometheus.connection import API, PrometheusConnection
from api_clients.monitoring.prometheus.values import LabelSet, Point, Series, Written

BATCH = 2_000  # series of one request, as many as Prometheus itself sends


class _PointModel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    time: AwareDatetime
    value: float


class _SeriesModel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    labels: dict[str, str]
    points: list[_PointModel]

    def as_series(self) -> Series:
        return Series(self.labels, tuple(Point(point.time, point.value) for point in self.points))


_DOCUMENTS = TypeAdapter(list[_SeriesModel])


class WritingOperations(PrometheusConnection):
    @operation(
        idempotent=True,
        role="operator",
        example={
            "series": [
                {
                    "labels": {"__name__": "site_power_watts", "site": "north"},
                    "points": [{"time": "2026-11-20T12:00:00Z", "value": 410.5}],
                }
            ]
        },
    )
    def write(self, series: Sequence[Mapping[str, Any]]) -> Written:
        """Send series: [{"labels": {"__name__": ...}, "points": [{"time", "value"}]}], as query_range tells them.

        Nothing is sent where one of them is wrong. Points older than those the server has are Rejected.
        """
        try:
            documents = _DOCUMENTS.validate_python(list(series))
        except ValidationError as error:
            raise InvalidRequest(_said(error)) from None
        return self._write([document.as_series() for document in documents])

    @operation(idempotent=True, role="operator", offered=False)
    def write_series(self, series: Sequence[Series]) -> Written:
        """Send series that are values already, in as many requests as they need."""
        return self._write(series)

    @operation(idempotent=True, role="operator", offered=False)
    def write_registry(self, registry: CollectorRegistry, labels: LabelSet, now: datetime | None = None) -> Written:
        """Send what a registry of prometheus_client holds now; `labels` say whose it is (job, instance)."""
        return self._write(own_series.gather(registry, labels=labels, now=now or datetime.now(UTC)))

    def _write(self, series: Sequence[Series]) -> Written:
        bodies = list(_bodies(series))
        for body in bodies:
            self._send("POST", API + "/write", body=body, headers=remote_write.HEADERS, read=as_done)
        return Written(len(series), sum(len(item.points) for item in series), sum(map(len, bodies)))


def _bodies(series: Sequence[Series]) -> Iterator[bytes]:
    try:
        for start in range(0, len(series), BATCH):
            yield remote_write.encode(series[start : start + BATCH])
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def _said(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)[:3]
    return "; ".join(f"series.{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)
