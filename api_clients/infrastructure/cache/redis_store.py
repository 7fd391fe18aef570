"""Answers in Redis, shared by all workers, with a lease so that one of them fetches while the others wait.

Bodies and headers are stored, never pickled objects: a value is made again by the reader's own code. Entries leave
by Redis's own clock; which ones leave a full Redis is its `maxmemory-policy` (volatile-lru, volatile-lfu,
volatile-ttl). While Redis is away every call is a miss and nobody waits for a lease.
"""

from __future__ import annotations

import json
import secrets
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from api_clients.domain.policies.cache import Entry
from api_clients.domain.ports import Clock
from api_clients.domain.values import Response
from api_clients.infrastructure.outage import Outage

PREFIX = "nms:cache:"
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class RedisCacheStore:
    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._release = redis.register_script(RELEASE)
        self._outage = Outage("redis cache store", clock=clock)

    def get(self, key: str) -> Entry | None:
        if self._outage.is_on():
            return None
        try:
            raw = cast("bytes | None", self._redis.get(PREFIX + key))
        except RedisError as error:
            self._outage.begin(error)
            return None
        self._outage.end()
        return None if raw is None else decode(raw, offset=self._clock.monotonic() - self._clock.wall())

    def put(self, key: str, entry: Entry) -> None:
        lives_ms = int((entry.stale_until - self._clock.monotonic()) * 1000)
        if lives_ms <= 0 or self._outage.is_on():
            return
        raw = encode(entry, offset=self._clock.wall() - self._clock.monotonic())
        try:
            self._redis.set(PREFIX + key, raw, px=lives_ms)
        except RedisError as error:
            self._outage.begin(error)

    def delete(self, key: str) -> None:
        if self._outage.is_on():
            return
        try:
            self._redis.delete(PREFIX + key)
        except RedisError as error:
            self._outage.begin(error)

    def lease(self, key: str, seconds: float) -> str | None:
        token = secrets.token_hex(8)
        if self._outage.is_on():
            return token
        try:
            granted = self._redis.set(self._lock_of(key), token, nx=True, px=max(1, int(seconds * 1000)))
        except RedisError as error:
            self._outage.begin(error)
            return token
        return token if granted else None

    def release(self, key: str, token: str) -> None:
        if self._outage.is_on():
            return  # the lease runs out by itself
        try:
            self._release(keys=[self._lock_of(key)], args=[token])
        except RedisError as error:
            self._outage.begin(error)

    def _lock_of(self, key: str) -> str:
        return f"{PREFIX}{key}:lease"


def encode(entry: Entry, *, offset: float) -> bytes:
    """Write an entry as a line of JSON and the body; moments are shifted by `offset` to Unix time."""
    head = {
        "status": entry.response.status,
        "headers": dict(entry.response.headers),
        "instance": entry.response.instance,
        "moments": [moment + offset for moment in (entry.stored_at, entry.fresh_until, entry.stale_until)],
    }
    return json.dumps(head).encode() + b"\n" + entry.response.body


def decode(raw: bytes, *, offset: float) -> Entry | None:
    """Read what `encode` wrote; None where another version wrote it otherwise."""
    head_line, _, body = raw.partition(b"\n")
    try:
        head = json.loads(head_line)
        stored_at, fresh_until, stale_until = (float(moment) + offset for moment in head["moments"])
        response = Response(int(head["status"]), head["headers"], body, instance=head["instance"])
    except (ValueError, TypeError, LookupError):
        return None
    return Entry(response, stored_at, fresh_until, stale_until)
