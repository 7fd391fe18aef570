"""Many callers of one key, one call: the first one flies, the others wait for what it brings.

What the leader's service answered, an error too, goes to all: a hundred callers of a dead service make one call.
What was the leader's own trouble (its deadline, an interrupt) does not; then one of the others leads. Nobody
waits past his own deadline.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from api_clients.domain.errors import DeadlineExceeded, ServiceError
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.ports import Clock

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Flight(Generic[T]):
    landed: threading.Event = field(default_factory=threading.Event)
    answer: T | None = None
    error: ServiceError | None = None


class SingleFlight(Generic[T]):
    def __init__(self, *, clock: Clock, patience_seconds: float) -> None:
        """`patience_seconds` bounds the wait of a follower that has no deadline; past it he goes himself."""
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight[T]] = {}

    def run(self, key: str, fetch: Callable[[], T], *, deadline: Deadline | None) -> tuple[T, bool]:
        """Return the answer, and whether this caller shared in another's call."""
        while True:
            with self._lock:
                flight = self._flights.get(key)
                leads = flight is None
                if flight is None:
                    flight = self._flights[key] = _Flight()
            if leads:
                return self._lead(key, flight, fetch), False
            if not flight.landed.wait(self._patience(deadline)):
                if deadline is not None:
                    raise DeadlineExceeded("another caller's request for the same answer was still under way")
                return fetch(), False
            if flight.answer is not None:
                return flight.answer, True
            if flight.error is not None:
                # A copy: one exception object raised in several threads would mix up their tracebacks.
                raise copy.copy(flight.error) from flight.error

    def _lead(self, key: str, flight: _Flight[T], fetch: Callable[[], T]) -> T:
        try:
            flight.answer = fetch()
        except DeadlineExceeded:
            raise
        except ServiceError as error:
            flight.error = error
            raise
        else:
            return flight.answer
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()

    def _patience(self, deadline: Deadline | None) -> float:
        return self._patience_seconds if deadline is None else deadline.remaining(self._clock.monotonic())
