"""Slow down guessing: after some failed logins an address must wait.

Counted in the cache, for each address with each name, and for each address over all names. Nobody can lock another
person out, since a name alone is never blocked.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache

WINDOW_SECONDS = 300
PER_NAME = 10
PER_ADDRESS = 50


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login from `address` as `name`."""

    address: str
    name: str

    def blocked(self) -> bool:
        counts = cache.get_many(self._limits())
        return any(counts.get(key, 0) >= limit for key, limit in self._limits().items())

    def failed(self) -> None:
        for key in self._limits():
            cache.add(key, 0, WINDOW_SECONDS)
            try:
                cache.incr(key)
            except ValueError:  # it expired between the two calls
                cache.set(key, 1, WINDOW_SECONDS)

    def succeeded(self) -> None:
        cache.delete(self._key(self.name))

    def _limits(self) -> dict[str, int]:
        return {self._key(self.name): PER_NAME, self._key(None): PER_ADDRESS}

    def _key(self, name: str | None) -> str:
        # Hashed, because cache keys may not hold what people type into a login form.
        who = sha256(f"{self.address}|{'*' if name is None else 'n' + name.casefold()}".encode()).hexdigest()
        return f"login-attempts:{who}"
