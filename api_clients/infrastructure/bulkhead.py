"""Separate rooms for reads, writes and monitoring: a flood of one cannot take the connections of another."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from api_clients.domain.errors import Throttled
from api_clients.domain.operation import Lane
from api_clients.domain.policies.deadline import clip
from api_clients.domain.ports import Clock, Transport
from api_clients.domain.values import Request, Response


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """`calls` at once; `waiting` more stand in line for at most `wait_seconds`; the rest are turned away at once."""

    calls: int = 8
    waiting: int = 32
    wait_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class BulkheadPolicy:
    read: LanePolicy = field(default_factory=LanePolicy)
    write: LanePolicy = field(default_factory=lambda: LanePolicy(calls=4))
    monitoring: LanePolicy = field(default_factory=LanePolicy)

    def lanes(self) -> Mapping[Lane, LanePolicy]:
        return {"read": self.read, "write": self.write, "monitoring": self.monitoring}


class BulkheadTransport:
    def __init__(self, inner: Transport, policy: BulkheadPolicy, *, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self._rooms = {lane: _Room(lane, lane_policy) for lane, lane_policy in policy.lanes().items()}

    def send(self, request: Request) -> Response:
        room = self._rooms[request.operation.lane]
        with room.place(request, clip(room.policy.wait_seconds, request.deadline, now=self._clock.monotonic())):
            return self._inner.send(request)


class _Room:
    def __init__(self, lane: Lane, policy: LanePolicy) -> None:
        self.policy = policy
        self._lane = lane
        self._places = threading.BoundedSemaphore(policy.calls)
        self._line = threading.BoundedSemaphore(policy.waiting) if policy.waiting else None

    @contextmanager
    def place(self, request: Request, wait_seconds: float) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            self._stand_in_line(request, wait_seconds)
        try:
            yield
        finally:
            self._places.release()

    def _stand_in_line(self, request: Request, wait_seconds: float) -> None:
        if self._line is None or not self._line.acquire(blocking=False):
            raise Throttled(
                f"all {self.policy.calls} places for {self._lane} calls are taken, {self.policy.waiting} are waiting",
                **request.labels(),
            )
        try:
            entered = self._places.acquire(timeout=wait_seconds)
        finally:
            self._line.release()
        if not entered:
            raise Throttled(
                f"no place for a {self._lane} call within {wait_seconds:.2f} s; all {self.policy.calls} are taken",
                **request.labels(),
            )
