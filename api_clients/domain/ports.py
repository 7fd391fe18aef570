"""The ports: what the chain, its policies and its callers need of the world outside."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from api_clients.domain.policies.breaker import BreakerState, Change, Phase
from api_clients.domain.policies.cache import Entry
from api_clients.domain.values import Request, Response


class Transport(Protocol):
    """Request in, response out; every failure is a ServiceError. Safe to call from many threads at once."""

    def send(self, request: Request) -> Response: ...


class Clock(Protocol):
    """`monotonic` measures spans within this process; `wall` is Unix time, which other processes share."""

    def monotonic(self) -> float: ...
    def wall(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class BreakerStore(Protocol):
    """Keeps breaker states by key; an unknown key is a closed circuit. Moments are monotonic ones of this process."""

    def update(self, key: str, step: Callable[[BreakerState], Change]) -> Change:
        """Apply `step` to the state and keep the outcome, atomically; a pure `step` may be run more than once."""
        ...

    def load(self, key: str) -> BreakerState: ...


class CacheStore(Protocol):
    """Keeps answers by key. Moments in entries are monotonic ones of this process."""

    def get(self, key: str) -> Entry | None: ...
    def put(self, key: str, entry: Entry) -> None: ...
    def delete(self, key: str) -> None: ...

    def lease(self, key: str, seconds: float) -> str | None:
        """Become the one who fetches `key`, for that long at most; None where another is. The token releases it."""
        ...

    def release(self, key: str, token: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """A circuit went from one phase to another."""

    service: str
    target: str
    before: Phase
    after: Phase


BreakerListener = Callable[[PhaseChange], None]


# --- what a client of devices is given, which runs on an event loop and asks each device through no chain ---


class Breaker(Protocol):
    """The circuit breaker of one device."""

    def guard(self) -> AbstractContextManager[None]:
        """Raise CircuitOpen where nothing may be sent, else judge how the block ends."""


class Breakers(Protocol):
    """Hands out one breaker for each device. Asked on the event loop: its store must not block."""

    def for_target(self, service: str, target: str) -> Breaker:
        """The breaker of this service at this target, always the same one."""


class Meter(Protocol):
    """Told how each question ended."""

    def observe(self, service: str, operation: str, outcome: str, seconds: float) -> None:
        """`outcome` is success or the error's name. Called on the event loop: it must not block."""
