"""The circuit breaker as a link of the chain."""

from __future__ import annotations

from api_clients.domain.errors import CircuitOpen, ServiceError
from api_clients.domain.ports import Transport
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.breaker.registry import BreakerRegistry


class BreakingTransport:
    def __init__(self, inner: Transport, breakers: BreakerRegistry) -> None:
        self._inner = inner
        self._breakers = breakers

    def send(self, request: Request) -> Response:
        breaker = self._breakers.for_target(request.service, request.target)
        try:
            permit = breaker.admit()
        except CircuitOpen as refusal:
            refusal.operation = request.operation.name
            raise
        try:
            response = self._inner.send(request)
        except ServiceError as error:
            breaker.record(error.verdict, permit=permit)
            raise
        except BaseException:
            # Our own fault or an interrupt: says nothing of the service, but the trial slot has to come back.
            breaker.record("neutral", permit=permit)
            raise
        breaker.record("success", permit=permit)
        return response
