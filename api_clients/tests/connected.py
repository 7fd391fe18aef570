"""A client with the whole chain around its wire, for tests against real servers and simulators."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from api_clients.domain.policies.balance import Instance
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.ports import Transport
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.credentials import Credentials
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.infrastructure.wire import ConnectionSettings, Wire, WireSettings
from api_clients.simulation import HttpSimulator, InProcessTransport

Client = TypeVar("Client", bound=ServiceClient)


@contextmanager
def connected(
    client_class: type[ServiceClient],
    url: str,
    *,
    credentials: Credentials | None = None,
    connection: ConnectionSettings | None = None,
    options: Any = None,
    wire: Wire | None = None,
    attempts: int = 2,
) -> Iterator[Any]:
    """Yield a client of one instance; `wire` instead of its own, such as a simulator in process."""
    wire = wire or _wire(client_class, credentials, connection, options)
    try:
        yield _chained(client_class, wire, url, options, attempts)
    finally:
        wire.close()


def client_at(
    client_class: type[Client],
    url: str,
    *,
    credentials: Credentials | None = None,
    connection: ConnectionSettings | None = None,
    options: Any = None,
    attempts: int = 1,
    is_cached: bool = True,
) -> Client:
    """Return a client of what answers at an address; its connections end with the test's process."""
    wire = _wire(client_class, credentials, connection, options)
    return _chained(client_class, wire, url, options, attempts, is_cached=is_cached)


def client_of(
    client_class: type[Client], simulator: HttpSimulator, *, options: Any = None, attempts: int = 1
) -> Client:
    """Return a client of a simulator in process."""
    wire = InProcessTransport(simulator, clock=SystemClock())
    return _chained(client_class, wire, "http://simulator", options, attempts)


def _wire(
    client_class: type[ServiceClient],
    credentials: Credentials | None,
    connection: ConnectionSettings | None,
    options: Any,
) -> Wire:
    # On a busy machine a real server may take long; tests of silence say how long they bear it.
    settings = connection or ConnectionSettings(connect_timeout_seconds=30.0, read_timeout_seconds=30.0)
    return client_class.make_wire(WireSettings(SystemClock(), settings, credentials, options))


def _chained(
    client_class: type[Client], wire: Transport, url: str, options: Any, attempts: int, *, is_cached: bool = True
) -> Client:
    clock = SystemClock()
    store = MemoryCacheStore(clock) if is_cached else MemoryCacheStore(clock, max_bytes=0)
    surroundings = Surroundings(clock, BreakerRegistry(clock=clock), store, Instrumentation(CollectorRegistry()))
    chain = build_chain(wire, [Instance(url)], ChainPolicy(retry=RetryPolicy(attempts=attempts)), surroundings)
    return client_class(chain, options=options)
