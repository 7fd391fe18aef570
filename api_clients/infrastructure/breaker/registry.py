"""Hands out the one breaker of each service and target."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from cachetools import LRUCache

from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.ports import BreakerListener, BreakerStore, Clock
from api_clients.infrastructure.breaker.circuit import CircuitBreaker
from api_clients.infrastructure.breaker.memory_store import MemoryBreakerStore
from api_clients.infrastructure.clock import SystemClock

MAX_TARGETS = 65_536


class BreakerRegistry:
    """Bounded: past MAX_TARGETS the longest unused breaker object goes; its state stays in the store."""

    def __init__(
        self,
        *,
        store: BreakerStore | None = None,
        clock: Clock | None = None,
        default_policy: BreakerPolicy | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._store = store or MemoryBreakerStore(self._clock)
        self._default_policy = default_policy or BreakerPolicy()
        self._policies: dict[str, BreakerPolicy] = {}
        self._listeners: list[BreakerListener] = []
        self._lock = threading.Lock()
        self._breakers: LRUCache[tuple[str, str], CircuitBreaker] = LRUCache(MAX_TARGETS)

    def for_target(self, service: str, target: str) -> CircuitBreaker:
        key = (service, target)
        with self._lock:
            breaker = self._breakers.get(key)
            if breaker is None:
                breaker = self._breakers[key] = CircuitBreaker(
                    service,
                    target,
                    policy=self._policies.get(service, self._default_policy),
                    store=self._store,
                    clock=self._clock,
                    listeners=self._listeners,
                )
            return breaker

    def listen(self, listener: BreakerListener) -> None:
        """Call `listener` at every change of phase that this process brings about, in the thread that did."""
        self._listeners.append(listener)

    def set_policy(self, service: str, policy: BreakerPolicy) -> None:
        """Rule the service's breakers by `policy` from now on; the circuits keep their states and counts."""
        with self._lock:
            self._policies[service] = policy
            for breaker in self._breakers.values():
                if breaker.service == service:
                    breaker.policy = policy

    def __iter__(self) -> Iterator[CircuitBreaker]:
        with self._lock:
            return iter(list(self._breakers.values()))
