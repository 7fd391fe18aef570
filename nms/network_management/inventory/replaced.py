"""Devices whose address answers as another box now: they keep their row and lose the address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from api_clients.network.snmp.values import SnmpTarget
from common.domain.events import Event
from nms.network_management.events import Change, DeviceChanged
from nms.network_management.inventory.announce import endpoint_changes, moved_event, status_event
from nms.network_management.inventory.stored import KnownEndpoint
from nms.network_management.models import Device, Endpoint


def release_lost_endpoints(
    known: Mapping[SnmpTarget, KnownEndpoint],
    owners: Mapping[SnmpTarget, int],
    *,
    planned: set[int],
    taken: Mapping[int, SnmpTarget],
    now: datetime,
) -> tuple[set[int], list[Event]]:
    """Settle devices that were at `known` endpoints whose `owners` are others now.

    `taken` are the management endpoints that some of them lost by it.

    Returns the devices that were retired, and what to publish.

    One that has another endpoint moves there. One that has none is unreachable, and names the box that took its
    last address as its successor. Those `planned` have answered elsewhere in this batch and are settled.
    """
    successors = {
        endpoint.device_id: (target, owners[target])
        for target, endpoint in known.items()
        if owners.get(target, endpoint.device_id) != endpoint.device_id and endpoint.device_id not in planned
    }
    if not successors:
        return set(), []
    remaining: dict[int, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(device_id__in=successors).order_by("-answering", "id"):
        remaining[endpoint.device_id].append(endpoint)
    retired: set[int] = set()
    events: list[Event] = []
    for device in Device.objects.filter(pk__in=successors).order_by("id"):
        target, successor = successors[device.pk]
        if device.pk in remaining:
            if device.management_address is None:
                events.append(_move(device, remaining[device.pk][0], taken.get(device.pk), now))
        else:
            retired.add(device.pk)
            events += _retire(device, target, successor, taken.get(device.pk), now)
    return retired, events


def _move(device: Device, endpoint: Endpoint, old: SnmpTarget | None, now: datetime) -> Event:
    device.management_address, device.management_port = endpoint.address, endpoint.port
    device.updated_at = now
    device.save(update_fields=["management_address", "management_port", "updated_at"])
    return moved_event(device, old)


def _retire(
    device: Device, target: SnmpTarget, successor: int, managed_at: SnmpTarget | None, now: datetime
) -> list[Event]:
    old, old_successor = device.status, device.replaced_by_id
    device.status, device.replaced_by_id, device.updated_at = Device.Status.UNREACHABLE, successor, now
    device.management_address = None
    device.fingerprint = ""
    if old != device.status:
        device.status_changed_at = now
    device.save(
        update_fields=[
            *("status", "status_changed_at", "replaced_by", "management_address", "fingerprint", "updated_at")
        ]
    )
    changes = endpoint_changes(device, managed_at)
    if old_successor != successor:
        changes.append(Change(field="replaced_by", old=old_successor, new=successor))
    events: list[Event] = [DeviceChanged(device_id=device.pk, device_name=device.name, changes=changes)]
    if old != Device.Status.UNREACHABLE:
        reason = f"Another box answers at {target.address} port {target.port} now (device {successor})."
        events.insert(0, status_event(device, old, device.status, reason, address=target.address))
    return events
