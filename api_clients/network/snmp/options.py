"""The limits under which the client asks, and the ports to what it is given: breakers, and a meter."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from . import bulk


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


@dataclass(frozen=True, slots=True)
class Limits:
    """What one session may cost its agent and its caller.

    A question is sent `1 + retries` times, `timeout_seconds` apart, before the agent counts as silent.
    `max_concurrent` questions are in flight to one agent at most. A walk ends with WalkTooLong past
    `walk_varbinds` objects or `walk_seconds` seconds.
    """

    timeout_seconds: float = 1.0
    retries: int = 1
    max_concurrent: int = 2
    get_size: int = 24
    bulk_start: int = bulk.START
    bulk_limit: int = bulk.LIMIT
    walk_varbinds: int = 500_000
    walk_seconds: float = 120.0

    def __post_init__(self) -> None:
        if self.timeout_seconds <= 0 or self.walk_seconds <= 0:
            raise ValueError("time limits are positive seconds")
        if self.retries < 0:
            raise ValueError("retries is zero or more")
        if min(self.max_concurrent, self.get_size, self.bulk_start, self.bulk_limit, self.walk_varbinds) < 1:
            raise ValueError("sizes and counts are at least one")
