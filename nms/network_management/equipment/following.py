"""Devices follow their nodes: what GNS3 tells of a node is noted between discoveries, too.

Devices with an agent of their own are left alone: whether they answer is what the watch sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils import timezone

from common.application.events.publishing import publish
from common.domain.events import Event
from common.domain.modules import Call, EventReceived
from nms.network_management.equipment.facts import reason_of, status_of
from nms.network_management.equipment.gone import mark_gone, set_status
from nms.network_management.equipment.known import without_agent
from nms.network_management.events import SOURCE, InterfaceStatusChanged
from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.models import Device, Gns3Node, Interface, Neighbor
from nms.network_management.topology.settle import settle_links

_STATUS = {"node.started": "started", "node.stopped": "stopped", "node.suspended": "suspended"}


def follow(event: EventReceived, call: Call) -> None:
    """In the transaction that marks the event as delivered; it costs a query where nobody knows the node."""
    rows = Gns3Node.objects.filter(
        server=event.data["server"], project_id=event.data["project_id"], last_seen__isnull=True
    )
    if event.type != "project.deleted":
        rows = rows.filter(node_id=event.data["node_id"])
    known = list(rows.select_related("device"))
    if not known:
        return
    if event.type in _STATUS:
        _note_status(known[0], _STATUS[event.type], event.correlation_id)
    else:
        _note_gone(known, event.correlation_id)


def _note_status(row: Gns3Node, status: str, correlation_id: str) -> None:
    with inventory_transaction():
        Gns3Node.objects.filter(pk=row.pk).update(status=status)
        if not without_agent([row.device_id]):
            return
        now = timezone.now()
        events = set_status(row.device, status_of(status), reason_of(status), now)
        events += _set_ports(row.device, now, runs=status == "started")
        publish(*events, source=SOURCE, correlation_id=correlation_id)
        settle_links([row.device_id], correlation_id=correlation_id)


def _set_ports(device: Device, now: datetime, *, runs: bool) -> Iterator[Event]:
    """A port is up while its node runs and a cable is in it, as recording says (facts.py)."""
    cabled = set(
        Neighbor.objects.filter(device=device, protocol=Neighbor.Protocol.GNS3, last_seen__isnull=True).values_list(
            "interface_id", flat=True
        )
    )
    for port in Interface.objects.filter(device=device, last_seen__isnull=True).order_by("if_index"):
        old, port.oper_status = port.oper_status, "up" if runs and port.pk in cabled else "down"
        if old == port.oper_status:
            continue
        port.status_changed_at = now
        port.save(update_fields=["oper_status", "status_changed_at"])
        yield InterfaceStatusChanged(
            device_id=device.pk,
            device_name=device.name,
            interface_id=port.pk,
            interface_name=str(port),
            old_admin_status=port.admin_status,
            new_admin_status=port.admin_status,
            old_oper_status=old,
            new_oper_status=port.oper_status,
        )


def _note_gone(rows: Sequence[Gns3Node], correlation_id: str) -> None:
    """The cables of a node that is gone are gone as well, at both ends."""
    with inventory_transaction():
        now = timezone.now()
        events = mark_gone(rows, now)
        heard = Neighbor.objects.filter(protocol=Neighbor.Protocol.GNS3, last_seen__isnull=True)
        heard.filter(device_id__in=[row.device_id for row in rows]).update(last_seen=now)
        heard.filter(chassis_id__in=[row.reference for row in rows]).update(last_seen=now)
        publish(*events, source=SOURCE, correlation_id=correlation_id)
        settle_links([row.device_id for row in rows], correlation_id=correlation_id)
