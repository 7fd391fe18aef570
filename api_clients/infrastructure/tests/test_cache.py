from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from api_clients.domain.errors import CircuitOpen, DeadlineExceeded, Malformed, Rejected, Unreachable
from api_clients.domain.policies.cache import CachePolicy, Eviction, make_entry
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.ports import CacheStore, Transport
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.cache import CachingTransport, MemoryCacheStore
from api_clients.infrastructure.cache.redis_store import RedisCacheStore
from api_clients.infrastructure.cache.tiered_store import TieredCacheStore
from api_clients.infrastructure.cache.transport import cache_key
from api_clients.infrastructure.clock import ManualClock, SystemClock
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.infrastructure.redis_connection import connect
from api_clients.infrastructure.tests.rig import CACHED, READ, Scripted, a_request, in_threads, patiently
from api_clients.tests.servers import RedisServer, running_redis
from api_clients.tests.waiting import eventually

# Nobody gives up a leader who is slow, as all are on a busy machine.
POLICY = CachePolicy(stale_seconds=100.0, lease_seconds=30.0)


def as_text(response: Response) -> str:
    return response.body.decode()


def as_length(response: Response) -> int:
    return len(response.body)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(monotonic=time.monotonic(), wall=time.time())


NEEDS_REDIS = pytest.mark.needs("redis-server")
STORES = ["memory", pytest.param("redis", marks=NEEDS_REDIS), pytest.param("tiered", marks=NEEDS_REDIS)]


def make_store(kind: str, request: pytest.FixtureRequest, clock: ManualClock | SystemClock) -> CacheStore:
    if kind == "memory":
        return MemoryCacheStore(clock)
    far = RedisCacheStore(patiently(request.getfixturevalue("redis_server").url), clock)
    return far if kind == "redis" else TieredCacheStore(MemoryCacheStore(clock), far, clock)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, clock: ManualClock) -> CacheStore:
    return make_store(request.param, request, clock)


def cached(wire: Transport, store: CacheStore, clock: ManualClock | SystemClock) -> CachingTransport:
    return CachingTransport(ReadingTransport(wire), store, POLICY, clock=clock)


def test_a_fresh_answer_costs_no_call(store: CacheStore, clock: ManualClock) -> None:
    wire = Scripted(Response(200, {"etag": "x"}, b"one"), Response(200, body=b"two"))
    transport = cached(wire, store, clock)
    first = transport.send(a_request(CACHED, read=as_text))
    clock.advance(9.0)
    second = transport.send(a_request(CACHED, read=as_text))
    assert (first.value, first.origin, second.value, second.origin) == ("one", "wire", "one", "cache")
    assert second.age_seconds == pytest.approx(9.0, abs=0.01)
    assert second.headers == {"etag": "x"}
    assert not second.stale
    clock.advance(1.1)
    assert transport.send(a_request(CACHED, read=as_text)).value == "two"


def test_an_operation_that_declares_no_time_to_live_is_not_cached(store: CacheStore, clock: ManualClock) -> None:
    wire = Scripted()
    transport = cached(wire, store, clock)
    transport.send(a_request(READ))
    transport.send(a_request(READ))
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/other"},
        {"params": (("a", "1"),)},
        {"headers": {"Accept": "text/csv"}},
        {"body": b"query"},
    ],
)
def test_what_differs_is_cached_apart(store: CacheStore, clock: ManualClock, other: dict[str, object]) -> None:
    wire = Scripted()
    transport = cached(wire, store, clock)
    transport.send(a_request(CACHED))
    transport.send(a_request(CACHED, **other))
    assert len(wire.requests) == 2


def test_two_ways_of_reading_one_answer_each_get_their_own_value(store: CacheStore, clock: ManualClock) -> None:
    wire = Scripted(Response(200, body=b"three"))
    transport = cached(wire, store, clock)
    assert transport.send(a_request(CACHED, read=as_text)).value == "three"
    assert transport.send(a_request(CACHED, read=as_length)).value == 5
    assert len(wire.requests) == 1


def test_an_error_is_not_cached(store: CacheStore, clock: ManualClock) -> None:
    wire = Scripted(Rejected("no"), Response(200, body=b"yes"))
    transport = cached(wire, store, clock)
    with pytest.raises(Rejected):
        transport.send(a_request(CACHED, read=as_text))
    assert transport.send(a_request(CACHED, read=as_text)).value == "yes"


def test_an_open_circuit_answers_from_the_stale_cache_and_marks_it(store: CacheStore, clock: ManualClock) -> None:
    wire = Scripted(Response(200, body=b"old"), CircuitOpen("open"))
    transport = cached(wire, store, clock)
    transport.send(a_request(CACHED, read=as_text))
    clock.advance(50.0)
    stale = transport.send(a_request(CACHED, read=as_text))
    assert (stale.value, stale.stale, stale.origin) == ("old", True, "cache")
    assert stale.age_seconds == pytest.approx(50.0, abs=0.01)


def test_a_stale_answer_that_is_too_old_is_no_answer(store: CacheStore, clock: ManualClock) -> None:
    wire = Scripted(Response(200, body=b"old"), CircuitOpen("open"))
    transport = cached(wire, store, clock)
    transport.send(a_request(CACHED, read=as_text))
    clock.advance(POLICY.stale_seconds + 11.0)
    with pytest.raises(CircuitOpen):
        transport.send(a_request(CACHED, read=as_text))


def test_another_failure_is_not_covered_up_by_a_stale_answer(store: CacheStore, clock: ManualClock) -> None:
    transport = cached(Scripted(Response(200, body=b"old"), Unreachable("gone")), store, clock)
    transport.send(a_request(CACHED, read=as_text))
    clock.advance(50.0)
    with pytest.raises(Unreachable):
        transport.send(a_request(CACHED, read=as_text))


def test_a_cached_answer_that_cannot_be_read_any_more_is_asked_for_again(store: CacheStore, clock: ManualClock) -> None:
    def strict(response: Response) -> str:
        if response.body == b"old shape":
            raise ValueError("unknown shape")
        return "new"

    wire = Scripted(Response(200, body=b"old shape"), Response(200, body=b"new shape"))
    transport = cached(wire, store, clock)
    transport.send(a_request(CACHED, read=as_text))
    assert transport.send(a_request(CACHED, read=strict)).value == "new"


# --- Single flight ---


class Slow:
    """Takes its time, and notes how many calls there were."""

    def __init__(
        self,
        seconds: float = 0.3,
        error: BaseException | None = None,
        *,
        hold: Callable[[], object] = lambda: None,
    ) -> None:
        """`hold` returns when the call may end."""
        self.calls = 0
        self._hold = hold
        self._seconds = seconds
        self._error = error
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        with self._lock:
            self.calls += 1
        time.sleep(self._seconds)
        self._hold()
        if self._error is not None:
            raise self._error
        return Response(200, body=b"slow")


def followers_of(transport: CachingTransport) -> list[Deadline | None]:
    """One for each caller who has joined another's call and is about to wait for it."""
    joined: list[Deadline | None] = []
    patience = transport._flights._patience

    def noted(deadline: Deadline | None) -> float:
        joined.append(deadline)
        return patience(deadline)

    transport._flights._patience = noted  # type: ignore[method-assign]
    return joined


@pytest.fixture(params=STORES)
def live_store(request: pytest.FixtureRequest) -> CacheStore:
    return make_store(request.param, request, SystemClock())


def test_a_hundred_callers_of_an_expired_key_cost_one_request(live_store: CacheStore) -> None:
    wire = Slow()
    transport = cached(wire, live_store, SystemClock())
    results = in_threads(100, lambda: transport.send(a_request(CACHED, read=as_text)).value)
    assert results == ["slow"] * 100
    assert wire.calls == 1


def test_when_the_leader_fails_all_learn_it_at_once_and_nobody_hangs(live_store: CacheStore) -> None:
    # An error is not kept: who comes once it has been told makes a call of his own.
    wire = Slow(0.0, Unreachable("refused"), hold=lambda: eventually(lambda: len(followers) == 19, seconds=50.0))
    transport = cached(wire, live_store, SystemClock())
    followers = followers_of(transport)
    started = time.monotonic()
    results = in_threads(20, lambda: transport.send(a_request(CACHED, read=as_text)))
    assert all(isinstance(result, Unreachable) for result in results)
    assert len({id(result) for result in results}) == 20  # each its own exception, with its own traceback
    assert wire.calls == 1
    assert time.monotonic() - started < POLICY.lease_seconds


def test_when_the_leader_is_interrupted_another_takes_over(live_store: CacheStore) -> None:
    wire = Scripted(Slow(0.2, KeyboardInterrupt()).send, Slow(0.0).send)
    transport = cached(wire, live_store, SystemClock())
    results = in_threads(5, lambda: transport.send(a_request(CACHED, read=as_text)))
    interrupted = [result for result in results if isinstance(result, KeyboardInterrupt)]
    answered = [result.value for result in results if isinstance(result, Response)]
    assert len(interrupted) == 1
    assert answered == ["slow"] * 4
    assert len(wire.requests) == 2


def test_a_follower_waits_no_longer_than_its_own_deadline(live_store: CacheStore) -> None:
    clock = SystemClock()
    may_end = threading.Event()
    wire = Slow(0.0, hold=lambda: may_end.wait(60))
    transport = cached(wire, live_store, clock)
    leader = threading.Thread(target=lambda: transport.send(a_request(CACHED, read=as_text)), daemon=True)
    leader.start()
    eventually(lambda: wire.calls == 1)
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded) as caught:
        transport.send(a_request(CACHED, deadline=Deadline.after(0.2, now=clock.monotonic())))
    assert time.monotonic() - started < 20.0
    assert caught.value.service == "storeroom"
    may_end.set()
    leader.join(60)


def test_an_answer_nobody_can_read_fails_the_followers_too(live_store: CacheStore) -> None:
    transport = cached(Slow(), live_store, SystemClock())

    def unreadable(response: Response) -> str:
        raise KeyError("missing")

    results = in_threads(5, lambda: transport.send(a_request(CACHED, read=unreadable)))
    assert all(isinstance(result, Malformed) for result in results)


def _ask_from_a_process(url: str, counter_url: str, results: object) -> None:
    clock = SystemClock()
    counter = patiently(counter_url)

    def answer(request: Request) -> Response:
        counter.incr("wire-calls")
        time.sleep(0.4)
        return Response(200, body=b"shared")

    transport = cached(Scripted(answer), RedisCacheStore(patiently(url), clock), clock)
    deadline = Deadline.after(60.0, now=clock.monotonic())
    values = in_threads(4, lambda: transport.send(a_request(CACHED, read=as_text, deadline=deadline)).value)
    results.put(values)  # type: ignore[attr-defined]


@pytest.mark.needs("redis-server")
def test_processes_that_share_redis_cost_one_request_together(redis_server: RedisServer) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [
        context.Process(target=_ask_from_a_process, args=(redis_server.url, redis_server.url, results), daemon=True)
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    values = [value for _ in workers for value in results.get(timeout=120)]
    for worker in workers:
        worker.join(10)
    assert values == ["shared"] * 12
    assert patiently(redis_server.url).get("wire-calls") == b"1"


@pytest.mark.needs("redis-server")
def test_a_worker_that_dies_while_it_fetches_is_replaced_when_its_lease_is_over(redis_server: RedisServer) -> None:
    clock = SystemClock()
    store = RedisCacheStore(patiently(redis_server.url), clock)
    request = a_request(CACHED, read=as_text, deadline=Deadline.after(60.0, now=clock.monotonic()))
    started = time.monotonic()
    assert store.lease(cache_key(request), 0.3) is not None  # taken by a worker that is no more
    assert cached(Scripted(), store, clock).send(request).value == "ok"
    assert 0.2 < time.monotonic() - started < 20.0


@pytest.mark.needs("redis-server")
def test_a_lease_is_released_by_its_holder_only(redis_server: RedisServer) -> None:
    store = RedisCacheStore(patiently(redis_server.url), SystemClock())
    token = store.lease("key", 600)
    assert token is not None
    assert store.lease("key", 600) is None
    store.release("key", "somebody else's")
    assert store.lease("key", 600) is None
    store.release("key", token)
    assert store.lease("key", 600) is not None


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.mark.needs("redis-server")
def test_while_redis_is_away_calls_go_on_uncached(own_redis: RedisServer) -> None:
    clock = SystemClock()
    wire = Scripted()
    transport = cached(wire, RedisCacheStore(patiently(own_redis.url), clock), clock)
    transport.send(a_request(CACHED))
    transport.send(a_request(CACHED))
    assert len(wire.requests) == 1
    own_redis.stop()
    started = time.monotonic()
    for _ in range(5):
        assert transport.send(a_request(CACHED)).status == 200
    assert len(wire.requests) == 6
    assert time.monotonic() - started < 20.0


def test_a_redis_that_hangs_is_waited_for_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        redis = connect(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout_seconds=0.2)
        store = RedisCacheStore(redis, ManualClock())  # the pause after an outage lasts as long as the test
        assert store.get("key") is None  # the wait
        silent.setblocking(False)
        assert connections_of(silent) > 0
        for _ in range(3):
            token = store.lease("key", 600)
            assert token is not None
            store.release("key", token)
            store.delete("key")
        assert connections_of(silent) == 0


def connections_of(listener: socket.socket) -> int:
    """How many have come since the last look; a listener that does not block takes them."""
    found = 0
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            found += 1
    return found


@pytest.mark.needs("redis-server")
def test_what_another_version_wrote_is_a_miss(redis_server: RedisServer) -> None:
    redis = patiently(redis_server.url)
    store = RedisCacheStore(redis, SystemClock())
    for raw in (b"", b"\x80pickle", b"{}\nbody", b'{"status": "x", "moments": [1, 2, 3]}\nbody', b"[]\n"):
        redis.set("nms:cache:key", raw)
        assert store.get("key") is None


@NEEDS_REDIS
def test_an_answer_this_process_has_seen_costs_no_round_trip(redis_server: RedisServer, clock: ManualClock) -> None:
    redis = patiently(redis_server.url)
    one, other = (TieredCacheStore(MemoryCacheStore(clock), RedisCacheStore(redis, clock), clock) for _ in range(2))
    one.put("key", make_entry(Response(200), POLICY, ttl_seconds=10.0, now=clock.monotonic()))
    assert other.get("key") is not None  # from Redis
    redis.flushall()
    assert other.get("key") is not None  # from its own memory


@NEEDS_REDIS
def test_a_newer_answer_of_another_worker_replaces_the_old_near_one(
    redis_server: RedisServer, clock: ManualClock
) -> None:
    redis = patiently(redis_server.url)
    one, other = (
        cached(
            Scripted(Response(200, body=body)),
            TieredCacheStore(MemoryCacheStore(clock), RedisCacheStore(redis, clock), clock),
            clock,
        )
        for body in (b"first", b"second")
    )
    assert one.send(a_request(CACHED, read=as_text)).value == "first"
    assert other.send(a_request(CACHED, read=as_text)).value == "first"
    clock.advance(11.0)
    assert other.send(a_request(CACHED, read=as_text)).value == "second"
    assert one.send(a_request(CACHED, read=as_text)).value == "second"


@pytest.mark.parametrize("eviction", ["lru", "lfu", "ttl"])
def test_answers_that_may_not_be_given_any_more_can_be_dropped(eviction: Eviction, clock: ManualClock) -> None:
    store = MemoryCacheStore(clock, eviction=eviction)
    for key, seconds in (("short", 1.0), ("long", 1000.0)):
        store.put(key, make_entry(Response(200), POLICY, ttl_seconds=seconds, now=clock.monotonic()))
    assert store.drop_expired() == 0
    clock.advance(1.5 + POLICY.stale_seconds)
    assert store.drop_expired() == 1
    assert (len(store), store.get("short")) == (1, None)
    assert store.get("long") is not None
