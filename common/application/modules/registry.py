"""Which modules there are, and what each offers: those of this process, and remote ones from the database.

    register_module(Module(name="network_management", ...))        # from AppConfig.ready()
    find_capability("network_management.discover")

Local modules are code and known to every process alike. Remote ones are rows, read anew at each question, so that a
module that registers again with other capabilities takes effect everywhere at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from common.application.modules import activity
from common.application.modules.checks import problems_of
from common.domain.known_modules import CapabilityUnavailable, KnownModule, OfferedCapability, Subscribed
from common.domain.modules import Capability, Health, JsonObject, Module
from common.models import CapabilityClaim, ModuleRecord, ModuleSubscription

_lock = threading.Lock()
_modules: dict[str, Module] = {}
_capabilities: dict[str, OfferedCapability] = {}


def register_module(module: Module) -> None:
    """Make a local module known. Raises ImproperlyConfigured with everything that is wrong with it."""
    with _lock:
        if _modules.get(module.name) is module:
            return
        problems = [*problems_of(module), *_conflicts(module)]
        if problems:
            raise ImproperlyConfigured(f"The module {module.name} cannot be registered: {'; '.join(problems)}")
        _modules[module.name] = module
        _capabilities.update({capability.name: _offer(module.name, capability) for capability in module.capabilities})


def unregister_module(name: str) -> None:
    """Forget a local module; for tests, and harmless where there is none."""
    with _lock:
        _modules.pop(name, None)
        for offered in [offered for offered in _capabilities.values() if offered.module == name]:
            del _capabilities[offered.name]


def local_modules() -> tuple[Module, ...]:
    return tuple(_modules[name] for name in sorted(_modules))


def local_module(name: str) -> Module | None:
    return _modules.get(name)


def local_capability_owner(name: str) -> str | None:
    """The local module that offers the capability."""
    offered = _capabilities.get(name)
    return offered.module if offered else None


def find_capability(name: str) -> OfferedCapability | None:
    """None where nobody offers it; `available` is False while the remote module that does is lost."""
    if (local := _capabilities.get(name)) is not None:
        return local
    claim = CapabilityClaim.objects.filter(name=name).select_related("module").first()
    if claim is None:
        return None
    described = (item for item in claim.module.manifest.get("capabilities", ()) if item["name"] == name)
    return next((_remote_offer(claim.module, item) for item in described), None)


def need_capability(name: str) -> OfferedCapability:
    """Like find_capability; raises CapabilityUnavailable, which lists what is offered."""
    offered = find_capability(name)
    if offered is None:
        raise CapabilityUnavailable(name, offered=tuple(other.name for other in capabilities() if other.available))
    if not offered.available:
        raise CapabilityUnavailable(name, module=offered.module)
    return offered


def overruled_claims() -> tuple[tuple[str, str, str], ...]:
    """Capability, remote module and local module, where an upgrade brought what a remote one offered before."""
    claims = CapabilityClaim.objects.filter(name__in=list(_capabilities)).values_list("name", "module_id")
    return tuple((name, remote, _capabilities[name].module) for name, remote in claims.order_by("name"))


def capabilities() -> tuple[OfferedCapability, ...]:
    """Every capability by name, those of lost modules included."""
    remote = (_remote_offers(record) for record in _remote_records())
    found = {offered.name: offered for offers in remote for offered in offers} | _capabilities
    return tuple(found[name] for name in sorted(found))


def modules() -> tuple[KnownModule, ...]:
    """Every module by name."""
    records = {record.name: record for record in ModuleRecord.objects.prefetch_related("asked")}
    known = [_known_local(module, records.get(module.name)) for module in local_modules()]
    known += [
        known_remote(record)
        for record in records.values()
        if record.kind == ModuleRecord.Kind.REMOTE and record.name not in _modules
    ]
    return tuple(sorted(known, key=lambda module: module.name))


def find_module(name: str) -> KnownModule | None:
    record = ModuleRecord.objects.filter(pk=name).first()
    if (module := _modules.get(name)) is not None:
        return _known_local(module, record)
    return known_remote(record) if record is not None and record.kind == ModuleRecord.Kind.REMOTE else None


def subscriptions() -> list[Subscribed]:
    """Who wants which events. Lost modules count: their events wait for them."""
    local = [wanted for module in local_modules() for wanted in _local_subscriptions(module)]
    remote = [wanted for name, said in _remote("subscriptions") for wanted in _subscribed(name, said)]
    return [*local, *remote, *_asked()]


def handlers(message_type: str) -> tuple[str, ...]:
    """The modules that take messages of the type, lost ones included."""
    names = {module.name for module in local_modules() if _handles(module, message_type)}
    names |= {name for name, said in _remote("message_types") if message_type in said}
    return tuple(sorted(names))


def known_remote(record: ModuleRecord) -> KnownModule:
    counted = activity.pending(record.name)
    return KnownModule(
        name=record.name,
        kind="remote",
        version=record.version,
        state="lost" if record.state == ModuleRecord.State.LOST else "active",
        description=record.manifest.get("description", ""),
        capabilities=_remote_offers(record),
        message_types=tuple(record.manifest.get("message_types", ())),
        subscriptions=_remote_subscriptions(record),
        callback_url=record.callback_url,
        registered_at=record.registered_at,
        registered_by=record.registered_by,
        heartbeat_at=record.heartbeat_at,
        last_activity_at=counted.at or record.last_activity_at,
        messages=record.messages + counted.messages,
        errors=record.errors + counted.errors,
        health=_health(record),
        health_at=record.health_at,
    )


def _known_local(module: Module, record: ModuleRecord | None) -> KnownModule:
    counted = activity.pending(module.name)
    return KnownModule(
        name=module.name,
        kind="local",
        version=module.version,
        state="active",
        description=module.description,
        capabilities=tuple(_capabilities[capability.name] for capability in module.capabilities),
        message_types=tuple(handler.message_type for handler in module.handlers),
        subscriptions=_local_subscriptions(module),
        last_activity_at=counted.at or (record.last_activity_at if record else None),
        messages=(record.messages if record else 0) + counted.messages,
        errors=(record.errors if record else 0) + counted.errors,
        health=_health(record) if record else None,
        health_at=record.health_at if record else None,
    )


def _health(record: ModuleRecord) -> Health | None:
    return Health(record.health, record.health_detail) if record.health else None  # type: ignore[arg-type] # only statuses are stored


def _conflicts(module: Module) -> Iterable[str]:
    if module.name in _modules:
        yield f"another module of the name {module.name} is registered already"
    taken = {body["name"]: other.name for other in _modules.values() for body in other.workflows}
    for body in module.workflows:
        if (owner := taken.get(body.get("name"))) is not None:
            yield f"the workflow {body['name']} is brought by {owner} already"
    for capability in module.capabilities:
        offered = _capabilities.get(capability.name)
        if offered is not None and offered.module != module.name:
            yield f"the capability {capability.name} is offered by {offered.module} already"


def _handles(module: Module, message_type: str) -> bool:
    return any(handler.message_type == message_type for handler in module.handlers)


def _offer(module: str, capability: Capability) -> OfferedCapability:
    return OfferedCapability(
        name=capability.name,
        module=module,
        description=capability.description,
        input_schema=capability.input.model_json_schema(),
        output_schema=capability.output.model_json_schema(mode="serialization"),
        timeout_seconds=capability.timeout_seconds,
        role=capability.role,
        queue=capability.queue,
        local=capability,
    )


def _local_subscriptions(module: Module) -> tuple[Subscribed, ...]:
    return tuple(Subscribed(module.name, wanted.topics, wanted.priority) for wanted in module.subscriptions)


def _remote_records() -> list[ModuleRecord]:
    """A local module of the same name comes before a remote one: after an upgrade its code is the truth."""
    remote = ModuleRecord.objects.filter(kind=ModuleRecord.Kind.REMOTE)
    return [record for record in remote if record.name not in _modules]


def _remote_offers(record: ModuleRecord) -> tuple[OfferedCapability, ...]:
    return tuple(_remote_offer(record, item) for item in record.manifest.get("capabilities", ()))


def _remote_offer(record: ModuleRecord, described: JsonObject) -> OfferedCapability:
    return OfferedCapability(**described, module=record.name, available=record.state == ModuleRecord.State.ACTIVE)


def _remote(part: str) -> Iterable[tuple[str, list[Any]]]:
    """Name and one part of the manifest of each remote module; schemas, which may be long, stay in the database."""
    remote = ModuleRecord.objects.filter(kind=ModuleRecord.Kind.REMOTE)
    rows = remote.values_list("name", f"manifest__{part}")
    return [(name, said or []) for name, said in rows if name not in _modules]


def _remote_subscriptions(record: ModuleRecord) -> tuple[Subscribed, ...]:
    return (*_subscribed(record.name, record.manifest.get("subscriptions", ())), *map(_told, record.asked.all()))


def _asked() -> list[Subscribed]:
    """What remote modules asked for besides (subscribing.py)."""
    return [_told(row) for row in ModuleSubscription.objects.all() if row.module_id not in _modules]


def _told(row: ModuleSubscription) -> Subscribed:
    return Subscribed(
        row.module_id,
        tuple(row.topics),
        row.priority,  # type: ignore[arg-type] # only priorities are stored
        row.source or None,
        row.subject or None,
    )


def _subscribed(name: str, said: Iterable[JsonObject]) -> tuple[Subscribed, ...]:
    return tuple(Subscribed(name, tuple(wanted["topics"]), wanted["priority"]) for wanted in said)
