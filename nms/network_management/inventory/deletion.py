"""Forget devices: their rows, their links, and the mention of them as somebody's successor; and tell of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import F, Q

from common.application.events.publishing import publish
from common.domain.events import Event
from nms.network_management.events import SOURCE, Change, DeviceChanged, DeviceDeleted, LinkEnd, LinkRemoved
from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.models import Device, Link


def delete_devices(device_ids: Collection[int], *, actor: str) -> None:
    """Delete the devices that are there, by a constant number of queries."""
    with inventory_transaction():  # lest a run that has just read them writes half of them again
        # What the deletion takes along is read before it.
        events = [*_links(device_ids), *_replaced(device_ids), *_deleted(device_ids)]
        Device.objects.filter(pk__in=device_ids).delete()
        publish(*events, source=SOURCE, actor=actor)


def _deleted(device_ids: Collection[int]) -> Iterator[Event]:
    rows = Device.objects.filter(pk__in=device_ids).order_by("id")
    for pk, name in rows.values_list("id", "name"):
        yield DeviceDeleted(device_id=pk, device_name=name)


def _links(device_ids: Collection[int]) -> Iterator[Event]:
    rows = Link.objects.filter(Q(a_device_id__in=device_ids) | Q(b_device_id__in=device_ids))
    for row in rows.annotate(a_name=F("a_device__name"), b_name=F("b_device__name")).order_by("id"):
        yield LinkRemoved(
            link_id=row.pk,
            protocols=row.protocols,
            a=LinkEnd(
                device_id=row.a_device_id,
                device_name=row.a_name,
                interface_id=row.a_interface_id,
                interface_name=row.a_port,
            ),
            b=LinkEnd(
                device_id=row.b_device_id,
                device_name=row.b_name,
                interface_id=row.b_interface_id,
                interface_name=row.b_port,
            ),
        )


def _replaced(device_ids: Collection[int]) -> Iterator[Event]:
    """Devices that name one of them as their successor name nobody afterwards."""
    rows = Device.objects.filter(replaced_by_id__in=device_ids).exclude(pk__in=device_ids).order_by("id")
    for pk, name, successor in rows.values_list("id", "name", "replaced_by_id"):
        change = Change(field="replaced_by", old=successor, new=None)
        yield DeviceChanged(device_id=pk, device_name=name, changes=[change])
