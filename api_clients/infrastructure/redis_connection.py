"""The Redis connection of the shared stores: quick to give up, for a cache that hangs is worse than none."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(url: str, *, timeout_seconds: float = 0.5) -> Redis:
    """Return a pooled client; it connects at first use. One retry covers a connection the server closed in between."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 1),
        decode_responses=False,
    )
