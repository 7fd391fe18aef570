"""Nodes that are gone from their project: marked, with what was known of them kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.domain.events import Event
from nms.network_management.equipment.known import without_agent
from nms.network_management.events import Change, DeviceChanged
from nms.network_management.inventory.announce import status_event
from nms.network_management.models import Device, Gns3Node

_REASON = "It is gone from its GNS3 project."


def mark_gone(rows: Sequence[Gns3Node], now: datetime) -> list[Event]:
    """Mark `rows`, and the devices that are nothing else; return what to publish. In the caller's transaction."""
    if not rows:
        return []
    Gns3Node.objects.filter(pk__in=[row.pk for row in rows]).update(last_seen=now, status="stopped")
    alone = without_agent(row.device_id for row in rows)
    events: list[Event] = []
    for row in rows:
        row.last_seen = now
        if row.device_id in alone:
            events += set_status(row.device, Device.Status.UNREACHABLE, _REASON, now)
        change = Change(field="gns3", old=row.reference, new=None)
        events.append(DeviceChanged(device_id=row.device_id, device_name=row.device.name, changes=[change]))
    return events


def set_status(device: Device, status: str, reason: str, now: datetime) -> list[Event]:
    """Write a status that GNS3 tells; return the event, or none where it is so already."""
    if device.status == status:
        return []
    old, device.status = device.status, status
    device.status_changed_at = device.updated_at = now
    fields = ["status", "status_changed_at", "updated_at"]
    if status == Device.Status.REACHABLE:
        device.last_seen = now
        fields.append("last_seen")
    device.save(update_fields=fields)
    return [status_event(device, old, status, reason)]
