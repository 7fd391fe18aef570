"""Remembers that something we lean on is away: its outage is logged once, and so is its end."""

from __future__ import annotations

import threading

import structlog

from api_clients.domain.ports import Clock

log = structlog.get_logger(__name__)


class Outage:
    """While it lasts, `is_on` spares callers the wait for a timeout; every `pause_seconds` one of them tries anew."""

    def __init__(self, name: str, *, clock: Clock, pause_seconds: float = 2.0) -> None:
        self._name = name
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._lock = threading.Lock()
        self._since: float | None = None
        self._next_trial = 0.0

    def is_on(self) -> bool:
        with self._lock:
            now = self._clock.monotonic()
            if self._since is None:
                return False
            if now < self._next_trial:
                return True
            self._next_trial = now + self._pause_seconds
            return False

    def begin(self, error: Exception) -> None:
        with self._lock:
            now = self._clock.monotonic()
            self._next_trial = now + self._pause_seconds
            first, self._since = self._since is None, self._since or now
        if first:
            log.warning("outage_began", what=self._name, error=str(error))

    def end(self) -> None:
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            log.info("outage_ended", what=self._name, seconds=round(self._clock.monotonic() - since, 1))
