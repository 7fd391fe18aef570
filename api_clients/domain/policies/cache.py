"""How long an answer may stand for a call: fresh for its time to live, then stale for a while, then gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from api_clients.domain.values import Response

Freshness = Literal["fresh", "stale", "gone"]
Eviction = Literal["ttl", "lru", "lfu"]


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """`stale_seconds` is how long past its time to live an answer may still be given while the circuit is open."""

    stale_seconds: float = 300.0
    lease_seconds: float = 30.0  # how long one worker may be the only one that fetches; past it another takes over


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer and its moments. `read` is what made `response.value`; None where the value has to be made again."""

    response: Response
    stored_at: float
    fresh_until: float
    stale_until: float
    read: Callable[[Response], Any] | None = None


def make_entry(
    response: Response,
    policy: CachePolicy,
    *,
    ttl_seconds: float,
    now: float,
    read: Callable[[Response], Any] | None = None,
) -> Entry:
    fresh_until = now + ttl_seconds
    return Entry(response, now, fresh_until, fresh_until + policy.stale_seconds, read)


def freshness(entry: Entry, now: float) -> Freshness:
    if now < entry.fresh_until:
        return "fresh"
    return "stale" if now < entry.stale_until else "gone"
