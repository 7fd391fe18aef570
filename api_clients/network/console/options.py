"""The limits of a session, and the ports to what a client is given: breakers, and a meter."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


class Breaker(Protocol):
    """The circuit breaker of one console."""

    def guard(self) -> AbstractContextManager[None]:
        """Raise CircuitOpen where nothing may be sent, else judge how the block ends."""


class Breakers(Protocol):
    """Hands out one breaker for each console. Asked on the event loop: its store must not block."""

    def for_target(self, service: str, target: str) -> Breaker:
        """The breaker of this service at this target, always the same one."""


class Meter(Protocol):
    """Told how each question ended."""

    def observe(self, service: str, operation: str, outcome: str, seconds: float) -> None:
        """`outcome` is success or the error's name. Called on the event loop: it must not block."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: to connect, for a prompt, for one command, and for the session altogether."""

    connect_seconds: float = 3.0
    arrival_seconds: float = 10.0
    command_seconds: float = 10.0
    deadline_seconds: float = 25.0

    def __post_init__(self) -> None:
        if min(self.connect_seconds, self.arrival_seconds, self.command_seconds, self.deadline_seconds) <= 0:
            raise ValueError("time limits are positive seconds")
