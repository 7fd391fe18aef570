"""What leaves a full cache first: the least recently used, the least often used, or what expires soonest."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from cachetools import Cache, LFUCache, LRUCache

from api_clients.domain.policies.cache import Entry, Eviction

ENTRY_OVERHEAD_BYTES = 1024  # headers, keys and objects around a body, roughly


def size_of(entry: Entry) -> int:
    return len(entry.response.body) + ENTRY_OVERHEAD_BYTES


class SoonestExpiryCache(Cache[str, Entry]):
    """Evicts the entry that would be gone first; each has its own time to live, unlike in cachetools.TTLCache."""

    def __init__(self, maxsize: float, getsizeof: Callable[[Entry], float]) -> None:
        super().__init__(maxsize, getsizeof)
        self._order: list[tuple[float, str]] = []

    def __setitem__(self, key: str, entry: Entry) -> None:
        super().__setitem__(key, entry)
        heapq.heappush(self._order, (entry.stale_until, key))
        if len(self._order) > 2 * len(self) + 16:  # entries that were replaced or deleted leave their old places behind
            self._order = sorted((kept.stale_until, kept_key) for kept_key, kept in self.items())

    def popitem(self) -> tuple[str, Entry]:
        while self._order:
            stale_until, key = heapq.heappop(self._order)
            entry = self.get(key)
            if entry is not None and entry.stale_until == stale_until:
                del self[key]
                return key, entry
        raise KeyError("the cache is empty")


def make_cache(eviction: Eviction, max_bytes: int) -> Cache[str, Entry]:
    if eviction == "lru":
        return LRUCache(max_bytes, size_of)
    if eviction == "lfu":
        return LFUCache(max_bytes, size_of)
    return SoonestExpiryCache(max_bytes, size_of)
