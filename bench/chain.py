"""What the resilience chain costs: on a call that hits the network, beside a bare requests.Session; and on a cache hit.

Both ask the same server (another process, on loopback), turn by turn in one run, and medians are compared. With
redis-server installed the same is measured for the stores that workers share.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from tempfile import TemporaryDirectory
from typing import Any

import requests
from prometheus_client import CollectorRegistry
from redis import Redis

from api_clients.domain.operation import operation
from api_clients.domain.policies.balance import Instance
from api_clients.domain.policies.rate import RatePolicy
from api_clients.domain.ports import BreakerStore, CacheStore
from api_clients.infrastructure.breaker import BreakerRegistry, MemoryBreakerStore
from api_clients.infrastructure.breaker.redis_store import RedisBreakerStore
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.cache.redis_store import RedisCacheStore
from api_clients.infrastructure.cache.tiered_store import TieredCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.http import Bearer, HttpClient, HttpTransport, as_json
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.infrastructure.redis_connection import connect
from bench.table import Row

CALLS = 2_000
WARM_UP = 200
OVERHEAD_TARGET_MS = 0.3
HIT_TARGET_US = 50.0

DOCUMENT = json.dumps({"name": "router-1", "uptime": 12345, "interfaces": list(range(20))}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT


@dataclass(frozen=True, slots=True)
class Router:
    name: str
    uptime: int
    interfaces: tuple[int, ...]


def _router(document: dict[str, Any]) -> Router:
    return Router(document["name"], document["uptime"], tuple(document["interfaces"]))


class RouterClient(HttpClient):
    service = "bench"

    @operation(idempotent=True, role="viewer")
    def router(self) -> Router:
        return self._get("/router", params={"detail": True}, read=as_json(_router))

    @operation(idempotent=True, role="viewer", cache_seconds=3600.0)
    def cached_router(self) -> Router:
        return self._get("/router", params={"detail": True}, read=as_json(_router))


def run() -> list[Row]:
    with _server() as url:
        rows = _rows(url, "memory", None)
        with _redis() as redis_url:
            if redis_url is not None:
                rows += _rows(url, "Redis", redis_url)
    return rows


def _rows(url: str, stores: str, redis_url: str | None) -> list[Row]:
    client = _client(url, redis_url)
    session = requests.Session()
    # Else the peer would look for proxies and a netrc at every call, about 0.1 ms that our wire does not spend either.
    session.trust_env = False
    session.headers["Authorization"] = "Bearer bench"

    def bare() -> Router:
        answer = session.get(url + "/router", params={"detail": "true"}, timeout=(3, 10))
        answer.raise_for_status()
        return _router(answer.json())

    assert bare() == client.router() == client.cached_router() == client.cached_router()
    chained_ms, bare_ms = (seconds * 1e3 for seconds in _medians(client.router, bare))
    hit_us = _medians(client.cached_router)[0] * 1e6
    in_memory = redis_url is None
    return [
        Row(
            f"call through the whole chain ({stores} stores)",
            chained_ms,
            "ms",
            peer="bare requests.Session",
            peer_measured=bare_ms,
        ),
        Row(
            f"overhead of the whole chain ({stores} stores)",
            chained_ms - bare_ms,
            "ms",
            target=OVERHEAD_TARGET_MS if in_memory else None,
            note="median minus the bare call's median" + ("" if in_memory else "; one round trip to Redis"),
        ),
        Row(
            f"cache hit ({stores} store)",
            hit_us,
            "us",
            target=HIT_TARGET_US,
            note="" if in_memory else "of an answer this process has seen",
        ),
    ]


def _medians(*calls: Callable[[], object]) -> list[float]:
    """Return each call's median seconds; they take turns, so that whatever else the machine does meets them alike."""
    for call in calls:
        for _ in range(WARM_UP):
            call()
    durations: list[list[float]] = [[] for _ in calls]
    for _ in range(CALLS):
        for index, call in enumerate(calls):
            started = time.perf_counter()
            call()
            durations[index].append(time.perf_counter() - started)
    return [statistics.median(column) for column in durations]


def _client(url: str, redis_url: str | None) -> RouterClient:
    """A client with every link of the chain in use."""
    clock = SystemClock()
    breaker_store: BreakerStore = MemoryBreakerStore(clock)
    cache_store: CacheStore = MemoryCacheStore(clock)
    if redis_url is not None:
        redis = connect(redis_url)
        breaker_store, cache_store = RedisBreakerStore(redis, clock), _shared_cache(redis, clock)
    instrumentation = Instrumentation(CollectorRegistry())
    breakers = BreakerRegistry(store=breaker_store, clock=clock)
    surroundings = Surroundings(clock, breakers, cache_store, instrumentation)
    wire = HttpTransport(credentials=Bearer("bench"), clock=clock)
    policy = replace(ChainPolicy(), rate=RatePolicy(rate_per_second=1_000_000, burst=1_000))
    instances = [Instance(url), Instance(url.replace("127.0.0.1", "localhost"))]
    return RouterClient(build_chain(wire, instances, policy, surroundings))


def _shared_cache(redis: Redis, clock: SystemClock) -> TieredCacheStore:
    return TieredCacheStore(MemoryCacheStore(clock), RedisCacheStore(redis, clock), clock)


@contextmanager
def _server() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _serve(parent: Connection) -> None:
    """Answer every request with one segment: as little of the time as possible is the server's."""
    import threading

    def answer(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            while request := connection.recv(65536):
                if request.endswith(b"\r\n\r\n"):
                    connection.sendall(ANSWER)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        parent.send(listener.getsockname()[1])
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()


@contextmanager
def _redis() -> Iterator[str | None]:
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TemporaryDirectory() as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            _wait_for(port)
            yield url
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


if __name__ == "__main__":
    for row in run():
        print(row)
