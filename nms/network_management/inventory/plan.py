"""What has to be written for one device so that its rows say what its profile says. No database here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from api_clients.network.snmp.values import SnmpTarget
from nms.network_management.addresses import address_sort_key
from nms.network_management.events import Change
from nms.network_management.inventory.diff import StoredRow, TableDiff, diff_interfaces, diff_rows
from nms.network_management.inventory.facts import INTERFACES, NEIGHBORS, TABLES, FactTable, Row, clean
from nms.network_management.inventory.fingerprint import fingerprint, resources
from nms.network_management.inventory.identity import Identity
from nms.network_management.inventory.stored import StoredDevice
from nms.network_management.inventory.uptime import boot_time
from nms.network_management.models import Device, DeviceIdentifier
from nms.network_management.profile import DeviceProfile

_IDENTIFIED = ("vendor", "os", "model", "version", "serial", "role")
_QUIET = frozenset({"credential_id", "resources", "chassis_id_subtype"})  # written, but no news for people
_ADMIN, _OPER = (INTERFACES.columns.index(name) for name in ("admin_status", "oper_status"))


@dataclass(slots=True)
class DevicePlan:
    """`device` already carries its new values; the rest says what else to write and to tell."""

    device: Device
    created: bool
    profile: DeviceProfile
    targets: tuple[SnmpTarget, ...]
    identifiers: dict[str, str]  # kind -> value, those to write
    tables: dict[str, TableDiff] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    status_changes: list[tuple[StoredRow, Row]] = field(default_factory=list)  # of interfaces
    old_status: str = ""
    status_reason: str = "It answers."
    gns3: str | None = None  # of a new device: the node that it is
    interface_ids: dict[int, int] = field(default_factory=dict)  # ifIndex -> row, of those that exist already

    @property
    def changed(self) -> bool:
        return bool(self.changes or self.status_changes)


def plan_device(
    profiles: Sequence[DeviceProfile],
    identities: Mapping[SnmpTarget, Identity],
    stored: StoredDevice | None,
    lost: frozenset[SnmpTarget],
    now: datetime,
) -> DevicePlan:
    """Plan for one device from all its profiles of this batch; `lost` are endpoints that answer as another now.

    The most complete profile counts, the others only add endpoints.
    """
    profile = min(profiles, key=lambda one: (len(one.snmp.problems), *_place(one.target)))
    targets = tuple(dict.fromkeys(one.target for one in profiles))
    device = stored.device if stored else Device(first_seen=now, status=Device.Status.UNKNOWN, updated_at=now)
    plan = DevicePlan(device, stored is None, profile, targets, {}, old_status=device.status)
    _plan_identifiers(plan, identities[profile.target], stored)
    _plan_device_row(plan, stored, lost, now)
    for table in TABLES:
        plan_table(plan, table, stored)
    if plan.changes or plan.status_changes:
        plan.device.updated_at = now
    return plan


def _place(target: SnmpTarget) -> tuple[str, int]:
    return address_sort_key(target.address), target.port


def _plan_identifiers(plan: DevicePlan, identity: Identity, stored: StoredDevice | None) -> None:
    said = {
        DeviceIdentifier.Kind.SERIAL: identity.serial,
        DeviceIdentifier.Kind.CHASSIS: identity.chassis,
        DeviceIdentifier.Kind.ENGINE_ID: identity.engine_id,
    }
    known = stored.identifiers if stored else {}
    # What is not said this time stays known: an agent may serve it to one credential and not to another.
    plan.identifiers = {kind: clean(value) for kind, value in said.items() if value and known.get(kind) != clean(value)}


def _plan_device_row(plan: DevicePlan, stored: StoredDevice | None, lost: frozenset[SnmpTarget], now: datetime) -> None:
    device, profile = plan.device, plan.profile
    target = _management_endpoint(plan, stored, lost)
    wanted = _device_values(device, profile)
    wanted["boot_time"] = boot_time(device.boot_time, profile.snmp.system.uptime_seconds, now)
    wanted |= {"management_address": target.address, "management_port": target.port}
    wanted["name"] = wanted["sys_name"] or target.address
    for name, value in wanted.items():
        old = getattr(device, name)
        if old != value:
            setattr(device, name, value)
            if name not in _QUIET and not plan.created:
                plan.changes.append(Change(field=name, old=_plain(old), new=_plain(value)))
    device.fingerprint = fingerprint(profile)
    if device.replaced_by_id is not None:
        plan.changes.append(Change(field="replaced_by", old=device.replaced_by_id, new=None))
    if device.status != Device.Status.REACHABLE:
        device.status = Device.Status.REACHABLE
        device.status_changed_at = now
    device.replaced_by = None
    device.missed_polls = 0
    device.last_seen = device.last_profiled_at = now


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _device_values(device: Device, profile: DeviceProfile) -> dict[str, Any]:
    said, what = profile.snmp, profile.identification
    incomplete = bool(said.problems)
    values: dict[str, Any] = {}
    for name in _IDENTIFIED:
        value = clean(getattr(what, name))
        # Identification draws on parts that may be what could not be read this time.
        values[name] = getattr(device, name) if incomplete and not value else value
    system, lldp = said.system, said.lldp
    values |= {
        "sys_name": clean(system.name),
        "sys_object_id": clean(system.object_id),
        "description": clean(system.description),
        "contact": clean(system.contact),
        "location": clean(system.location),
        "engine_id": clean(system.engine_id) or device.engine_id,
        "resources": resources(profile),
    }
    if profile.credential_id is not None:
        values["credential_id"] = profile.credential_id
    if "lldp" not in said.problems:
        values["chassis_id_subtype"] = lldp.chassis_id_subtype if lldp else None
        values["chassis_id"] = clean(lldp.chassis_id) if lldp else ""
    return values


def _management_endpoint(plan: DevicePlan, stored: StoredDevice | None, lost: frozenset[SnmpTarget]) -> SnmpTarget:
    """Keep the endpoint that is in use while it answers; else the one whose profile counts."""
    if stored and stored.device.management_address:
        current = SnmpTarget(stored.device.management_address, stored.device.management_port)
        if current in plan.targets or (current not in lost and stored.endpoints.get(current)):
            return current
    return plan.profile.target


def plan_table(plan: DevicePlan, table: FactTable, stored: StoredDevice | None) -> None:
    """Compare one kind of facts with what is stored, unless it could not be read."""
    said = plan.profile.snmp
    known = stored.rows[table.name] if stored else []
    if table is INTERFACES:
        plan.interface_ids = {row.values[0]: row.id for row in known if row.present}
    unread = table.parts & said.problems.keys()
    if unread == table.parts or (unread and table is not NEIGHBORS):
        return  # not read is not the same as not there
    if table is NEIGHBORS:
        known = [row for row in known if row.values[0] not in unread]
    diff = _diff(plan, table, known, table.rows(said))
    if not diff:
        return
    plan.tables[table.name] = diff
    if not plan.created:
        plan.changes += _describe(table, diff)


def _diff(plan: DevicePlan, table: FactTable, known: Sequence[StoredRow], wanted: Iterable[Row]) -> TableDiff:
    if table is not INTERFACES:
        if "if_index" in table.columns:
            known = _follow_renumbering(table, known, plan.tables.get(INTERFACES.name))
            wanted = _without_strangers(plan, table, wanted)
        return diff_rows(table, known, wanted)
    diff = diff_interfaces(known, wanted)
    for row, _ in diff.changed:
        plan.interface_ids.pop(row.values[0], None)
    for row in diff.gone:
        plan.interface_ids.pop(row.values[0], None)
    plan.interface_ids |= {new[0]: row.id for row, new in diff.changed}
    plan.status_changes = [
        (row, new)
        for row, new in diff.changed
        if row.present and (row.values[_ADMIN], row.values[_OPER]) != (new[_ADMIN], new[_OPER])
    ]
    return diff


def _without_strangers(plan: DevicePlan, table: FactTable, wanted: Iterable[Row]) -> Iterator[Row]:
    """Some agents refer to interfaces that they do not list; such rows belong to the device alone."""
    interfaces = plan.tables.get(INTERFACES.name)
    listed = plan.interface_ids.keys() | {row[0] for row in (interfaces.new if interfaces else ())}
    place = table.columns.index("if_index")
    for row in wanted:
        yield row if row[place] in listed else (*row[:place], None, *row[place + 1 :])


def _follow_renumbering(
    table: FactTable, known: Sequence[StoredRow], interfaces: TableDiff | None
) -> Sequence[StoredRow]:
    """Give rows the number that their interface has now, and one that no interface has where it is gone."""
    if interfaces is None:
        return known
    moved: dict[int, int] = {row.values[0]: -1 - row.values[0] for row in interfaces.gone}
    moved |= {row.values[0]: new[0] for row, new in interfaces.changed if row.present and row.values[0] != new[0]}
    if not moved:
        return known
    place = table.columns.index("if_index")
    return [_renumber(row, place, moved) for row in known]


def _renumber(row: StoredRow, place: int, moved: Mapping[int, int]) -> StoredRow:
    if row.values[place] not in moved:
        return row
    values = list(row.values)
    values[place] = moved[values[place]]
    return replace(row, values=tuple(values))


def _describe(table: FactTable, diff: TableDiff) -> list[Change]:
    """One change for what came and went, and one for each column of a row that stayed."""
    changes = []
    came = [table.label(row) for row in diff.new] + [table.label(row) for old, row in diff.changed if not old.present]
    went = [table.label(row.values) for row in diff.gone]
    if came or went:
        changes.append(Change(field=table.name, old=went, new=came))
    for old, row in diff.changed:
        if old.present:
            changes += _describe_row(table, old.values, row)
    return changes


def _describe_row(table: FactTable, old: Row, new: Row) -> list[Change]:
    noun = {"addresses": "address"}.get(table.name, table.name.removesuffix("s"))
    return [
        Change(field=f"{noun} {table.label(new)} {column}", old=before, new=after)
        for column, before, after in zip(table.columns, old, new, strict=True)
        if before != after and not (table is INTERFACES and column in {"admin_status", "oper_status"})
    ]
