from __future__ import annotations

import pytest

from api_clients.domain.policies.cache import Entry, Eviction
from api_clients.domain.values import Response
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.cache.eviction import ENTRY_OVERHEAD_BYTES
from api_clients.infrastructure.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def entry(clock: ManualClock, *, ttl: float = 100.0, size: int = 1000) -> Entry:
    now = clock.monotonic()
    return Entry(Response(200, body=b"x" * size), now, now + ttl, now + ttl)


@pytest.mark.parametrize(("eviction", "gone"), [("lru", "b"), ("lfu", "c"), ("ttl", "a")])
def test_a_full_cache_evicts_by_its_rule(clock: ManualClock, eviction: Eviction, gone: str) -> None:
    room_for_three = 3 * (1000 + ENTRY_OVERHEAD_BYTES)
    store = MemoryCacheStore(clock, eviction=eviction, max_bytes=room_for_three)
    for key, ttl in (("a", 10.0), ("b", 30.0), ("c", 20.0)):
        store.put(key, entry(clock, ttl=ttl))
    for key in ("a", "a", "b", "b", "c", "a"):  # b is the least recently used, c the least often
        store.get(key)
    store.put("d", entry(clock))
    assert [key for key in ("a", "b", "c", "d") if store.get(key) is None] == [gone]


@pytest.mark.parametrize("eviction", ["lru", "lfu", "ttl"])
def test_no_rule_lets_the_cache_grow_past_its_bytes(clock: ManualClock, eviction: Eviction) -> None:
    store = MemoryCacheStore(clock, eviction=eviction, max_bytes=64 * 1024)
    for number in range(500):
        store.put(str(number % 90), entry(clock, ttl=1.0 + number % 7, size=number % 3000))
        if number % 3 == 0:
            store.delete(str(number % 50))
        clock.advance(0.05)
        store.get(str(number % 11))
    assert store._entries.currsize <= 64 * 1024
    assert len(store) > 5


def test_an_entry_larger_than_the_cache_is_not_kept_and_the_others_stay(clock: ManualClock) -> None:
    store = MemoryCacheStore(clock, max_bytes=10_000)
    store.put("small", entry(clock, size=10))
    store.put("large", entry(clock, size=20_000))
    assert store.get("large") is None
    assert store.get("small") is not None


def test_an_entry_leaves_when_its_time_is_over(clock: ManualClock) -> None:
    store = MemoryCacheStore(clock)
    store.put("a", entry(clock, ttl=5.0))
    clock.advance(5.0)
    assert store.get("a") is None
    assert len(store) == 0
