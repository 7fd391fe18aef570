from __future__ import annotations

from collections import Counter

import pytest

from api_clients.domain.errors import Rejected, Unreachable
from api_clients.domain.policies.balance import BalancePolicy, Instance, Standing, choose
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.balancer import BalancingTransport
from api_clients.infrastructure.clock import ManualClock, SystemClock
from api_clients.infrastructure.retry import RetryingTransport
from api_clients.infrastructure.tests.rig import Scripted, a_request, in_threads

A, B, C = Instance("http://a", 5), Instance("http://b", 1), Instance("http://c", 1)
POLICY = BalancePolicy(failure_threshold=2, out_seconds=10.0)


class Replicas:
    """Answers for those that are well."""

    def __init__(self, *dead: str) -> None:
        self.dead = set(dead)
        self.asked: list[str] = []

    def send(self, request: Request) -> Response:
        self.asked.append(request.instance[-1])
        if request.instance[-1] in self.dead:
            raise Unreachable("dead")
        return Response(200, instance=request.instance)


def ask(transport: BalancingTransport, times: int) -> None:
    for _ in range(times):
        try:
            transport.send(a_request())
        except Unreachable:
            continue


def test_weights_are_kept_smoothly() -> None:
    replicas = Replicas()
    ask(BalancingTransport(replicas, [A, B, C], POLICY, clock=ManualClock()), 14)
    assert "".join(replicas.asked) == "aabacaa" * 2


def test_a_dead_replica_is_taken_out_and_its_share_goes_to_the_others() -> None:
    replicas = Replicas("b")
    transport = BalancingTransport(replicas, [Instance("http://a"), Instance("http://b")], POLICY, clock=ManualClock())
    ask(transport, 20)
    assert replicas.asked.count("b") == POLICY.failure_threshold


def test_one_that_was_out_gets_one_trial_at_a_time_and_comes_back_when_it_is_well() -> None:
    clock, replicas = ManualClock(), Replicas("b")
    transport = BalancingTransport(replicas, [Instance("http://a"), Instance("http://b")], POLICY, clock=clock)
    ask(transport, 10)
    replicas.asked.clear()
    clock.advance(10.1)
    ask(transport, 10)
    assert replicas.asked.count("b") == 1  # the trial failed: out again
    replicas.dead.clear()
    replicas.asked.clear()
    clock.advance(10.1)
    ask(transport, 10)
    assert replicas.asked.count("b") == 5


def test_while_a_trial_is_under_way_the_other_calls_go_elsewhere() -> None:
    instances = [Instance("http://a"), Instance("http://b")]
    standings = (Standing(), Standing(failures=2, out_until=100.0))
    chosen = []
    for _ in range(6):  # none of them has reported yet
        index, standings = choose(instances, standings, POLICY, 101.0)
        chosen.append(index)
    assert chosen.count(1) == 1


def test_one_that_returns_does_not_claim_the_turns_it_missed() -> None:
    clock, replicas = ManualClock(), Replicas("b")
    transport = BalancingTransport(replicas, [Instance("http://a"), Instance("http://b")], POLICY, clock=clock)
    ask(transport, 50)
    replicas.dead.clear()
    replicas.asked.clear()
    clock.advance(10.1)
    ask(transport, 6)
    assert "bbb" not in "".join(replicas.asked)


def test_a_refusal_says_nothing_of_the_replicas_health() -> None:
    wire = Scripted(Rejected("no"))
    transport = BalancingTransport(wire, [Instance("http://a"), Instance("http://b")], POLICY, clock=ManualClock())
    for _ in range(10):
        with pytest.raises(Rejected):
            transport.send(a_request())
    assert Counter(request.instance for request in wire.requests) == {"http://a": 5, "http://b": 5}


def test_when_all_are_out_the_call_is_made_all_the_same() -> None:
    replicas = Replicas("a", "b")
    transport = BalancingTransport(replicas, [Instance("http://a"), Instance("http://b")], POLICY, clock=ManualClock())
    ask(transport, 10)
    assert len(replicas.asked) == 10


def test_the_retry_above_finds_the_well_replica() -> None:
    replicas = Replicas("a")
    balancer = BalancingTransport(replicas, [Instance("http://a"), Instance("http://b")], POLICY, clock=ManualClock())
    transport = RetryingTransport(balancer, RetryPolicy(attempts=2), clock=ManualClock())
    assert [transport.send(a_request()).instance for _ in range(10)] == ["http://b"] * 10


def test_threads_at_once_keep_the_weights() -> None:
    replicas = Replicas()
    transport = BalancingTransport(replicas, [Instance("http://a", 3), Instance("http://b", 1)], clock=SystemClock())
    in_threads(8, lambda: ask(transport, 50))
    assert Counter(replicas.asked) == {"a": 300, "b": 100}


def test_a_balancer_without_instances_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        BalancingTransport(Scripted(), [], clock=ManualClock())
