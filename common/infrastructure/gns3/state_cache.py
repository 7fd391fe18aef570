"""The cache of what GNS3 holds, 300 s, on the same store as the clients' answers: this process, and Redis if there is.

A key holds the revision of the project's row. So nothing has to be taken out of any process's memory when something
changes: whoever asks afterwards asks under another key. Many who ask at once share one reading, across processes too
(api_clients/infrastructure/cache).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api_clients.domain.operation import Operation
from api_clients.domain.policies.cache import CachePolicy, freshness, make_entry
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.cache import CachingTransport
from api_clients.infrastructure.cache.transport import cache_key
from api_clients.infrastructure.chain import Surroundings
from common.infrastructure.gns3.codec import Decoder, encode, read_node, read_projects, read_topology

TTL_SECONDS = 300.0
SCOPE = "gns3-central"
SERVICE = "gns3"
POLICY = CachePolicy(stale_seconds=0.0)  # the state during an outage is told by status(), not guessed

_DECODERS = {"topology": Decoder(read_topology), "node": Decoder(read_node), "projects": Decoder(read_projects)}
_OPERATIONS = {
    kind: Operation(kind, idempotent=True, role="viewer", lane="read", cache_seconds=TTL_SECONDS) for kind in _DECODERS
}


@dataclass(frozen=True, slots=True)
class Key:
    """`kind` is topology, node or projects; `path` what of it: a project's id, a project's and a node's."""

    kind: str
    server: str
    path: str
    revision: int


Read = Callable[[], tuple[Any, int]]


class StateCache:
    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._lock = threading.Lock()
        self._counts = {"hit": 0, "miss": 0}
        self._reading = threading.local()
        self._chain = CachingTransport(
            self,
            surroundings.cache_store,
            POLICY,
            clock=surroundings.clock,
            scope=SCOPE,
            listener=self._count,
        )

    def get(self, key: Key, read: Read) -> Any:
        """The value, of the cache or else of `read`, which says to what revision it belongs. Raises what it raises."""
        self._reading.read = read
        return self._chain.send(_request(key)).value

    def peek(self, key: Key) -> Any | None:
        """The value where it is there and fresh; counts as a hit then, else as nothing."""
        request = _request(key)
        entry = self._surroundings.cache_store.get(cache_key(request, SCOPE))
        if entry is None or freshness(entry, self._surroundings.clock.monotonic()) != "fresh":
            return None
        self._count(SERVICE, "hit")
        return entry.response.value if entry.read == request.read else _DECODERS[key.kind](entry.response)

    def put(self, key: Key, value: Any) -> None:
        self._put(_request(key), _response(value))

    def counts(self) -> tuple[int, int]:
        """Hits and misses of this process; an answer shared with another asker is a hit."""
        with self._lock:
            return self._counts["hit"], self._counts["miss"]

    def send(self, request: Request) -> Response:
        """The end of the chain: CachingTransport asks it where it has no answer, in the thread of one who wants it."""
        value, revision = self._reading.read()
        response = _response(value)
        if str(revision) != dict(request.params)["revision"]:
            self._put(_with_revision(request, revision), response)
        return response

    def _put(self, request: Request, response: Response) -> None:
        now = self._surroundings.clock.monotonic()
        entry = make_entry(response, POLICY, ttl_seconds=TTL_SECONDS, now=now, read=request.read)
        self._surroundings.cache_store.put(cache_key(request, SCOPE), entry)

    def _count(self, service: str, outcome: str) -> None:
        self._surroundings.instrumentation.count_cache(service, outcome)
        with self._lock:
            self._counts["miss" if outcome == "miss" else "hit"] += 1


def _request(key: Key) -> Request:
    return Request(
        service=SERVICE,
        operation=_OPERATIONS[key.kind],
        target=key.server,
        method="GET",
        path=f"/{key.path}",
        params=(("revision", str(key.revision)),),
        read=_DECODERS[key.kind],
    )


def _with_revision(request: Request, revision: int) -> Request:
    return _request(Key(request.operation.name, request.target, request.path[1:], revision))


def _response(value: Any) -> Response:
    return Response(200, body=encode(value), value=value)
