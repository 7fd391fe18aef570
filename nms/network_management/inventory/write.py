"""Write plans in bulk: per table one statement for what is gone, what changed and what is new.

The order matters: endpoints are released before they are taken, rows are marked gone before others take their
place, interfaces come before what refers to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from api_clients.network.snmp.values import SnmpTarget
from nms.network_management.inventory.bulk import insert_rows, reserve_ids, upsert_rows
from nms.network_management.inventory.diff import StoredRow, TableDiff
from nms.network_management.inventory.facts import INTERFACES, TABLES, FactTable, Row
from nms.network_management.inventory.plan import DevicePlan
from nms.network_management.inventory.stored import KnownEndpoint
from nms.network_management.models import Device, DeviceIdentifier, Endpoint, Interface

# All but the key, what people write, and first_seen.
DEVICE_COLUMNS = [
    *("name", "status", "status_changed_at", "missed_polls"),
    *("vendor", "os", "model", "version", "serial", "role"),
    *("sys_name", "sys_object_id", "description", "contact", "location", "engine_id"),
    *("chassis_id_subtype", "chassis_id", "boot_time", "resources"),
    *("management_address", "management_port", "credential"),
    *("last_seen", "last_profiled_at", "updated_at", "replaced_by", "fingerprint"),
]
_STATUS = [INTERFACES.columns.index(name) for name in ("admin_status", "oper_status")]


def write_plans(
    plans: Sequence[DevicePlan], known: Mapping[SnmpTarget, KnownEndpoint], now: datetime
) -> dict[int, SnmpTarget]:
    """Write `plans`; `known` are those of their endpoints that are in the database.

    Returns the management endpoints that were taken from devices, by the device that lost it.
    """
    taken = _release_endpoints(plans)
    # Before last_profiled_at moves on, because it is what a fact that is gone was last seen at.
    for table in TABLES:
        _mark_gone(table, plans, now)
    _write_devices(plans)
    _write_identifiers(plans, now)
    _write_endpoints(plans, known, now)
    for table in TABLES:
        _write_table(table, plans, now)
    return taken


def _release_endpoints(plans: Sequence[DevicePlan]) -> dict[int, SnmpTarget]:
    """Empty management addresses that move, lest a device take one before its last holder lets go."""
    takers = {(target.address, target.port): plan.device.pk for plan in plans for target in plan.targets}
    holders = Device.objects.filter(management_address__in={address for address, _ in takers}).order_by()
    losing = {
        holder: SnmpTarget(str(address), port)
        for holder, address, port in holders.values_list("pk", "management_address", "management_port")
        if takers.get((str(address), port), holder) != holder
    }
    if losing:
        Device.objects.filter(pk__in=losing).update(management_address=None)
    return losing


def _mark_gone(table: FactTable, plans: Sequence[DevicePlan], now: datetime) -> None:
    gone = [row.id for plan in plans if table.name in plan.tables for row in plan.tables[table.name].gone]
    if gone:
        read_last = Device.objects.filter(pk=OuterRef("device_id")).values("last_profiled_at")
        table.model._default_manager.filter(pk__in=gone).update(last_seen=Coalesce(Subquery(read_last), now))


def _write_devices(plans: Sequence[DevicePlan]) -> None:
    Device.objects.bulk_create([plan.device for plan in plans if plan.created])
    known = [plan.device for plan in plans if not plan.created]
    if known:
        # An upsert by id: one statement for many rows, much faster than bulk_update's CASE for each column.
        Device.objects.bulk_create(known, update_conflicts=True, unique_fields=["id"], update_fields=DEVICE_COLUMNS)


def _write_identifiers(plans: Sequence[DevicePlan], now: datetime) -> None:
    upsert_rows(
        DeviceIdentifier,
        ("device", "kind", "value", "first_seen"),
        [(plan.device.pk, kind, value, now) for plan in plans for kind, value in plan.identifiers.items()],
        conflict=("device", "kind"),
    )


def _write_endpoints(plans: Sequence[DevicePlan], known: Mapping[SnmpTarget, KnownEndpoint], now: datetime) -> None:
    """Enter new endpoints, hand over those that answer as another device, revive those that were silent."""
    wanted = {target: plan.device for plan in plans for target in plan.targets}
    revived = [endpoint.id for target, endpoint in known.items() if target in wanted and not endpoint.answering]
    if revived:
        Endpoint.objects.filter(pk__in=revived).update(answering=True)
    upsert_rows(
        Endpoint,
        ("address", "port", "device", "answering", "first_seen"),
        [
            (target.address, target.port, device.pk, True, now)
            for target, device in wanted.items()
            if target not in known or known[target].device_id != device.pk
        ],
        conflict=("address", "port"),
    )


def _write_table(table: FactTable, plans: Sequence[DevicePlan], now: datetime) -> None:
    concerned = [(plan, plan.tables[table.name]) for plan in plans if table.name in plan.tables]
    columns = ("device", "first_seen", "last_seen", *_stored_columns(table), *table.kept)
    if table is INTERFACES:
        _make_room([pair for _, diff in concerned for pair in diff.changed])
    changed = [
        (old.id, plan.device.pk, old.first_seen, None, *_refer(table, plan, new), *_kept(table, old, new, now))
        for plan, diff in concerned
        for old, new in diff.changed
    ]
    upsert_rows(table.model, ("id", *columns), changed, conflict=("id",))
    nothing_kept = (None,) * len(table.kept)
    fresh = [
        (plan.device.pk, now, None, *_refer(table, plan, row), *nothing_kept)
        for plan, diff in concerned
        for row in diff.new
    ]
    if table is INTERFACES:
        ids = reserve_ids(table.model, len(fresh))
        fresh = [(row_id, *row) for row_id, row in zip(ids, fresh, strict=True)]
        columns = ("id", *columns)
        _note_ids(concerned, ids)
    insert_rows(table.model, columns, fresh)


def _note_ids(concerned: Sequence[tuple[DevicePlan, TableDiff]], ids: Iterable[int]) -> None:
    """Tell the plans the ids of their new interfaces, for the rows that refer to them."""
    remaining = iter(ids)
    for plan, diff in concerned:
        plan.interface_ids |= {row[0]: next(remaining) for row in diff.new}


def _refer(table: FactTable, plan: DevicePlan, row: Row) -> Row:
    """Put the interface's id in place of its ifIndex."""
    if table is INTERFACES or "if_index" not in table.columns:
        return row
    place = table.columns.index("if_index")
    return (*row[:place], plan.interface_ids.get(row[place]), *row[place + 1 :])


def _stored_columns(table: FactTable) -> Sequence[str]:
    if table is INTERFACES:
        return table.columns
    return ["interface" if name == "if_index" else name for name in table.columns]


def _kept(table: FactTable, old: StoredRow, new: Row, now: datetime) -> Row:
    if table is INTERFACES and any(old.values[place] != new[place] for place in _STATUS):
        return (now,)
    return old.kept


def _make_room(changed: Iterable[tuple[StoredRow, Row]]) -> None:
    """Renumbered interfaces leave their numbers before they take each other's."""
    moving = [old.id for old, new in changed if old.values[0] != new[0]]
    if moving:
        Interface.objects.filter(pk__in=moving).update(if_index=-F("id"))
