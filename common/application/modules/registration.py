"""Remote modules come, change and go. Each change and its event are one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from common.application.events.publishing import publish
from common.application.messages.recipients import end_soon, try_again_now
from common.application.modules import registry
from common.domain.errors import Conflict, Invalid, Unknown
from common.domain.events import Event
from common.domain.hub_events.modules import ModuleRecovered, ModuleRegistered, ModuleUnregistered, ModuleUpdated
from common.domain.known_modules import KnownModule
from common.domain.manifest import Registration
from common.domain.modules import JsonObject
from common.infrastructure.encryption import SecretUnreadable, decrypt, encrypt
from common.models import CapabilityClaim, ModuleRecord

SOURCE = "hub"


@dataclass(frozen=True, slots=True)
class Registered:
    module: KnownModule
    created: bool


def register(registration: Registration, *, by: str) -> Registered:
    """Make the module known, or replace what was known of it.

    Raises Conflict where the name or a capability is another's, and Invalid where the secret is missing.
    """
    _refuse_what_is_local(registration)
    with transaction.atomic():
        record, created = _lock_record(registration, by)
        before = None if created else _Before.of(record)
        _fill(record, registration, by)
        record.save()
        _claim(record, [capability.name for capability in registration.capabilities])
        events = _tell(record, before)
        if events:
            publish(*events, source=SOURCE, actor=by)
        if not created:
            try_again_now(record.name)  # it was lost, or nobody listened at the old address
    return Registered(registry.known_remote(record), created)


def unregister(name: str, *, by: str) -> None:
    """Forget a remote module. Messages that wait for it go to the dead letters. Raises Unknown or Conflict."""
    with transaction.atomic():
        record = need_remote(name, lock=True)
        record.delete()
        publish(ModuleUnregistered(name=name), source=SOURCE, actor=by)
        end_soon(name)


def need_remote(name: str, *, lock: bool = False) -> ModuleRecord:
    """The row of a remote module. Raises Unknown, or Conflict for a local one."""
    if registry.local_module(name) is not None:
        raise Conflict(f"The module {name} is part of this program; only remote modules do this.", code="module_local")
    rows = ModuleRecord.objects.select_for_update() if lock else ModuleRecord.objects.all()
    record = rows.filter(pk=name, kind=ModuleRecord.Kind.REMOTE).first()
    if record is None:
        raise Unknown(f"There is no module {name}.", code="module_unknown")
    return record


def _refuse_what_is_local(registration: Registration) -> None:
    if registry.local_module(registration.name) is not None:
        raise Conflict(f"{registration.name} is the name of a module of this program.", code="module_local")
    for capability in registration.capabilities:
        if owner := registry.local_capability_owner(capability.name):
            raise _claimed(capability.name, owner)


def _lock_record(registration: Registration, by: str) -> tuple[ModuleRecord, bool]:
    """The module's row, locked against another registration; and whether it is new."""
    rows = ModuleRecord.objects.select_for_update().filter(pk=registration.name)
    record = rows.first()
    if record is None:
        try:
            with transaction.atomic():
                return _new_record(registration, by), True
        except IntegrityError:  # the same module registers twice at once
            record = rows.get()
    # What a local module that is gone from the program left behind are counters; they go on under the name.
    return record, record.kind == ModuleRecord.Kind.LOCAL


def _new_record(registration: Registration, by: str) -> ModuleRecord:
    return ModuleRecord.objects.create(
        name=registration.name,
        kind=ModuleRecord.Kind.REMOTE,
        version=registration.version,
        registered_at=datetime.now(UTC),
        registered_by=by,
    )


def _fill(record: ModuleRecord, registration: Registration, by: str) -> None:
    now = datetime.now(UTC)
    record.kind = ModuleRecord.Kind.REMOTE
    record.version = registration.version
    record.state = ModuleRecord.State.ACTIVE
    record.manifest = registration.manifest()
    record.callback_url = registration.callback_url
    record.secret = _secret(record, registration)
    record.registered_at = now
    record.registered_by = by
    record.heartbeat_at = now


def _secret(record: ModuleRecord, registration: Registration) -> str:
    """Encrypted; the stored form stays where the secret does, since connections are kept by it."""
    if registration.secret is None:
        if record.secret:
            return record.secret
        problem = {"field": "secret", "code": "missing", "message": "A new module needs a secret."}
        raise Invalid("secret: A new module needs a secret.", details=(problem,))
    given = registration.secret.get_secret_value()
    try:
        unchanged = bool(record.secret) and decrypt(record.secret) == given
    except SecretUnreadable:
        unchanged = False  # the key was changed; the module brings its secret anew
    return record.secret if unchanged else encrypt(given)


def _claim(record: ModuleRecord, names: list[str]) -> None:
    """Two that claim one capability at once meet at the primary key; the later one learns who was first."""
    CapabilityClaim.objects.filter(module=record).exclude(name__in=names).delete()
    held = dict(CapabilityClaim.objects.filter(name__in=names).values_list("name", "module_id"))
    _refuse_held(record, held)
    fresh = [CapabilityClaim(name=name, module=record) for name in sorted(set(names) - set(held))]
    try:
        with transaction.atomic():
            CapabilityClaim.objects.bulk_create(fresh)
    except IntegrityError:
        _refuse_held(record, dict(CapabilityClaim.objects.filter(name__in=names).values_list("name", "module_id")))
        raise


def _refuse_held(record: ModuleRecord, held: dict[str, str]) -> None:
    for name, owner in sorted(held.items()):
        if owner != record.name:
            raise _claimed(name, owner)


def _claimed(capability: str, owner: str) -> Conflict:
    return Conflict(
        f"The capability {capability} is offered by the module {owner} already; nothing was registered.",
        code="capability_claimed",
    )


@dataclass(frozen=True, slots=True)
class _Before:
    """What a module said of itself until now."""

    facts: JsonObject
    lost: bool
    heartbeat_at: datetime

    @classmethod
    def of(cls, record: ModuleRecord) -> _Before:
        lost = record.state == ModuleRecord.State.LOST
        return cls(_facts(record), lost, record.heartbeat_at or record.registered_at)


def _facts(record: ModuleRecord) -> JsonObject:
    return {
        "version": record.version,
        "callback_url": record.callback_url,
        "secret": record.secret,
        **record.manifest,
    }


def _tell(record: ModuleRecord, before: _Before | None) -> list[Event]:
    offers = _offers(record.manifest)
    if before is None:
        types = tuple(record.manifest["message_types"])
        told = ModuleRegistered(
            name=record.name, module_version=record.version, capabilities=offers, message_types=types
        )
        return [told]
    events: list[Event] = []
    after = _facts(record)
    changed = tuple(sorted(name for name in after if after[name] != before.facts.get(name)))
    if changed:
        offered = _offers(before.facts)
        events.append(
            ModuleUpdated(
                name=record.name,
                module_version=record.version,
                changed=changed,
                added_capabilities=tuple(name for name in offers if name not in offered),
                removed_capabilities=tuple(name for name in offered if name not in offers),
            )
        )
    if before.lost:
        events.append(ModuleRecovered(name=record.name, silent_since=before.heartbeat_at))
    return events


def _offers(facts: JsonObject) -> tuple[str, ...]:
    return tuple(sorted(capability["name"] for capability in facts.get("capabilities", ())))
