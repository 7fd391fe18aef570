"""The token bucket: `burst` calls at once, `rate_per_second` in the long run, and an exact wait for the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class RatePolicy:
    rate_per_second: float
    burst: int = 1
    max_wait_seconds: float = 1.0


class Bucket(NamedTuple):
    """`tokens` as of the moment `at`; below zero they are promised to callers who are waiting."""

    tokens: float
    at: float


class Taken(NamedTuple):
    bucket: Bucket
    granted: bool
    wait_seconds: float


def full_bucket(policy: RatePolicy, now: float) -> Bucket:
    return Bucket(float(policy.burst), now)


def take(bucket: Bucket, policy: RatePolicy, *, now: float, max_wait_seconds: float) -> Taken:
    """Take a token, or promise one that is there within `max_wait_seconds`, or refuse and leave the bucket."""
    elapsed = max(0.0, now - bucket.at)
    tokens = min(float(policy.burst), bucket.tokens + elapsed * policy.rate_per_second)
    wait = max(0.0, (1.0 - tokens) / policy.rate_per_second)
    if wait > max_wait_seconds:
        return Taken(Bucket(tokens, now), False, wait)
    return Taken(Bucket(tokens - 1.0, now), True, wait)
