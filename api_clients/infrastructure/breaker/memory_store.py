"""Breaker states in this process, forgotten when their target has not been called for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cachetools import TTLCache

from api_clients.domain.policies.breaker import BreakerState, Change
from api_clients.domain.ports import Clock

CLOSED = BreakerState()
IDLE_SECONDS = 3600.0
MAX_TARGETS = 100_000


class MemoryBreakerStore:
    """Healthy circuits take no room: a state is kept only once something has changed it."""

    def __init__(self, clock: Clock, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._lock = threading.Lock()
        self._states: TTLCache[str, BreakerState] = TTLCache(MAX_TARGETS, idle_seconds, timer=clock.monotonic)

    def update(self, key: str, step: Callable[[BreakerState], Change]) -> Change:
        with self._lock:
            change = step(self._states.get(key, CLOSED))
            if change.after is not change.before:
                self._states[key] = change.after
            return change

    def load(self, key: str) -> BreakerState:
        with self._lock:
            return self._states.get(key, CLOSED)
