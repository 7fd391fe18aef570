"""Answers in this process, bounded in bytes."""

from __future__ import annotations

import threading

from cachetools import Cache

from api_clients.domain.policies.cache import Entry, Eviction, freshness
from api_clients.domain.ports import Clock
from api_clients.infrastructure.cache.eviction import make_cache, size_of


class MemoryCacheStore:
    def __init__(self, clock: Clock, *, eviction: Eviction = "lru", max_bytes: int = 64 * 1024 * 1024) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries = make_cache(eviction, max_bytes)

    def get(self, key: str) -> Entry | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and freshness(entry, self._clock.monotonic()) == "gone":
                del self._entries[key]
                return None
            return entry

    def put(self, key: str, entry: Entry) -> None:
        """Keep the entry; one that is larger than the whole cache is not kept."""
        if size_of(entry) > self._max_bytes:
            self.delete(key)
            return
        with self._lock:
            self._entries[key] = entry

    def delete(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def drop_expired(self) -> int:
        """Free what may not be given any more, not even while the service is away; return how many entries went."""
        now = self._clock.monotonic()
        with self._lock:
            # The base class's look-up, for the entries' own would count as a use.
            gone = [key for key in self._entries if freshness(Cache.__getitem__(self._entries, key), now) == "gone"]
            for key in gone:
                del self._entries[key]
        return len(gone)

    def lease(self, key: str, seconds: float) -> str | None:
        return "local"  # within one process the flights of single_flight.py already let one caller through

    def release(self, key: str, token: str) -> None: ...

    def __len__(self) -> int:
        return len(self._entries)
