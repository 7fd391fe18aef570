"""The events of a plan that was written, and of a device that stops or begins to answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from common.domain.events import Event
from nms.network_management.events import (
    DeviceChanged,
    DeviceDiscovered,
    DeviceStatusChanged,
    InterfaceStatusChanged,
)
from nms.network_management.inventory.facts import INTERFACES
from nms.network_management.inventory.plan import DevicePlan
from nms.network_management.models import Device

_NAME, _ADMIN, _OPER = (INTERFACES.columns.index(name) for name in ("name", "admin_status", "oper_status"))


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
        interfaces=len(plan.profile.snmp.interfaces),
    )


def _changed(plan: DevicePlan) -> Iterator[Event]:
    device = plan.device
    if plan.old_status != device.status:
        yield status_event(device, plan.old_status, device.status, "It answers.")
    if plan.changes:
        yield DeviceChanged(device_id=device.pk, device_name=device.name, changes=plan.changes)
    for old, new in plan.status_changes:
        yield InterfaceStatusChanged(
            device_id=device.pk,
            device_name=device.name,
            interface_id=old.id,
            interface_name=str(new[_NAME] or new[0]),
            old_admin_status=old.values[_ADMIN],
            new_admin_status=new[_ADMIN],
            old_oper_status=old.values[_OPER],
            new_oper_status=new[_OPER],
        )
