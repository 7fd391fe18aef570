"""Devices that stop answering: marked, never deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone

from api_clients.network.snmp.values import SnmpTarget
from common.application.events.publishing import publish
from common.domain.events import Event
from nms.network_management.events import SOURCE
from nms.network_management.inventory.announce import managed_at, moved_event, status_event
from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.models import Device, Endpoint


def mark_unreachable(targets: Iterable[SnmpTarget], *, correlation_id: str = "") -> set[int]:
    """Note that nothing answers at `targets`; return the devices that are unreachable because of it.

    A device that still answers at another of its endpoints is managed there from now on.
    """
    wanted = set(targets)
    if not _endpoints_at(wanted):
        return set()
    with inventory_transaction():
        silent = _endpoints_at(wanted)
        Endpoint.objects.filter(pk__in=[endpoint.pk for endpoint in silent]).update(answering=False)
        devices = Device.objects.filter(pk__in={endpoint.device_id for endpoint in silent}).order_by("id")
        lost, events = _settle(list(devices))
        unreachable = Device.Status.UNREACHABLE
        events += [status_event(device, device.status, unreachable, _reason(device)) for device in lost]
        publish(*events, source=SOURCE, correlation_id=correlation_id)
    return {device.pk for device in lost}


def _settle(devices: list[Device]) -> tuple[list[Device], list[Event]]:
    """Mark those of `devices` of which no endpoint answers; move the others to one that does.

    Returns those that were marked, and the events of those that moved.
    """
    ids, now = [device.pk for device in devices], timezone.now()
    answering: dict[int, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(device_id__in=ids, answering=True).order_by("id"):
        answering[endpoint.device_id].append(endpoint)
    moved = [
        event for device in devices if device.pk in answering for event in _manage_through(device, answering[device.pk])
    ]
    lost = [device for device in devices if device.pk not in answering and device.status != Device.Status.UNREACHABLE]
    Device.objects.filter(pk__in=[device.pk for device in lost]).update(
        status=Device.Status.UNREACHABLE, status_changed_at=now, updated_at=now
    )
    return lost, moved


def _manage_through(device: Device, endpoints: list[Endpoint]) -> list[Event]:
    places = [(endpoint.address, endpoint.port) for endpoint in endpoints]
    if (device.management_address, device.management_port) in places:
        return []
    old = managed_at(device)
    device.management_address, device.management_port = places[0]
    device.updated_at = timezone.now()
    device.save(update_fields=["management_address", "management_port", "updated_at"])
    return [moved_event(device, old)]


def _reason(device: Device) -> str:
    return f"Nothing answers at {device.management_address} port {device.management_port}."


def _endpoints_at(targets: set[SnmpTarget]) -> list[Endpoint]:
    rows = Endpoint.objects.filter(address__in={target.address for target in targets})
    return [row for row in rows if SnmpTarget(row.address, row.port) in targets]
