from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from api_clients.domain.errors import CircuitOpen, Rejected, Throttled, Unreachable
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.ports import BreakerStore, PhaseChange
from api_clients.domain.values import Response
from api_clients.infrastructure.breaker import BreakerRegistry, CircuitBreaker, MemoryBreakerStore
from api_clients.infrastructure.breaker.redis_store import RedisBreakerStore
from api_clients.infrastructure.breaker.transport import BreakingTransport
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.redis_connection import connect
from api_clients.infrastructure.tests.rig import Scripted, a_request, in_threads, patiently
from api_clients.tests.servers import RedisServer, running_redis

POLICY = BreakerPolicy(failure_threshold=3, recovery_seconds=10, trial_calls=2, success_threshold=2)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.needs("redis-server"))])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> BreakerStore:
    if request.param == "memory":
        return MemoryBreakerStore(clock)
    return RedisBreakerStore(patiently(request.getfixturevalue("redis_server").url), clock)


@pytest.fixture
def breakers(store: BreakerStore, clock: ManualClock) -> BreakerRegistry:
    return BreakerRegistry(store=store, clock=clock, default_policy=POLICY)


@pytest.fixture
def breaker(breakers: BreakerRegistry) -> CircuitBreaker:
    return breakers.for_target("storeroom", "main")


def trip(breaker: CircuitBreaker) -> None:
    for _ in range(POLICY.failure_threshold):
        breaker.record("failure", permit=breaker.admit())


def test_failures_open_it_trials_close_it(breaker: CircuitBreaker, clock: ManualClock) -> None:
    trip(breaker)
    assert breaker.phase == "open"
    with pytest.raises(CircuitOpen) as caught:
        breaker.admit()
    assert caught.value.retry_in_seconds == pytest.approx(10.0, abs=0.01)
    clock.advance(10.1)
    first, second = breaker.admit(), breaker.admit()
    with pytest.raises(CircuitOpen, match="half-open"):
        breaker.admit()
    breaker.record("success", permit=first)
    assert breaker.phase == "half_open"
    breaker.record("success", permit=second)
    assert breaker.phase == "closed"


def test_a_neutral_trial_frees_its_slot(breaker: CircuitBreaker, clock: ManualClock) -> None:
    trip(breaker)
    clock.advance(10.1)
    one, _ = breaker.admit(), breaker.admit()
    breaker.record("neutral", permit=one)
    assert breaker.phase == "half_open"
    breaker.admit()


def test_one_dead_target_does_not_block_another(breakers: BreakerRegistry) -> None:
    trip(breakers.for_target("snmp", "192.0.2.1"))
    breakers.for_target("snmp", "192.0.2.2").admit()
    breakers.for_target("icmp", "192.0.2.1").admit()
    with pytest.raises(CircuitOpen, match=r"snmp 192.0.2.1: "):
        breakers.for_target("snmp", "192.0.2.1").admit()


def test_a_target_has_one_breaker(breakers: BreakerRegistry) -> None:
    assert breakers.for_target("snmp", "a") is breakers.for_target("snmp", "a")


def test_listeners_hear_each_change_of_phase_once(breakers: BreakerRegistry, clock: ManualClock) -> None:
    heard: list[PhaseChange] = []
    breakers.listen(heard.append)
    breaker = breakers.for_target("snmp", "a")
    trip(breaker)
    with pytest.raises(CircuitOpen):
        breaker.admit()
    clock.advance(10.1)
    for _ in range(2):
        breaker.record("success", permit=breaker.admit())
    assert [(change.before, change.after) for change in heard] == [
        ("closed", "open"),
        ("open", "half_open"),
        ("half_open", "closed"),
    ]


def test_a_listener_that_fails_does_not_fail_the_call(breakers: BreakerRegistry) -> None:
    def broken(change: PhaseChange) -> None:
        raise RuntimeError("listener")

    breakers.listen(broken)
    with structlog.testing.capture_logs() as lines:
        trip(breakers.for_target("snmp", "a"))
    assert [line["event"] for line in lines] == ["breaker_listener_failed"]


def test_counters_tell_what_happened(breaker: CircuitBreaker) -> None:
    breaker.record("success", permit=breaker.admit())
    breaker.record("neutral", permit=breaker.admit())
    trip(breaker)
    with pytest.raises(CircuitOpen):
        breaker.admit()
    counters = breaker.counters
    assert (counters.admitted, counters.refused) == (5, 1)
    assert (counters.success, counters.failure, counters.neutral, counters.opened) == (1, 3, 1, 1)


def test_threads_at_once_get_no_more_trials_than_allowed(breaker: CircuitBreaker, clock: ManualClock) -> None:
    trip(breaker)
    clock.advance(10.1)
    results = in_threads(16, breaker.admit)
    assert len([result for result in results if not isinstance(result, CircuitOpen)]) == POLICY.trial_calls


def test_no_failure_is_lost_between_threads(store: BreakerStore, clock: ManualClock) -> None:
    policy = BreakerPolicy(failure_threshold=200)
    breaker = CircuitBreaker("storeroom", "main", policy=policy, store=store, clock=clock)

    def fail_many() -> None:
        for _ in range(25):
            breaker.record("failure", permit=breaker.admit())

    in_threads(8, fail_many)
    assert breaker.phase == "open"


async def test_it_serves_an_event_loop(clock: ManualClock) -> None:
    breaker = BreakerRegistry(clock=clock, default_policy=POLICY).for_target("snmp", "a")

    async def call() -> None:
        with breaker.guard():
            await asyncio.sleep(0)
            raise Unreachable("silent")

    outcomes = await asyncio.gather(*(call() for _ in range(3)), return_exceptions=True)
    assert all(isinstance(outcome, Unreachable) for outcome in outcomes)
    with pytest.raises(CircuitOpen):
        await call()


async def test_a_cancelled_trial_is_neutral_and_frees_its_slot(clock: ManualClock) -> None:
    breaker = BreakerRegistry(clock=clock, default_policy=BreakerPolicy(failure_threshold=1)).for_target("snmp", "a")
    breaker.record("failure", permit=breaker.admit())
    clock.advance(31)

    async def hang() -> None:
        with breaker.guard():
            await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert breaker.phase == "half_open"
    breaker.admit()


@pytest.mark.parametrize(
    ("error", "phase"), [(Unreachable("x"), "open"), (Rejected("x"), "closed"), (Throttled("x"), "closed")]
)
def test_in_the_chain_only_failures_count(clock: ManualClock, error: Exception, phase: str) -> None:
    breakers = BreakerRegistry(clock=clock, default_policy=POLICY)
    transport = BreakingTransport(Scripted(error), breakers)
    for _ in range(3):
        with pytest.raises(type(error)):
            transport.send(a_request())
    assert breakers.for_target("storeroom", "main").phase == phase


def test_our_own_fault_in_a_trial_gives_the_slot_back(clock: ManualClock) -> None:
    breakers = BreakerRegistry(clock=clock, default_policy=BreakerPolicy(failure_threshold=1))
    transport = BreakingTransport(Scripted(Unreachable("x"), ZeroDivisionError(), Response(200)), breakers)
    with pytest.raises(Unreachable):
        transport.send(a_request())
    clock.advance(31)
    with pytest.raises(ZeroDivisionError):
        transport.send(a_request())
    assert transport.send(a_request()).status == 200
    assert breakers.for_target("storeroom", "main").phase == "closed"


def test_idle_states_are_forgotten(clock: ManualClock) -> None:
    store = MemoryBreakerStore(clock, idle_seconds=60)
    breaker = BreakerRegistry(store=store, clock=clock, default_policy=POLICY).for_target("snmp", "a")
    trip(breaker)
    clock.advance(61)
    assert breaker.phase == "closed"


# --- What only Redis does ---


@pytest.mark.needs("redis-server")
def test_workers_share_a_circuit_and_its_trial_slots(redis_server: RedisServer) -> None:
    # Two processes have monotonic clocks of their own; only the wall clock is common.
    clocks = [ManualClock(monotonic=50.0), ManualClock(monotonic=90_000.0)]
    one, other = (
        CircuitBreaker(
            "snmp", "a", policy=POLICY, store=RedisBreakerStore(patiently(redis_server.url), clock), clock=clock
        )
        for clock in clocks
    )
    for breaker in (one, other, one):
        breaker.record("failure", permit=breaker.admit())
    with pytest.raises(CircuitOpen) as caught:
        other.admit()
    assert caught.value.retry_in_seconds == pytest.approx(10.0, abs=0.01)
    for clock in clocks:
        clock.advance(10.1)
    permits = [one.admit(), other.admit()]
    for breaker in (one, other):
        with pytest.raises(CircuitOpen):
            breaker.admit()
    for breaker, permit in zip((one, other), permits, strict=True):
        breaker.record("success", permit=permit)
    assert one.phase == other.phase == "closed"


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.mark.needs("redis-server")
def test_while_redis_is_away_each_worker_breaks_its_own_circuits(own_redis: RedisServer) -> None:
    clock = ManualClock()
    store = RedisBreakerStore(patiently(own_redis.url), clock)
    breaker = CircuitBreaker("snmp", "a", policy=POLICY, store=store, clock=clock)
    breaker.record("failure", permit=breaker.admit())
    own_redis.stop()
    with structlog.testing.capture_logs() as lines:
        trip(breaker)
        assert breaker.phase == "open"
        own_redis.start()
        clock.advance(3)
        assert breaker.phase == "closed"  # what the (new, empty) Redis knows
    told = [line["event"] for line in lines if line.get("what") == "redis breaker store"]
    assert told == ["outage_began", "outage_ended"]


@pytest.mark.needs("redis-server")
def test_a_redis_that_hangs_delays_calls_once_and_not_each_of_them() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as mute:  # accepts and never answers
        clock = ManualClock()
        store = RedisBreakerStore(connect(f"redis://127.0.0.1:{mute.getsockname()[1]}/0", timeout_seconds=0.1), clock)
        breaker = CircuitBreaker("snmp", "a", policy=POLICY, store=store, clock=clock)
        started = time.monotonic()
        for _ in range(50):
            breaker.record("success", permit=breaker.admit())
        assert time.monotonic() - started < 10.0  # each of a hundred waits would take a tenth of a second, twice


def test_registry_is_safe_to_ask_from_many_threads() -> None:
    before = threading.active_count()  # with those that earlier tests of this process left
    breakers = BreakerRegistry()
    seen = in_threads(8, lambda: [breakers.for_target("snmp", str(number)) for number in range(200)])
    assert all(row == seen[0] for row in seen)
    assert len(list(breakers)) == 200
    assert threading.active_count() < before + 50
