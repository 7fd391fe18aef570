"""Asks another installation where the one that was meant fails: the outermost link of a chain, where one is configured.

Only reads go to the other: an action is meant for one place, also where it was never sent. Nor does what asks a target
about itself (without_fallback). The answer says from which instance it came; the failure of both is told as the first
one's.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from api_clients.domain.errors import CircuitOpen, Malformed, Overloaded, ServiceError, Unreachable
from api_clients.domain.operation import may_fall_back
from api_clients.domain.ports import Transport
from api_clients.domain.values import Request, Response

log = structlog.get_logger(__name__)

FAILURES = (Unreachable, Overloaded, Malformed, CircuitOpen)


class FallbackTransport:
    def __init__(self, inner: Transport, other: Transport, *, target: str) -> None:
        """`other` is the chain of `target`, with breaker, cache and all of its own."""
        self._inner = inner
        self._other = other
        self._target = target

    def send(self, request: Request) -> Response:
        try:
            return self._inner.send(request)
        except FAILURES as error:
            if not may_fall_back(request.operation):
                raise
            return self._fall_back(request, error)

    def _fall_back(self, request: Request, error: ServiceError) -> Response:
        try:
            response = self._other.send(replace(request, target=self._target))
        except ServiceError:
            raise error from error.__cause__
        log.info("fell_back", to=self._target, reason=type(error).__name__, **request.labels())
        return response
