"""Breaker states in Redis, shared by all workers: one trips, all refuse; the trial slots are counted across them.

The rules stay where they are, in Python: a step reads the state, computes the next one, and swaps it in if
nobody else did meanwhile. A healthy closed circuit changes nothing, so its calls cost one read.

Redis keeps moments as Unix time, for a monotonic clock means nothing to another machine; they are shifted at the
border. Workers on several machines need their clocks in step to about a second (NTP).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from api_clients.domain.policies.breaker import BreakerState, Change, Trial
from api_clients.domain.ports import Clock
from api_clients.infrastructure.breaker.memory_store import CLOSED, IDLE_SECONDS, MemoryBreakerStore
from api_clients.infrastructure.outage import Outage

PREFIX = "nms:breaker:"
SWAP = """
local present = redis.call('GET', KEYS[1])
if (present or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


class RedisBreakerStore:
    """While Redis is away each worker goes on with its own states in memory."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._swap = redis.register_script(SWAP)
        self._outage = Outage("redis breaker store", clock=clock)
        self._fallback = MemoryBreakerStore(clock)

    def update(self, key: str, step: Callable[[BreakerState], Change]) -> Change:
        if self._outage.is_on():
            return self._fallback.update(key, step)
        try:
            change = self._update(key, step)
        except RedisError as error:
            self._outage.begin(error)
            return self._fallback.update(key, step)
        self._outage.end()
        return change

    def load(self, key: str) -> BreakerState:
        if self._outage.is_on():
            return self._fallback.load(key)
        try:
            state = self._decode(self._get(key))
        except RedisError as error:
            self._outage.begin(error)
            return self._fallback.load(key)
        self._outage.end()
        return state

    def _update(self, key: str, step: Callable[[BreakerState], Change]) -> Change:
        # Each lost swap means that another worker's went through, so the workers as a whole always get on.
        while True:
            raw = self._get(key)
            change = step(self._decode(raw))
            if change.after is change.before:
                return change
            if self._swap(keys=[PREFIX + key], args=[raw or b"", self._encode(change.after), int(IDLE_SECONDS * 1000)]):
                return change

    def _get(self, key: str) -> bytes | None:
        return cast("bytes | None", self._redis.get(PREFIX + key))

    def _encode(self, state: BreakerState) -> bytes:
        return json.dumps(asdict(_shift(state, self._clock.wall() - self._clock.monotonic()))).encode()

    def _decode(self, raw: bytes | None) -> BreakerState:
        if raw is None:
            return CLOSED
        try:
            fields = json.loads(raw)
            state = BreakerState(**{**fields, "trials": tuple(Trial(*trial) for trial in fields["trials"])})
        except (ValueError, TypeError, KeyError):
            return CLOSED  # written by a version that knew other fields: start anew
        return _shift(state, self._clock.monotonic() - self._clock.wall())


def _shift(state: BreakerState, seconds: float) -> BreakerState:
    return replace(
        state,
        opened_at=state.opened_at + seconds,
        trials=tuple(Trial(trial.number, trial.admitted_at + seconds) for trial in state.trials),
    )
