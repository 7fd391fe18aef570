"""What the chain is worth, measured on a simulated backend or a real one: the same questions without a cache and with
one, and a circuit that opens while a backend fails and closes when it is back.

Every request is sent over a real socket. The breaker is always shown on a simulated backend, for nobody's real one
should be made to fail.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from prometheus_client import CollectorRegistry

from api_clients.configuration import TargetModel
from api_clients.container import ClientsContainer, make_container
from api_clients.domain.errors import CircuitOpen, ServiceError
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.platforms.backend.client import BackendClient
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer, serve, status

KEYS = 10  # different questions
CACHE_SECONDS = 60.0
BREAKER = BreakerPolicy(failure_threshold=5, recovery_seconds=1.0)
REFUSED_CALLS = 200


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked: `requests` in all by `callers` at once; `latency_seconds` is the simulated backend's own."""

    requests: int = 200
    callers: int = 10
    latency_seconds: float = 0.2


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of requests. Latencies in milliseconds; `sent` are those that reached the backend."""

    name: str
    requests: int
    sent: int
    errors: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    per_second: float

    @property
    def saved_percent(self) -> float:
        return 100.0 * (1 - self.sent / self.requests)

    @property
    def error_percent(self) -> float:
        return 100.0 * self.errors / self.requests


@dataclass(frozen=True, slots=True)
class BreakerStory:
    """What a circuit did: how many calls failed until it opened, what a refused call cost, how long until it closed."""

    failures: int
    refused: int
    refused_ms: float
    recovery_seconds: float
    phases: tuple[str, ...]


class SlowBackend(HttpSimulator):
    def __init__(self, latency_seconds: float) -> None:
        super().__init__()
        self.latency_seconds = latency_seconds

    def answer(self, received: Received) -> Answer:
        time.sleep(self.latency_seconds)
        return json_answer({"path": received.path, "value": len(received.path)})


def measure(load: Load, *, api_url: str | None = None) -> tuple[Measured, Measured]:
    """Ask without a cache, then with one. Without `api_url` a simulated backend answers."""
    with _backend(load, api_url) as url:
        without = _round("without cache", url, load, cache_seconds=None)
        return without, _round("with cache", url, load, cache_seconds=CACHE_SECONDS)


def show_breaker() -> BreakerStory:
    """Let a backend fail until its circuit opens, then be well again until it closes."""
    backend = SlowBackend(0.0)
    with serve(backend) as server:
        container, client = _client(server.url, cache_seconds=None)
        breaker = container.breakers().for_target(client.service, client.target)
        phases = [breaker.phase]
        backend.inject(status(500))
        failures = _fail_until_open(client)
        phases.append(breaker.phase)
        refused_ms = _refused_ms(client)
        backend.clear()
        began = time.perf_counter()
        while _fails(client) and time.perf_counter() - began < 10 * BREAKER.recovery_seconds:
            time.sleep(0.02)
        phases.append(breaker.phase)
        return BreakerStory(failures, REFUSED_CALLS, refused_ms, time.perf_counter() - began, tuple(phases))


@contextmanager
def _backend(load: Load, api_url: str | None) -> Iterator[str]:
    if api_url is not None:
        yield api_url
        return
    with serve(SlowBackend(load.latency_seconds)) as server:
        yield f"{server.url}/things"


def _round(name: str, url: str, load: Load, *, cache_seconds: float | None) -> Measured:
    container, client = _client(url, cache_seconds=cache_seconds)
    began = time.perf_counter()
    with ThreadPoolExecutor(load.callers) as callers:
        asked = list(callers.map(lambda number: _ask(client, number % KEYS), range(load.requests)))
    seconds = time.perf_counter() - began
    taken = sorted(milliseconds for milliseconds, _ in asked)
    return Measured(
        name=name,
        requests=load.requests,
        sent=sum(each.count for each in container.instrumentation().statistics()),
        errors=sum(failed for _, failed in asked),
        mean_ms=statistics.fmean(taken),
        p50_ms=taken[len(taken) // 2],
        p95_ms=taken[min(len(taken) - 1, int(len(taken) * 0.95))],
        per_second=load.requests / seconds,
    )


def _client(url: str, *, cache_seconds: float | None) -> tuple[ClientsContainer, BackendClient]:
    parts = urlsplit(url)
    described: Mapping[str, Any] = {
        "path": parts.path or "/",
        "query": dict(parse_qsl(parts.query)),
        "arguments": {"number": {"type": "integer"}},
        "cache_seconds": cache_seconds,
    }
    model = TargetModel.model_validate(
        {
            "instances": [{"url": f"{parts.scheme}://{parts.netloc}"}],
            "retry": {"attempts": 1},
            "bulkhead": {"read": {"calls": 100, "waiting": 1000, "wait_seconds": 60.0}},
            "options": {"health": {"path": parts.path or "/"}, "operations": {"ask": described}},
        }
    )
    container = make_container(prometheus_registry=CollectorRegistry())
    container.clients().lend("backend", "demo", model)
    container.breakers().set_policy("backend", BREAKER)
    return container, container.clients().get("backend", "demo")


def _ask(client: BackendClient, number: int) -> tuple[float, bool]:
    began = time.perf_counter()
    failed = _fails(client, number)
    return (time.perf_counter() - began) * 1000, failed


def _fails(client: BackendClient, number: int = 0) -> bool:
    try:
        client.read("ask", {"number": number})
    except ServiceError:
        return True
    return False


def _fail_until_open(client: BackendClient) -> int:
    failures = 0
    while True:
        try:
            client.read("ask", {"number": 0})
        except CircuitOpen:
            return failures
        except ServiceError:
            failures += 1


def _refused_ms(client: BackendClient) -> float:
    """The median cost of a call that the open circuit refuses."""
    return statistics.median(_ask(client, 0)[0] for _ in range(REFUSED_CALLS))
