"""A client with the whole chain around its own wire, for tests against real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client import CollectorRegistry

from api_clients.domain.policies.balance import Instance
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.credentials import Credentials
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.infrastructure.wire import ConnectionSettings, Wire, WireSettings


@contextmanager
def connected(
    client_class: type[ServiceClient],
    url: str,
    *,
    credentials: Credentials | None = None,
    connection: ConnectionSettings | None = None,
    options: Any = None,
    wire: Wire | None = None,
) -> Iterator[Any]:
    """Yield a client of one instance; `wire` instead of its own, such as a simulator in process."""
    clock = SystemClock()
    wire = wire or client_class.make_wire(
        WireSettings(clock, connection or ConnectionSettings(read_timeout_seconds=5.0), credentials, options)
    )
    surroundings = Surroundings(
        clock, BreakerRegistry(clock=clock), MemoryCacheStore(clock), Instrumentation(CollectorRegistry())
    )
    chain = build_chain(wire, [Instance(url)], ChainPolicy(retry=RetryPolicy(attempts=2)), surroundings)
    try:
        yield client_class(chain) if options is None else client_class(chain, options=options)
    finally:
        wire.close()
