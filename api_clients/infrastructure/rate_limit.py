"""Keeps this process under a rate the service can bear; waits a little for its turn, else says when to come back."""

from __future__ import annotations

import threading

from api_clients.domain.errors import Throttled
from api_clients.domain.policies.deadline import clip
from api_clients.domain.policies.rate import RatePolicy, full_bucket, take
from api_clients.domain.ports import Clock, Transport
from api_clients.domain.values import Request, Response


class RateLimitingTransport:
    def __init__(self, inner: Transport, policy: RatePolicy, *, clock: Clock) -> None:
        self._inner = inner
        self._policy = policy
        self._clock = clock
        self._bucket = full_bucket(policy, clock.monotonic())
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        now = self._clock.monotonic()
        with self._lock:
            self._bucket, granted, wait = take(
                self._bucket,
                self._policy,
                now=now,
                max_wait_seconds=clip(self._policy.max_wait_seconds, request.deadline, now=now),
            )
        if not granted:
            raise Throttled(
                f"over our own limit of {self._policy.rate_per_second:g} calls/s; the next turn is in {wait:.2f} s",
                retry_after_seconds=wait,
                **request.labels(),
            )
        if wait > 0:
            self._clock.sleep(wait)
        return self._inner.send(request)
