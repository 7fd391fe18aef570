from __future__ import annotations

import pytest

from api_clients.domain.errors import (
    CircuitOpen,
    DeadlineExceeded,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.policies.retry import RetryPolicy, next_wait
from api_clients.domain.values import Response
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.retry import RetryingTransport
from api_clients.infrastructure.tests.rig import READ, WRITE, Scripted, a_request

POLICY = RetryPolicy(attempts=4, base_seconds=1.0, max_seconds=3.0)


def wait(error: ServiceError, *, failed: int = 1, deadline: float | None = None, draw: float = 1.0) -> float | None:
    limit = Deadline(deadline) if deadline is not None else None
    return next_wait(POLICY, error, failed_attempts=failed, now=100.0, deadline=limit, draw=lambda: draw)


@pytest.mark.parametrize(
    ("failed", "draw", "seconds"),
    [(1, 1.0, 1.0), (2, 1.0, 2.0), (3, 1.0, 3.0), (1, 0.0, 0.0), (2, 0.25, 0.5), (4, 1.0, None)],
)
def test_the_wait_is_drawn_from_zero_to_an_exponential_bound(failed: int, draw: float, seconds: float | None) -> None:
    assert wait(Unreachable("x"), failed=failed, draw=draw) == seconds


def test_the_bound_holds_however_often_it_failed() -> None:
    assert POLICY.longest_wait(10_000) == POLICY.max_seconds


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Unreachable("x"), True),
        (Overloaded("x"), True),
        (Throttled("x"), True),
        (Malformed("x"), False),
        (Unauthorized("x"), False),
        (Rejected("x"), False),
        (CircuitOpen("x"), False),
        (DeadlineExceeded("x"), False),
    ],
)
def test_only_what_may_pass_by_itself_is_tried_again(error: ServiceError, again: bool) -> None:
    assert (wait(error) is not None) is again


def test_the_services_own_pause_is_kept_in_full_with_the_jitter_on_top() -> None:
    assert wait(Overloaded("x", retry_after_seconds=20.0), draw=0.5) == 20.5


@pytest.mark.parametrize(("deadline", "seconds"), [(121.0, 20.0), (120.0, None), (101.0, None), (99.0, None)])
def test_a_wait_that_reaches_the_deadline_is_not_begun(deadline: float, seconds: float | None) -> None:
    assert wait(Overloaded("x", retry_after_seconds=20.0), deadline=deadline, draw=0.0) == seconds


def test_an_idempotent_call_is_sent_until_it_succeeds() -> None:
    clock, wire = ManualClock(), Scripted(Unreachable("one"), Unreachable("two"), Response(200))
    response = RetryingTransport(wire, POLICY, clock=clock, draw=lambda: 0.5).send(a_request(READ))
    assert response.status == 200
    assert len(wire.requests) == 3
    assert clock.sleeps == [0.5, 1.0]


def test_the_last_error_is_raised_as_it_is() -> None:
    errors = [Unreachable(str(number)) for number in range(4)]
    transport = RetryingTransport(Scripted(*errors), POLICY, clock=ManualClock())
    with pytest.raises(Unreachable) as caught:
        transport.send(a_request(READ))
    assert caught.value is errors[3]


def test_an_attempt_that_opened_the_circuit_is_the_cause_of_the_one_that_was_not_sent() -> None:
    opening = Unreachable("refused")
    transport = RetryingTransport(Scripted(opening, CircuitOpen("open")), POLICY, clock=ManualClock())
    with pytest.raises(CircuitOpen) as caught:
        transport.send(a_request(READ))
    assert caught.value.__cause__ is opening


def test_a_write_is_sent_once() -> None:
    wire = Scripted(Unreachable("x"))
    with pytest.raises(Unreachable):
        RetryingTransport(wire, POLICY, clock=ManualClock()).send(a_request(WRITE))
    assert len(wire.requests) == 1


def test_all_attempts_and_waits_stay_inside_one_deadline() -> None:
    clock = ManualClock()

    def slow(request: object) -> Response:
        clock.advance(4.0)
        raise Unreachable("timed out")

    wire = Scripted(slow)
    deadline = Deadline.after(10.0, now=clock.monotonic())
    started = clock.monotonic()
    with pytest.raises(Unreachable):
        RetryingTransport(wire, POLICY, clock=clock, draw=lambda: 1.0).send(a_request(READ, deadline=deadline))
    assert len(wire.requests) == 2  # 4 s, wait 1 s, 4 s: another wait of 2 s would end past the tenth second
    assert clock.monotonic() - started <= 10.0
