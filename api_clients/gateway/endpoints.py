"""Every operation that a service offers, as something that can be asked from outside."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from api_clients.catalog import Catalog, ServiceEntry
from api_clients.domain.operation import Operation, example_of, operations_of
from api_clients.gateway.signatures import Signature, read_signature

Verb = Literal["GET", "POST"]


class NoSuchService(LookupError):
    """There is no service of that name with targets; the message says which there are."""


class NoSuchOperation(LookupError):
    """The service offers no such operation; the message says which it does."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`description` is the docstring without its first line."""

    service: str
    family: str
    operation: Operation
    signature: Signature = field(repr=False)
    description: str = field(repr=False)
    example: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def is_read(self) -> bool:
        """Whether asking changes nothing, so that it may be asked again, of another target, and by a viewer."""
        return self.operation.idempotent and self.operation.role == "viewer"

    @property
    def keeps_answer(self) -> bool:
        """Whether its answer may be kept, to be given again: no file is, and nothing that tells a secret."""
        return not (self.signature.returns_bytes or self.operation.tells_secret)

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """A read whose arguments are more than text may be asked by POST as well."""
        if not self.is_read:
            return ("POST",)
        return ("GET", "POST") if self.signature.is_structured else ("GET",)


def endpoint_of(catalog: Catalog, service: str, operation: str) -> Endpoint:
    """Raises NoSuchService, NoSuchOperation."""
    endpoints = endpoints_of(service_of(catalog, service))
    try:
        return endpoints[operation]
    except KeyError:
        known = ", ".join(endpoints) or "none"
        raise NoSuchOperation(f"{service} has no operation {operation!r:.100}. It has {known}.") from None


def service_of(catalog: Catalog, service: str) -> ServiceEntry:
    """Return the entry of a service with targets; devices are asked through the inventory. Raises NoSuchService."""
    entry = catalog.get(service)
    if entry is None or entry.kind != "service":
        known = ", ".join(name for name, one in sorted(catalog.items()) if one.kind == "service")
        raise NoSuchService(f"There is no service {service!r:.100}. There are {known}.")
    return entry


@cache
def endpoints_of(entry: ServiceEntry) -> Mapping[str, Endpoint]:
    """Return the endpoints of a service by the names of their operations. Raises SignatureUnfit."""
    client = entry.load()
    return MappingProxyType({item.name: _endpoint(entry, client, item) for item in operations_of(client)})


def _endpoint(entry: ServiceEntry, client: type[Any], operation: Operation) -> Endpoint:
    method = getattr(client, operation.name)
    return Endpoint(
        service=entry.name,
        family=entry.family,
        operation=operation,
        signature=read_signature(method, where=f"{entry.name}.{operation.name}"),
        description=(inspect.getdoc(method) or "").partition("\n")[2].strip(),
        example=example_of(client, operation),
    )
