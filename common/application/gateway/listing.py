"""What there is to ask: services, their targets with the state of their circuits, their operations."""

from __future__ import annotations

from dataclasses import dataclass

from api_clients.catalog import ServiceEntry
from api_clients.clients import Clients
from api_clients.domain.policies.breaker import Phase
from api_clients.gateway.endpoints import (
    Endpoint,
    NoSuchOperation,
    NoSuchService,
    endpoint_of,
    endpoints_of,
    service_of,
)
from common.application.clients import catalog, ready_clients, surroundings
from common.application.gateway.calls import targets_of
from common.domain.errors import Unknown


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    circuit: Phase


@dataclass(frozen=True, slots=True)
class Service:
    entry: ServiceEntry
    targets: tuple[Target, ...]
    endpoints: tuple[Endpoint, ...]


def services() -> tuple[Service, ...]:
    """Every service of the catalogue, configured or not, by name. Raises Unavailable."""
    ready = ready_clients()
    return tuple(_service(entry, ready) for _, entry in sorted(catalog().items()) if entry.kind == "service")


def service(name: str) -> Service:
    """Raises Unknown, naming those there are, or Unavailable."""
    try:
        return _service(service_of(catalog(), name), ready_clients())
    except NoSuchService as error:
        raise Unknown(str(error), code="unknown_service") from error


def endpoint(service: str, operation: str) -> Endpoint:
    """Raises Unknown, naming what there is."""
    try:
        return endpoint_of(catalog(), service, operation)
    except NoSuchService as error:
        raise Unknown(str(error), code="unknown_service") from error
    except NoSuchOperation as error:
        raise Unknown(str(error), code="unknown_operation") from error


def _service(entry: ServiceEntry, ready: Clients) -> Service:
    breakers = surroundings().breakers
    return Service(
        entry,
        tuple(Target(name, breakers.for_target(entry.name, name).phase) for name in targets_of(ready, entry.name)),
        tuple(endpoints_of(entry).values()),
    )
