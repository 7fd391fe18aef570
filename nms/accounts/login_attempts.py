"""Slow down guessing: after some failed logins an address must wait.

Counted in the cache, for each address with each name, and for each address over all names. Nobody can lock another
person out, since a name alone is never blocked. While the shared cache is away each process counts by itself, so that
people can still sign in and guessing is still slow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TypeVar

import structlog
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from redis.exceptions import RedisError

WINDOW_SECONDS = 300
PER_NAME = 10
PER_ADDRESS = 50
T = TypeVar("T")

log = structlog.get_logger(__name__)
_of_this_process = LocMemCache("login-attempts", {})


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login from `address` as `name`."""

    address: str
    name: str

    def blocked(self) -> bool:
        counts = _counting(lambda store: store.get_many(self._limits()))
        return any(counts.get(key, 0) >= limit for key, limit in self._limits().items())

    def failed(self) -> None:
        for key in self._limits():
            _counting(partial(_count, key))

    def succeeded(self) -> None:
        _counting(lambda store: store.delete(self._key(self.name)))

    def _limits(self) -> dict[str, int]:
        return {self._key(self.name): PER_NAME, self._key(None): PER_ADDRESS}

    def _key(self, name: str | None) -> str:
        # Hashed, because cache keys may not hold what people type into a login form.
        who = sha256(f"{self.address}|{'*' if name is None else 'n' + name.casefold()}".encode()).hexdigest()
        return f"login-attempts:{who}"


def _counting(act: Callable[[BaseCache], T]) -> T:
    try:
        return act(cache)
    except (RedisError, OSError) as error:
        log.warning("shared cache away, login attempts are counted in this process", error=str(error))
        return act(_of_this_process)


def _count(key: str, store: BaseCache) -> None:
    store.add(key, 0, WINDOW_SECONDS)
    try:
        store.incr(key)
    except ValueError:  # it expired between the two calls
        store.set(key, 1, WINDOW_SECONDS)
