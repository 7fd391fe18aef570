"""The events of a plan that was written, of a device that moved, and of one that stops or begins to answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from api_clients.network.snmp.values import SnmpTarget
from common.domain.events import Event
from nms.network_management.events import (
    Change,
    DeviceChanged,
    DeviceDiscovered,
    DeviceStatusChanged,
    InterfaceAppeared,
    InterfaceDisappeared,
    InterfaceGone,
    InterfaceRenamed,
    InterfaceState,
    InterfaceStatusChanged,
)
from nms.network_management.inventory.diff import TableDiff
from nms.network_management.inventory.facts import INTERFACES, Row
from nms.network_management.inventory.plan import DevicePlan
from nms.network_management.models import Device

T = TypeVar("T")
_ADMIN, _OPER = (INTERFACES.columns.index(name) for name in ("admin_status", "oper_status"))
_INTERFACES_IN_ONE_EVENT = 500  # about 50 kB


def status_event(device: Device, old: str, new: str, reason: str, *, address: str | None = None) -> DeviceStatusChanged:
    """`address` is the management address where nothing else is given."""
    return DeviceStatusChanged(
        device_id=device.pk,
        device_name=device.name,
        address=address or device.management_address,
        old=old,
        new=new,
        reason=reason,
    )


def managed_at(device: Device) -> SnmpTarget | None:
    return SnmpTarget(device.management_address, device.management_port) if device.management_address else None


def moved_event(device: Device, old: SnmpTarget | None) -> DeviceChanged:
    """The device is managed at another of its endpoints than `old`, which was None where it had none."""
    return DeviceChanged(device_id=device.pk, device_name=device.name, changes=endpoint_changes(device, old))


def endpoint_changes(device: Device, old: SnmpTarget | None) -> list[Change]:
    before: dict[str, Any] = {"management_address": old.address if old else None}
    if old:
        before["management_port"] = old.port
    return [
        Change(field=name, old=value, new=getattr(device, name))
        for name, value in before.items()
        if getattr(device, name) != value
    ]


def plan_events(plans: Sequence[DevicePlan]) -> list[Event]:
    return [event for plan in plans for event in (_discovered(plan) if plan.created else _changed(plan))]


def _discovered(plan: DevicePlan) -> Iterator[Event]:
    device = plan.device
    yield DeviceDiscovered(
        device_id=device.pk,
        device_name=device.name,
        address=device.management_address or "",
        port=device.management_port,
        vendor=device.vendor,
        os=device.os,
        model=device.model,
        os_version=device.version,
        serial=device.serial,
        role=device.role,
        sys_name=device.sys_name,
        sys_object_id=device.sys_object_id,
        description=device.description,
        contact=device.contact,
        location=device.location,
        engine_id=device.engine_id,
        chassis_id=device.chassis_id,
        boot_time=device.boot_time,
        interfaces=len(plan.profile.snmp.interfaces),
        source=device.source,
        status=device.status,
        gns3=plan.gns3,
    )
    yield from _interfaces(plan)


def _changed(plan: DevicePlan) -> Iterator[Event]:
    device = plan.device
    if plan.old_status != device.status:
        yield status_event(device, plan.old_status, device.status, plan.status_reason)
    if plan.changes:
        yield DeviceChanged(device_id=device.pk, device_name=device.name, changes=plan.changes)
    yield from _interfaces(plan)
    for old, new in plan.status_changes:
        yield InterfaceStatusChanged(
            device_id=device.pk,
            device_name=device.name,
            interface_id=old.id,
            interface_name=INTERFACES.label(new),
            old_admin_status=old.values[_ADMIN],
            new_admin_status=new[_ADMIN],
            old_oper_status=old.values[_OPER],
            new_oper_status=new[_OPER],
        )


def _interfaces(plan: DevicePlan) -> Iterator[Event]:
    """Those that went, that came (also back), and that have another name."""
    diff = plan.tables.get(INTERFACES.name)
    if diff is None:
        return
    of: dict[str, Any] = {"device_id": plan.device.pk, "device_name": plan.device.name}
    gone = [InterfaceGone(interface_id=row.id, interface_name=INTERFACES.label(row.values)) for row in diff.gone]
    for some in _portions(gone):
        yield InterfaceDisappeared(**of, interfaces=some)
    for came in _portions(list(_appeared(plan, diff))):
        yield InterfaceAppeared(**of, interfaces=came)
    for old, new in diff.changed:
        before, now = INTERFACES.label(old.values), INTERFACES.label(new)
        if old.present and before != now:
            yield InterfaceRenamed(**of, interface_id=old.id, interface_name=now, old_name=before)


def _appeared(plan: DevicePlan, diff: TableDiff) -> Iterable[InterfaceState]:
    back = [(old.id, new) for old, new in diff.changed if not old.present]
    for interface_id, row in [*((plan.interface_ids[row[0]], row) for row in diff.new), *back]:
        yield _state(interface_id, row)


def _state(interface_id: int, row: Row) -> InterfaceState:
    return InterfaceState(
        interface_id=interface_id,
        interface_name=INTERFACES.label(row),
        if_index=row[0],
        admin_status=row[_ADMIN],
        oper_status=row[_OPER],
    )


def _portions(items: list[T]) -> Iterator[list[T]]:
    return (items[at : at + _INTERFACES_IN_ONE_EVENT] for at in range(0, len(items), _INTERFACES_IN_ONE_EVENT))
