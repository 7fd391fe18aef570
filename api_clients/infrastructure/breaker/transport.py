"""The circuit breaker as a link of the chain."""

from __future__ import annotations

from api_clients.domain.errors import CircuitOpen
from api_clients.domain.ports import Transport
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.breaker.registry import BreakerRegistry


class BreakingTransport:
    def __init__(self, inner: Transport, breakers: BreakerRegistry) -> None:
        self._inner = inner
        self._breakers = breakers

    def send(self, request: Request) -> Response:
        try:
            with self._breakers.for_target(request.service, request.target).guard():
                return self._inner.send(request)
        except CircuitOpen as refusal:
            refusal.operation = request.operation.name
            raise
