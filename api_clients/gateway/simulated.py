"""A service's client before its simulator, in this process and without a socket: for examples and trials."""

from __future__ import annotations

import importlib
from typing import Any

from prometheus_client import CollectorRegistry

from api_clients.catalog import ServiceEntry
from api_clients.domain.policies.balance import Instance
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.simulation import HttpSimulator, InProcessTransport, Received

STARTED_AT = 1_767_268_800.0  # 2026-01-01T12:00:00Z


def simulator_of(entry: ServiceEntry) -> HttpSimulator:
    """Return a new one with the content that the examples are about; it lets everybody in."""
    simulator: HttpSimulator = _simulator_module(entry).make_simulator()
    simulator.admits = _everybody  # type: ignore[method-assign] # who asks is another matter than what is asked
    return simulator


def simulated_client(entry: ServiceEntry, simulator: HttpSimulator | None = None) -> Any:
    """Return a client that asks the simulator, by a clock that stands still but for those who wait."""
    client_class: type[ServiceClient] = entry.load()
    clock = ManualClock(monotonic=STARTED_AT, wall=STARTED_AT)
    wire = InProcessTransport(simulator or simulator_of(entry), clock=clock)
    surroundings = Surroundings(
        clock, BreakerRegistry(clock=clock), MemoryCacheStore(clock), Instrumentation(CollectorRegistry())
    )
    chain = build_chain(wire, [Instance("http://simulator")], ChainPolicy(), surroundings)
    options = {} if client_class.Options is None else {"options": options_of(entry)}
    client = client_class(chain, **options)
    client.now = clock.monotonic
    return client


def options_of(entry: ServiceEntry) -> Any:
    """Those that stand in the simulator's module as OPTIONS, or the usual ones."""
    return getattr(_simulator_module(entry), "OPTIONS", None) or entry.load().Options()


def _simulator_module(entry: ServiceEntry) -> Any:
    return importlib.import_module(f"{entry.client.partition(':')[0].rpartition('.')[0]}.simulator")


def _everybody(received: Received) -> bool:
    return True
