"""Makes a client of its configuration: the policies, the wire and its credentials, the chain around it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from typing import Any, get_type_hints

from pydantic import ConfigDict, ValidationError, create_model

from api_clients.catalog import Catalog, ServiceEntry
from api_clients.configuration import (
    AuthModel,
    Configuration,
    ConfigurationInvalid,
    ServiceModel,
    TargetModel,
    problems_of,
)
from api_clients.configuration_secrets import Secrets, with_secret_options
from api_clients.domain.policies.balance import BalancePolicy, Instance
from api_clients.domain.policies.cache import CachePolicy
from api_clients.domain.policies.rate import RatePolicy
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.ports import Transport
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.infrastructure.bulkhead import BulkheadPolicy, LanePolicy
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.credentials import ApiKey, Basic, Bearer, Credentials
from api_clients.infrastructure.fallback import FallbackTransport
from api_clients.infrastructure.redaction import RedactingTransport
from api_clients.infrastructure.wire import ConnectionSettings, Wire, WireSettings

DEVICE_TARGET = "main"  # a client of kind device is one; it learns its device from each call


def _nothing() -> None:
    """What a client that holds nothing open does when it is let go."""


@dataclass(frozen=True, slots=True)
class Parts:
    """All that a client is made of; equal parts make equal clients, so a reload leaves those alone."""

    entry: ServiceEntry
    target: str
    model: TargetModel | ServiceModel
    secret: str | None = field(default=None, repr=False)
    fallback: Parts | None = None

    @property
    def key(self) -> str:
        """Where the configuration says it, for messages."""
        return f"services.{self.entry.name}.targets.{self.target}"


@dataclass(frozen=True, slots=True)
class Built:
    client: Any
    parts: Parts
    close: Callable[[], None] = field(default=_nothing, repr=False)


class ClientFactory:
    def __init__(
        self,
        catalog: Catalog,
        surroundings: Surroundings,
        *,
        device_breakers: BreakerRegistry,
        secrets: Secrets | None = None,
    ) -> None:
        """`device_breakers` live in memory: their clients run in an event loop, which must not wait for a store."""
        self._secrets = secrets or Secrets()
        self._catalog = catalog
        self._surroundings = surroundings
        self._device_breakers = device_breakers

    def plan(self, configuration: Configuration) -> dict[tuple[str, str], Parts]:
        """Return the parts of every client by service and target; reads the secrets. Raises ConfigurationInvalid."""
        planned: dict[tuple[str, str], Parts] = {}
        for entry in self._catalog.values():
            service = configuration.services.get(entry.name, ServiceModel())
            _refuse_what_does_not_fit(entry, service)
            if entry.kind == "device":
                planned[entry.name, DEVICE_TARGET] = Parts(entry, DEVICE_TARGET, _without_breaker(service))
            for name, target in service.targets.items():
                parts = self._parts(entry, name, target)
                _refuse_foreign_addresses(parts, target)
                planned[entry.name, name] = parts
        return {key: _with_fallback(parts, planned) for key, parts in planned.items()}

    def _parts(self, entry: ServiceEntry, name: str, target: TargetModel) -> Parts:
        """With the secrets themselves, so that another secret makes another client."""
        parts = Parts(entry, name, target)
        kind: type[ServiceClient] = entry.load()
        options = with_secret_options(kind.Options, target.options, self._secrets, at=f"{parts.key}.options")
        secret = target.auth.secret(self._secrets, at=f"{parts.key}.auth") if target.auth else None
        return replace(parts, model=target.model_copy(update={"options": options}), secret=secret)

    def build(self, parts: Parts) -> Built:
        """Raises ConfigurationInvalid where the parts do not make a client."""
        if isinstance(parts.model, TargetModel):
            return self._build_service(parts, parts.model)
        return Built(self._device_client(parts.entry, parts.model.options), parts)

    def rule_breakers(self, configuration: Configuration) -> None:
        """Set every service's breaker policy; the circuits keep their states."""
        for name, entry in self._catalog.items():
            model = configuration.services.get(name, ServiceModel()).breaker
            policy = replace(entry.breaker, **model.model_dump(exclude_unset=True))
            for breakers in (self._surroundings.breakers, self._device_breakers):
                breakers.set_policy(name, policy)

    def _device_client(self, entry: ServiceEntry, options: dict[str, Any]) -> Any:
        client = entry.load()
        checked = _checked_options(entry, options)
        given = {"breakers": self._device_breakers, "meter": self._surroundings.instrumentation}
        checked |= {name: given[name] for name in inspect.signature(client).parameters if name in given}
        try:
            return client(**checked)
        except ValueError as error:
            raise ConfigurationInvalid(f"services.{entry.name}.options: {error}") from error

    def _build_service(self, parts: Parts, target: TargetModel) -> Built:
        client: type[ServiceClient] = parts.entry.load()
        options = _target_options(client, parts.key, target)
        chain, wire = self._chain(parts, target, options)
        wires = [wire]
        other = parts.fallback
        if other is not None and isinstance(other.model, TargetModel):
            spare, wire = self._chain(other, other.model, _target_options(client, other.key, other.model))
            chain = FallbackTransport(chain, spare, target=other.target)
            wires.append(wire)
        optional = {} if options is None else {"options": options}
        built = client(chain, target=parts.target, deadline_seconds=target.deadline_seconds, **optional)
        return Built(built, parts, partial(_close_all, wires))

    def _chain(self, parts: Parts, target: TargetModel, options: Any) -> tuple[Transport, Wire]:
        client: type[ServiceClient] = parts.entry.load()
        settings = WireSettings(
            clock=self._surroundings.clock,
            connection=_connection(target),
            credentials=_credentials(target.auth, parts.secret),
            options=options,
        )
        try:
            wire = client.make_wire(settings)
        except (OSError, ValueError) as error:
            raise ConfigurationInvalid(f"{parts.key}: {error}") from error
        chain = build_chain(
            wire,
            [Instance(instance.url, instance.weight) for instance in target.instances],
            _chain_policy(target),
            self._surroundings,
            cache_scope=_scope(target, parts.secret),
        )
        return (RedactingTransport(chain, settings.credentials) if settings.credentials else chain), wire


def _close_all(wires: Iterable[Wire]) -> None:
    for wire in wires:
        wire.close()


def _with_fallback(parts: Parts, planned: Mapping[tuple[str, str], Parts]) -> Parts:
    if not isinstance(parts.model, TargetModel) or parts.model.fallback is None:
        return parts
    other = planned.get((parts.entry.name, parts.model.fallback))
    if other is None or other.target == parts.target:
        known = ", ".join(sorted(target for service, target in planned if service == parts.entry.name))
        raise ConfigurationInvalid(
            f"{parts.key}.fallback: should be another target of this service. There are: {known}"
        )
    return replace(parts, fallback=other)


def _refuse_what_does_not_fit(entry: ServiceEntry, service: ServiceModel) -> None:
    if entry.kind == "device" and service.targets:
        raise ConfigurationInvalid(f"services.{entry.name}.targets: the devices are in the inventory, not here")
    if entry.kind == "service" and service.options:
        raise ConfigurationInvalid(f"services.{entry.name}.options: each target of this service has options of its own")


def _refuse_foreign_addresses(parts: Parts, target: TargetModel) -> None:
    schemes: tuple[str, ...] = parts.entry.load().schemes
    for index, instance in enumerate(target.instances):
        if instance.url.partition("://")[0] not in schemes:
            wanted = " or ".join(f"{scheme}://" for scheme in schemes)
            raise ConfigurationInvalid(f"{parts.key}.instances.{index}.url: should be an address of {wanted}")


def _target_options(client: type[ServiceClient], key: str, target: TargetModel) -> Any:
    """Check a target's options against the client's model. Raises ConfigurationInvalid, which quotes no value."""
    if client.Options is None:
        if target.options:
            raise ConfigurationInvalid(f"{key}.options: this service has none")
        return None
    try:
        return client.Options.model_validate(target.options)
    except ValidationError as error:
        raise ConfigurationInvalid("; ".join(problems_of(error, at=f"{key}.options"))) from None


def _without_breaker(service: ServiceModel) -> ServiceModel:
    """A change of the breaker alone rebuilds nothing: the registry takes it up."""
    return service.model_copy(update={"breaker": ServiceModel().breaker})


def _checked_options(entry: ServiceEntry, options: dict[str, Any]) -> dict[str, Any]:
    """Check options against the keyword arguments of the client's constructor, by their type hints."""
    constructor = entry.load().__init__
    hints = get_type_hints(constructor)
    simple = {int, float, str, bool}
    known = {
        name: (hints[name], parameter.default)
        for name, parameter in inspect.signature(constructor).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and hints.get(name) in simple
    }
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ConfigurationInvalid(
            f"services.{entry.name}.options.{unknown[0]}: no such option. Known: {', '.join(sorted(known))}"
        )
    chosen: Any = {name: known[name] for name in options}
    model = create_model("Options", __config__=ConfigDict(strict=True), **chosen)
    try:
        return model.model_validate(options).model_dump()
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        raise ConfigurationInvalid(f"services.{entry.name}.options.{problem['loc'][0]}: {problem['msg']}") from None


def _credentials(auth: AuthModel | None, secret: str | None) -> Credentials | None:
    if auth is None or secret is None:
        return None
    if auth.kind == "basic":
        return Basic(auth.username or "", secret)
    if auth.kind == "api_key":
        return ApiKey(auth.header or "", secret)
    return Bearer(secret, auth.scheme)


def _connection(target: TargetModel) -> ConnectionSettings:
    lanes = (target.bulkhead.read, target.bulkhead.write, target.bulkhead.monitoring)
    return ConnectionSettings(
        connect_timeout_seconds=target.connect_timeout_seconds,
        read_timeout_seconds=target.read_timeout_seconds,
        max_connections=sum(lane.calls for lane in lanes),
        max_response_bytes=target.max_response_bytes,
        verify=target.tls.verify,
        ca_file=target.tls.ca_file,
        client_certificate=target.tls.client_certificate,
    )


def _chain_policy(target: TargetModel) -> ChainPolicy:
    bulkhead = target.bulkhead
    return ChainPolicy(
        retry=RetryPolicy(**target.retry.model_dump()),
        cache=CachePolicy(stale_seconds=target.stale_seconds),
        bulkhead=BulkheadPolicy(
            read=LanePolicy(**bulkhead.read.model_dump()),
            write=LanePolicy(**bulkhead.write.model_dump()),
            monitoring=LanePolicy(**bulkhead.monitoring.model_dump()),
        ),
        balance=BalancePolicy(**target.balance.model_dump()),
        rate=RatePolicy(**target.rate.model_dump()) if target.rate else None,
    )


def _scope(target: TargetModel, secret: str | None) -> str:
    """Name where and as whom is asked: what one user may see must not be served to another from a shared cache."""
    who = target.auth.model_dump(include={"kind", "username", "header"}) if target.auth else None
    parts = (sorted(instance.url for instance in target.instances), who, secret, target.options)
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
