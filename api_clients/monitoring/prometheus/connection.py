"""How every operation asks: by GET, or by POST with a form where that would make too long an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from api_clients.domain.errors import InvalidRequest, ServiceError
from api_clients.domain.values import Response
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.http import HttpClient
from api_clients.monitoring.prometheus.reading import envelope

T = TypeVar("T")
API = "/api/v1"
LONG_CHARACTERS = 2_000  # well below what proxies take for a request line (8 KiB)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TIMEOUT_SHARE = 0.8  # of the deadline: the rest is for the server to say that it gave up
GRACE_SECONDS = 2.0
SHORTEST_SECONDS = 0.001  # the server counts milliseconds


class PrometheusConnection(HttpClient):
    service = "prometheus"

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        return envelope.refused(error, body)

    def _ask(
        self,
        path: str,
        params: Mapping[str, ParamValue],
        *,
        read: Callable[[Response], T],
        silence_seconds: float | None = None,
    ) -> T:
        """Ask what the API takes by GET and POST alike."""
        form = urlencode([(name, each) for name, value in params.items() for each in _spelled(value)])
        if len(form) <= LONG_CHARACTERS:
            return self._send("GET", API + path, params=params, read=read, silence_seconds=silence_seconds)
        return self._send(
            "POST", API + path, body=form.encode(), headers=FORM, read=read, silence_seconds=silence_seconds
        )

    def _timeout_seconds(self, wanted: float) -> float:
        """Return how long the server may evaluate, so that it gives up before we do."""
        if not wanted >= SHORTEST_SECONDS:
            raise InvalidRequest(f"timeout_seconds is {wanted:g}, and should be at least {SHORTEST_SECONDS:g}")
        return min(wanted, TIMEOUT_SHARE * self.deadline_seconds)


def moment(name: str, value: datetime | None) -> str | None:
    """Spell a moment as Unix seconds. Raises InvalidRequest for one without a zone, which could be any of many."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise InvalidRequest(f"{name} has no time zone")
    return f"{value.timestamp():.3f}"


def span(start: datetime | None, end: datetime | None) -> dict[str, str | None]:
    """Spell a span of time. Raises InvalidRequest where it ends before it starts."""
    spelled = {"start": moment("start", start), "end": moment("end", end)}
    if start is not None and end is not None and end < start:
        raise InvalidRequest("end is before start")
    return spelled


def _spelled(value: ParamValue) -> Sequence[str]:
    if value is None:
        return ()
    return [str(value)] if isinstance(value, str | int | float) else list(value)
