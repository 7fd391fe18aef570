"""The response cache as a link of the chain; only operations that declare `cache_seconds` use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import Any, NamedTuple

from api_clients.domain.errors import CircuitOpen, DeadlineExceeded, Malformed, ServiceError
from api_clients.domain.policies.cache import CachePolicy, Entry, freshness, make_entry
from api_clients.domain.policies.deadline import clip
from api_clients.domain.ports import CacheStore, Clock, Transport
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.cache.single_flight import SingleFlight
from api_clients.infrastructure.reading import read

CacheListener = Callable[[str, str], None]  # service; hit, stale, shared or miss
POLL_SECONDS = 0.02  # how often a worker looks whether another one's answer has arrived


class CachingTransport:
    """`scope` keeps apart what must not be shared, such as two configurations of one target."""

    def __init__(
        self,
        inner: Transport,
        store: CacheStore,
        policy: CachePolicy | None = None,
        *,
        clock: Clock,
        scope: str = "",
        listener: CacheListener | None = None,
    ) -> None:
        self._inner = inner
        self._store = store
        self._policy = policy or CachePolicy()
        self._clock = clock
        self._scope = scope
        self._count = listener or (lambda service, outcome: None)
        self._flights: SingleFlight[_Answer] = SingleFlight(clock=clock, patience_seconds=self._policy.lease_seconds)

    def send(self, request: Request) -> Response:
        ttl_seconds = request.operation.cache_seconds
        if ttl_seconds is None:
            return self._inner.send(request)
        key = cache_key(request, self._scope)
        entry = self._fresh(key)
        if entry is not None:
            try:
                response = self._serve(request, entry)
            except Malformed:
                self._store.delete(key)  # another version's answer, which this one cannot read: ask again
            else:
                self._count(request.service, "hit")
                return response
        return self._share(key, request, ttl_seconds)

    def _share(self, key: str, request: Request, ttl_seconds: float) -> Response:
        """Fetch together with all callers of this process who want the same now."""
        try:
            answer, shared = self._flights.run(
                key, lambda: self._fetch(key, request, ttl_seconds), deadline=request.deadline
            )
        except ServiceError as error:
            error.service, error.operation, error.target = request.service, request.operation.name, request.target
            raise
        if not shared:
            return answer.response
        self._count(request.service, "shared")
        return answer.response if answer.read == request.read else read(request, answer.response)

    def _fetch(self, key: str, request: Request, ttl_seconds: float) -> _Answer:
        """Fetch as the only one among all workers that share the store, or take what another of them fetched."""
        found = self._lease_or_entry(key, request)
        if isinstance(found, Entry):
            self._count(request.service, "shared")
            return _Answer(self._serve(request, found), request.read)
        try:
            return _Answer(self._ask(key, request, ttl_seconds), request.read)
        finally:
            self._store.release(key, found)

    def _lease_or_entry(self, key: str, request: Request) -> str | Entry:
        until = self._clock.monotonic() + clip(
            2 * self._policy.lease_seconds, request.deadline, now=self._clock.monotonic()
        )
        while True:
            now = self._clock.monotonic()
            # Not longer than this caller may take, so that its death holds up the others as briefly as possible.
            token = self._store.lease(key, clip(self._policy.lease_seconds, request.deadline, now=now) + POLL_SECONDS)
            # Looked at only now, for another caller may have finished between our first look and the lease.
            entry = self._fresh(key)
            if entry is not None:
                if token is not None:
                    self._store.release(key, token)
                return entry
            if token is not None:
                return token
            if now >= until:
                raise DeadlineExceeded("another worker's request for the same answer was still under way")
            self._clock.sleep(POLL_SECONDS)

    def _ask(self, key: str, request: Request, ttl_seconds: float) -> Response:
        try:
            response = self._inner.send(request)
        except CircuitOpen:
            entry = self._store.get(key)
            if entry is None or freshness(entry, self._clock.monotonic()) == "gone":
                raise
            self._count(request.service, "stale")
            return self._serve(request, entry, stale=True)
        self._count(request.service, "miss")
        now = self._clock.monotonic()
        self._store.put(key, make_entry(response, self._policy, ttl_seconds=ttl_seconds, now=now, read=request.read))
        return response

    def _fresh(self, key: str) -> Entry | None:
        entry = self._store.get(key)
        return entry if entry is not None and freshness(entry, self._clock.monotonic()) == "fresh" else None

    def _serve(self, request: Request, entry: Entry, *, stale: bool = False) -> Response:
        # A value made by another `read` (or, from Redis, not made yet) is not what this caller wants.
        response = entry.response if entry.read == request.read else read(request, entry.response)
        age_seconds = max(0.0, self._clock.monotonic() - entry.stored_at)
        return replace(response, origin="cache", stale=stale, age_seconds=age_seconds)


class _Answer(NamedTuple):
    response: Response
    read: Callable[[Response], Any] | None


def cache_key(request: Request, scope: str = "") -> str:
    """Name what was asked, of whom; a digest, so that no parameter can be read from a key in Redis."""
    parts = (
        scope,
        request.service,
        request.target,
        request.operation.name,
        request.method,
        request.path,
        request.params,
        sorted(request.headers.items()),
        request.body,
    )
    return blake2b(repr(parts).encode(), digest_size=20).hexdigest()
