"""Sends each attempt to one of several replicas, chosen by domain/policies/balance.py.

One attempt goes to one replica: trying the next is the retry's work, whose next attempt comes through here again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.domain.policies import balance as rules
from api_clients.domain.policies.balance import BalancePolicy, Instance, Standing
from api_clients.domain.ports import Clock, Transport
from api_clients.domain.values import Request, Response

log = structlog.get_logger(__name__)


class BalancingTransport:
    def __init__(
        self, inner: Transport, instances: Sequence[Instance], policy: BalancePolicy | None = None, *, clock: Clock
    ) -> None:
        if not instances:
            raise ValueError("a balancer needs at least one instance")
        self._inner = inner
        self._instances = tuple(instances)
        self._policy = policy or BalancePolicy()
        self._clock = clock
        self._standings: rules.Standings = tuple(Standing() for _ in instances)
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        index = self._choose()
        sent = replace(request, instance=self._instances[index].url)
        try:
            response = self._inner.send(sent)
        except ServiceError as error:
            if error.verdict == "failure":
                self._failed(index)
            raise
        self._succeeded(index)
        return response

    def _choose(self) -> int:
        if len(self._instances) == 1:
            return 0
        with self._lock:
            index, self._standings = rules.choose(
                self._instances, self._standings, self._policy, self._clock.monotonic()
            )
            return index

    def _failed(self, index: int) -> None:
        with self._lock:
            before = self._standings[index]
            self._standings = rules.failed(self._standings, index, self._policy, self._clock.monotonic())
            left_out = not before.out_until and self._standings[index].out_until
        if left_out and len(self._instances) > 1:
            log.warning("instance_left_out", instance=self._instances[index].url, seconds=self._policy.out_seconds)

    def _succeeded(self, index: int) -> None:
        with self._lock:
            was_out = self._standings[index].out_until
            self._standings = rules.succeeded(self._standings, index)
        if was_out and len(self._instances) > 1:
            log.info("instance_back", instance=self._instances[index].url)
