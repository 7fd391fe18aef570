"""The wiring of the clients: configuration in, ready clients out.

    container = make_container(clients_file=Path("clients.yaml"), redis_url="redis://localhost/0")
    snmp = container.clients().get("snmp")

Every part is a provider that a test may override, and everything is made at its first use, nothing at import.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import structlog
from dependency_injector import containers, providers
from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import BaseModel

from api_clients.building import ClientFactory
from api_clients.catalog import CATALOG, Catalog
from api_clients.clients import Clients
from api_clients.configuration_file import ConfigurationFile
from api_clients.configuration_secrets import Secrets
from api_clients.domain.ports import BreakerStore, Clock, PhaseChange
from api_clients.infrastructure.breaker import BreakerRegistry, MemoryBreakerStore
from api_clients.infrastructure.breaker.redis_store import RedisBreakerStore
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.cache.redis_store import RedisCacheStore
from api_clients.infrastructure.cache.tiered_store import TieredCacheStore
from api_clients.infrastructure.chain import Surroundings
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.infrastructure.redis_connection import connect

log = structlog.get_logger(__name__)


def log_circuit(change: PhaseChange) -> None:
    """Log where an outage begins and where it ends; the failed trials in between are no news."""
    if change.before == "closed" and change.after == "open":
        log.warning("circuit_opened", service=change.service, target=change.target)
    elif change.after == "closed":
        log.info("circuit_closed", service=change.service, target=change.target)


def _make_breakers(store: BreakerStore, clock: Clock, instrumentation: Instrumentation) -> BreakerRegistry:
    breakers = BreakerRegistry(store=store, clock=clock)
    breakers.listen(instrumentation.count_circuit)
    breakers.listen(log_circuit)
    return breakers


def _options_of(catalog: Catalog, service: str) -> type[BaseModel] | None:
    return getattr(catalog[service].load(), "Options", None)


def _make_memory_cache(clock: Clock, file: ConfigurationFile) -> MemoryCacheStore:
    cache = file.initial.cache
    return MemoryCacheStore(clock, eviction=cache.eviction, max_bytes=cache.max_bytes)


class ClientsContainer(containers.DeclarativeContainer):
    """`settings.stores` is memory or redis; use `make_container`, which sets it."""

    settings = providers.Configuration()
    catalog = providers.Object(CATALOG)
    prometheus_registry = providers.Object(REGISTRY)
    clock = providers.Singleton(SystemClock)
    secrets = providers.Object(Secrets())
    file = providers.Singleton(
        ConfigurationFile,
        settings.clients_file,
        known_services=catalog,
        clock=clock,
        environment=secrets.provided.environment,
        options_of=providers.Callable(partial, _options_of, catalog),
    )
    redis = providers.Singleton(connect, settings.redis_url)
    breaker_store = providers.Selector(
        settings.stores,
        memory=providers.Singleton(MemoryBreakerStore, clock),
        redis=providers.Singleton(RedisBreakerStore, redis, clock),
    )
    cache_store = providers.Selector(
        settings.stores,
        memory=providers.Singleton(_make_memory_cache, clock, file),
        redis=providers.Singleton(
            TieredCacheStore,
            near=providers.Singleton(_make_memory_cache, clock, file),
            far=providers.Singleton(RedisCacheStore, redis, clock),
            clock=clock,
        ),
    )
    instrumentation = providers.Singleton(Instrumentation, prometheus_registry)
    breakers = providers.Singleton(_make_breakers, breaker_store, clock, instrumentation)
    surroundings = providers.Singleton(
        Surroundings, clock=clock, breakers=breakers, cache_store=cache_store, instrumentation=instrumentation
    )
    device_breakers = providers.Singleton(
        _make_breakers, providers.Singleton(MemoryBreakerStore, clock), clock, instrumentation
    )
    factory = providers.Singleton(
        ClientFactory, catalog, surroundings, device_breakers=device_breakers, secrets=secrets
    )
    clients = providers.Singleton(Clients, factory, file)


def make_container(
    *,
    clients_file: Path | None = None,
    redis_url: str | None = None,
    catalog: Catalog = CATALOG,
    prometheus_registry: CollectorRegistry = REGISTRY,
    secrets: Secrets | None = None,
) -> ClientsContainer:
    """Return the container of one process. With `redis_url` the cache, and the breakers of services, are shared by
    all processes that name it; the breakers of devices stay with the process that polls them. `secrets` says where
    those are that the configuration refers to, and which environment fills it in.
    """
    container = ClientsContainer()
    container.settings.from_dict(
        {"clients_file": clients_file, "redis_url": redis_url, "stores": "redis" if redis_url else "memory"}
    )
    container.catalog.override(catalog)
    if secrets is not None:
        container.secrets.override(secrets)
    container.prometheus_registry.override(prometheus_registry)
    return container
