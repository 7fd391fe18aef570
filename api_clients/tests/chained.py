"""A client around a wire of its own making, with the chain as it is everywhere but for retries."""

from __future__ import annotations

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
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.infrastructure.wire import ConnectionSettings, WireSettings
from api_clients.simulation import HttpSimulator, InProcessTransport

Client = TypeVar("Client", bound=ServiceClient)


def client_at(
    kind: type[Client], url: str, *, connection: ConnectionSettings | None = None, options: Any = None
) -> Client:
    """Return a client of what answers at an address."""
    settings = WireSettings(SystemClock(), connection or ConnectionSettings(), None, options)
    return _chained(kind, kind.make_wire(settings), url, options)


def client_of(kind: type[Client], simulator: HttpSimulator, *, options: Any = None) -> Client:
    """Return a client of a simulator in process."""
    return _chained(kind, InProcessTransport(simulator, clock=SystemClock()), "http://simulator", options)


def _chained(kind: type[Client], wire: Transport, url: str, options: Any) -> Client:
    clock = SystemClock()
    surroundings = Surroundings(
        clock, BreakerRegistry(clock=clock), MemoryCacheStore(clock), Instrumentation(CollectorRegistry())
    )
    chain = build_chain(wire, [Instance(url)], ChainPolicy(retry=RetryPolicy(attempts=1)), surroundings)
    return kind(chain, options=options)
