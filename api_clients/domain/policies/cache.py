"""How long an answer may stand for a call: fresh for its time to live, then stale for a while, then gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api_clients.domain.values import Response

Freshness = Literal["fresh", "stale", "gone"]
Eviction = Literal["ttl", "lru", "lfu"]


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """`stale_seconds` is how long past its time to live an answer may still be given while the circuit is open."""

    stale_seconds: float = 300.0
    lease_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Entry:
    response: Response
    stored_at: float
    fresh_until: float
    stale_until: float


def make_entry(response: Response, policy: CachePolicy, *, ttl_seconds: float, now: float) -> Entry:
    return Entry(response, now, now + ttl_seconds, now + ttl_seconds + policy.stale_seconds)


def freshness(entry: Entry, now: float) -> Freshness:
    if now < entry.fresh_until:
        return "fresh"
    return "stale" if now < entry.stale_until else "gone"
