"""Rate limit and bulkhead."""

from __future__ import annotations

import threading
import time

import pytest

from api_clients.domain.errors import Throttled, Unreachable
from api_clients.domain.operation import Lane
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.policies.rate import RatePolicy, full_bucket, take
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.bulkhead import BulkheadPolicy, BulkheadTransport, LanePolicy
from api_clients.infrastructure.clock import ManualClock, SystemClock
from api_clients.infrastructure.rate_limit import RateLimitingTransport
from api_clients.infrastructure.tests.rig import Scripted, a_request, in_threads
from api_clients.tests.waiting import eventually

RATE = RatePolicy(rate_per_second=10.0, burst=3, max_wait_seconds=0.25)


def test_a_burst_passes_at_once_and_then_the_rate_holds() -> None:
    bucket, waits = full_bucket(RATE, 0.0), []
    for _ in range(5):
        bucket, granted, wait = take(bucket, RATE, now=0.0, max_wait_seconds=0.25)
        assert granted
        waits.append(round(wait, 6))
    assert waits == [0.0, 0.0, 0.0, 0.1, 0.2]
    bucket, granted, wait = take(bucket, RATE, now=0.0, max_wait_seconds=0.25)
    assert not granted
    assert wait == pytest.approx(0.3)
    assert take(bucket, RATE, now=0.3, max_wait_seconds=0.0).granted  # a refusal took nothing


def test_an_idle_bucket_holds_no_more_than_a_burst() -> None:
    bucket = take(full_bucket(RATE, 0.0), RATE, now=0.0, max_wait_seconds=0).bucket
    assert take(bucket, RATE, now=1000.0, max_wait_seconds=0).bucket.tokens == RATE.burst - 1


def test_a_call_waits_for_its_turn_or_is_told_when_to_come_back() -> None:
    clock = ManualClock()
    wire = Scripted()
    transport = RateLimitingTransport(wire, RatePolicy(rate_per_second=1.0, burst=1, max_wait_seconds=0.5), clock=clock)
    transport.send(a_request())
    with pytest.raises(Throttled) as caught:
        transport.send(a_request())
    assert caught.value.retry_after_seconds == pytest.approx(1.0)
    clock.advance(0.6)
    transport.send(a_request())
    assert clock.sleeps == [pytest.approx(0.4)]
    assert len(wire.requests) == 2


def test_no_turn_is_waited_for_beyond_the_deadline() -> None:
    clock = ManualClock()
    policy = RatePolicy(rate_per_second=1.0, burst=1, max_wait_seconds=10.0)
    transport = RateLimitingTransport(Scripted(), policy, clock=clock)
    transport.send(a_request())
    with pytest.raises(Throttled):
        transport.send(a_request(deadline=Deadline.after(0.5, now=clock.monotonic())))
    assert clock.sleeps == []


def test_threads_together_stay_under_the_rate() -> None:
    clock = SystemClock()
    policy = RatePolicy(rate_per_second=100.0, burst=1, max_wait_seconds=60.0)
    transport = RateLimitingTransport(Scripted(), policy, clock=clock)
    started = time.monotonic()
    in_threads(8, lambda: [transport.send(a_request()) for _ in range(5)])
    assert time.monotonic() - started >= 39 / 100.0 - 0.02


class Gate:
    """Holds every call inside until it is opened."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.inside = 0
        self.most = 0
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.open.wait(120)
        with self._lock:
            self.inside -= 1
        return Response(200)


def background(transport: BulkheadTransport, count: int, lane: Lane) -> list[threading.Thread]:
    threads = [threading.Thread(target=lambda: transport.send(a_request(lane=lane)), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_a_flood_of_reads_leaves_room_for_writes_and_monitoring() -> None:
    gate = Gate()
    policy = BulkheadPolicy(read=LanePolicy(calls=2, waiting=1, wait_seconds=60.0))
    transport = BulkheadTransport(gate, policy, clock=SystemClock())
    readers = background(transport, 2, "read")
    eventually(lambda: gate.inside == 2, seconds=30)
    others = [*background(transport, 1, "write"), *background(transport, 1, "monitoring")]
    eventually(lambda: gate.inside == 4, seconds=30)
    gate.open.set()
    for thread in (*readers, *others):
        thread.join(30)


def test_a_lane_bounds_calls_and_the_line_before_it() -> None:
    gate = Gate()
    policy = BulkheadPolicy(read=LanePolicy(calls=2, waiting=1, wait_seconds=60.0))
    transport = BulkheadTransport(gate, policy, clock=SystemClock())
    inside = background(transport, 2, "read")
    eventually(lambda: gate.inside == 2, seconds=30)
    in_line = background(transport, 1, "read")
    line = transport._rooms["read"]._line
    assert line is not None
    eventually(lambda: line._value == 0, seconds=30)  # the one place in it is taken
    started = time.monotonic()
    with pytest.raises(Throttled, match="all 2 places for read calls are taken, 1 are waiting"):
        transport.send(a_request(lane="read"))
    assert time.monotonic() - started < 20.0  # turned away at once
    gate.open.set()
    for thread in (*inside, *in_line):
        thread.join(30)
    assert gate.most == 2


@pytest.mark.parametrize("deadline_seconds", [None, 0.1])
def test_the_wait_in_line_is_bounded_by_the_policy_and_by_the_deadline(deadline_seconds: float | None) -> None:
    gate, clock = Gate(), SystemClock()
    seconds = 0.1 if deadline_seconds is None else 30.0
    policy = BulkheadPolicy(read=LanePolicy(calls=1, waiting=5, wait_seconds=seconds))
    transport = BulkheadTransport(gate, policy, clock=clock)
    holder = background(transport, 1, "read")
    eventually(lambda: gate.inside == 1, seconds=30)
    started = time.monotonic()
    deadline = Deadline.after(deadline_seconds, now=clock.monotonic()) if deadline_seconds else None
    with pytest.raises(Throttled, match="no place for a read call within"):
        transport.send(a_request(lane="read", deadline=deadline))
    assert 0.05 < time.monotonic() - started < 20.0
    gate.open.set()
    holder[0].join(30)


def test_a_failed_call_gives_its_place_back() -> None:
    policy = BulkheadPolicy(read=LanePolicy(calls=1, waiting=0))
    transport = BulkheadTransport(Scripted(Unreachable("x"), Response(200)), policy, clock=SystemClock())
    with pytest.raises(Unreachable):
        transport.send(a_request())
    assert transport.send(a_request()).status == 200
