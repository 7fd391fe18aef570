"""Devices that stop answering: marked, never deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from api_clients.network.snmp.values import SnmpTarget
from common.application.events import publish
from nms.network_management.events import SOURCE, DeviceStatusChanged
from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.models import Device, Endpoint


def mark_unreachable(targets: Iterable[SnmpTarget], *, run_id: int | None = None) -> set[int]:
    """Note that nothing answers at `targets`; return the devices that are unreachable because of it.

    A device that still answers at another of its endpoints is managed there from now on.
    """
    wanted = set(targets)
    if not (known := _endpoints_at(wanted)):
        return set()
    with inventory_transaction():
        silent = [endpoint for endpoint in _endpoints_at(wanted) if endpoint.answering]
        Endpoint.objects.filter(pk__in=[endpoint.pk for endpoint in silent]).update(answering=False)
        devices = Device.objects.filter(pk__in={endpoint.device_id for endpoint in known}).order_by("id")
        events = settle_unreachable(devices)
        correlation = f"discovery_run:{run_id}" if run_id is not None else ""
        publish(*events, source=SOURCE, correlation_id=correlation)
    return {event.device_id for event in events}


def settle_unreachable(devices: QuerySet[Device], *, reason: str = "") -> list[DeviceStatusChanged]:
    """Mark those of `devices` of which no endpoint answers; move the others to one that does."""
    answering: dict[int, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(device__in=devices, answering=True).order_by("id"):
        answering[endpoint.device_id].append(endpoint)
    events, now = [], timezone.now()
    for device in devices:
        if endpoints := answering.get(device.pk):
            _manage_through(device, endpoints)
        elif device.status != Device.Status.UNREACHABLE:
            events.append(_unreachable_event(device, reason))
            device.status, device.status_changed_at, device.updated_at = Device.Status.UNREACHABLE, now, now
            device.save(update_fields=["status", "status_changed_at", "updated_at"])
    return events


def _manage_through(device: Device, endpoints: list[Endpoint]) -> None:
    places = [(endpoint.address, endpoint.port) for endpoint in endpoints]
    if (device.management_address, device.management_port) not in places:
        device.management_address, device.management_port = places[0]
        device.updated_at = timezone.now()
        device.save(update_fields=["management_address", "management_port", "updated_at"])


def _unreachable_event(device: Device, reason: str) -> DeviceStatusChanged:
    place = f"at {device.management_address} port {device.management_port}"
    return DeviceStatusChanged(
        device_id=device.pk,
        device_name=device.name,
        address=device.management_address,
        old=device.status,
        new=Device.Status.UNREACHABLE,
        reason=reason or f"Nothing answers {place}.",
    )


def _endpoints_at(targets: set[SnmpTarget]) -> list[Endpoint]:
    rows = Endpoint.objects.filter(address__in={target.address for target in targets})
    return [row for row in rows if SnmpTarget(row.address, row.port) in targets]
