"""A near store in front of a far one: an answer that this process has seen costs no round trip to Redis.

Nothing has to be invalidated. Workers fetch a new answer only once the old one is no longer fresh, and what is
not fresh any more is looked up far away again, where another worker may have put a newer one.
"""

from __future__ import annotations

from api_clients.domain.policies.cache import Entry, freshness
from api_clients.domain.ports import CacheStore, Clock
from api_clients.infrastructure.cache.memory_store import MemoryCacheStore


class TieredCacheStore:
    def __init__(self, near: CacheStore, far: CacheStore, clock: Clock) -> None:
        self._near = near
        self._far = far
        self._clock = clock

    def get(self, key: str) -> Entry | None:
        entry = self._near.get(key)
        if entry is not None and freshness(entry, self._clock.monotonic()) == "fresh":
            return entry
        found = self._far.get(key)
        if found is not None:
            self._near.put(key, found)
            return found
        return entry  # stale, yet all there is while the far store is away

    def put(self, key: str, entry: Entry) -> None:
        self._near.put(key, entry)
        self._far.put(key, entry)

    def delete(self, key: str) -> None:
        self._near.delete(key)
        self._far.delete(key)

    def drop_expired(self) -> int:
        """Those of this process; the far store lets go by itself."""
        return int(self._near.drop_expired()) if isinstance(self._near, MemoryCacheStore) else 0

    def lease(self, key: str, seconds: float) -> str | None:
        return self._far.lease(key, seconds)

    def release(self, key: str, token: str) -> None:
        self._far.release(key, token)
