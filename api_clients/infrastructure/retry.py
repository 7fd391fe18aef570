"""Tries idempotent operations again, as domain/policies/retry.py decides; the one owner of retries of a call."""

from __future__ import annotations

import random
from collections.abc import Callable

import structlog

from api_clients.domain.errors import CircuitOpen, ServiceError
from api_clients.domain.policies.retry import RetryPolicy, next_wait
from api_clients.domain.ports import Clock, Transport
from api_clients.domain.values import Request, Response

log = structlog.get_logger(__name__)


class RetryingTransport:
    def __init__(
        self, inner: Transport, policy: RetryPolicy, *, clock: Clock, draw: Callable[[], float] = random.random
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._clock = clock
        self._draw = draw

    def send(self, request: Request) -> Response:
        """Send until it succeeds or the policy gives up; then the last attempt's error is raised as it is. Where an
        attempt has opened the circuit, so that the next was not sent, its error is the cause of the CircuitOpen.
        """
        if not request.operation.idempotent:
            return self._inner.send(request)
        failed_attempts = 0
        last: ServiceError | None = None
        while True:
            try:
                return self._inner.send(request)
            except ServiceError as error:
                if isinstance(error, CircuitOpen) and last is not None:
                    raise error from last
                last = error
                failed_attempts += 1
                wait = next_wait(
                    self._policy,
                    error,
                    failed_attempts=failed_attempts,
                    now=self._clock.monotonic(),
                    deadline=request.deadline,
                    draw=self._draw,
                )
                if wait is None:
                    raise
                log.debug("retrying", **request.labels(), error=type(error).__name__, wait_seconds=round(wait, 3))
            self._clock.sleep(wait)
