"""Bring inventory and topology in line with the equipment of a GNS3 project; doing it twice changes nothing.

    which device is each node? > what differs? > write > nodes that are gone > cables > events, in one transaction

Links are settled afterwards, from the cables and whatever LLDP and CDP say of the same ports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from common.application.events.publishing import publish
from common.domain.events import Event
from nms.network_management.capabilities.contracts import EquipmentInput
from nms.network_management.equipment.cables import write_cables
from nms.network_management.equipment.facts import Found, found_nodes, plan_node
from nms.network_management.equipment.gone import mark_gone
from nms.network_management.equipment.known import (
    box_of_device,
    box_of_node,
    is_of_gns3_alone,
    snmp_candidates,
    taken_devices,
)
from nms.network_management.equipment.matching import find_same
from nms.network_management.events import SOURCE, Change, DeviceChanged
from nms.network_management.inventory.announce import plan_events, status_event
from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.inventory.plan import DevicePlan
from nms.network_management.inventory.stored import StoredDevice, load_devices
from nms.network_management.inventory.write import write_plans
from nms.network_management.models import Device, Gns3Node, gns3_reference
from nms.network_management.topology.settle import settle_links
from nms.network_management.topology.store import LinkReport


@dataclass(slots=True)
class RecordReport:
    """Devices by node, and what became of them; `retired` are rows of what turned out to be a device of SNMP."""

    devices: dict[str, int] = field(default_factory=dict)
    new: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    retired: set[int] = field(default_factory=set)
    links: LinkReport = field(default_factory=LinkReport)


@dataclass(slots=True)
class _Placed:
    """A node with its device: the row it has (None: none yet), the plan for its facts (None: an agent tells them)."""

    found: Found
    row: Gns3Node | None
    device: Device
    plan: DevicePlan | None = None
    attached: bool = False  # to a device that was not this node before
    left: Device | None = None  # the device it was taken for so far


def record_equipment(equipment: EquipmentInput, *, correlation_id: str = "") -> RecordReport:
    report = RecordReport()
    with inventory_transaction():
        now = timezone.now()
        rows = _project_rows(equipment)
        gone = _gone(equipment, rows)
        events = mark_gone(gone, now)
        placed = _place(equipment, rows, [row.pk for row in gone], now)
        events += _write(equipment, placed, report, now)
        report.gone = {row.device_id for row in gone}
        write_cables(equipment, report.devices, report.gone | report.retired, now)
        publish(*events, source=SOURCE, correlation_id=correlation_id)
    concerned = set(report.devices.values()) | report.gone | report.retired
    report.links = settle_links(concerned, correlation_id=correlation_id)
    return report


def _project_rows(equipment: EquipmentInput) -> dict[str, Gns3Node]:
    rows = Gns3Node.objects.filter(server=equipment.server, project_id=equipment.project_id)
    return {row.node_id: row for row in rows.select_related("device")}


def _gone(equipment: EquipmentInput, rows: dict[str, Gns3Node]) -> list[Gns3Node]:
    if not equipment.complete:
        return []
    there = {node.node_id for node in equipment.equipment}
    return [row for node_id, row in rows.items() if node_id not in there and row.last_seen is None]


def _place(
    equipment: EquipmentInput, rows: dict[str, Gns3Node], released: Sequence[int], now: datetime
) -> list[_Placed]:
    boxes = {node.node_id: box_of_node(node) for node in equipment.equipment}
    candidates = snmp_candidates(list(boxes.values()))
    described = [(device_id, box_of_device(stored)) for device_id, stored in candidates.items()]
    taken = taken_devices(candidates, released=released)
    own = load_devices({rows[node_id].device_id for node_id in boxes if node_id in rows})
    placed = []
    for found in found_nodes(equipment):
        row = rows.get(found.node.node_id)
        stored = own.get(row.device_id) if row else None
        if stored is None or is_of_gns3_alone(stored) or stored.device.replaced_by_id:
            same = find_same(boxes[found.node.node_id], described, taken=taken)
            if same is not None:
                taken.add(same)
                placed.append(_attach(found, row, candidates[same].device))
                continue
        placed.append(_keep(found, row, stored, now))
    return placed


def _attach(found: Found, row: Gns3Node | None, device: Device) -> _Placed:
    left = row.device if row is not None and row.device_id != device.pk else None
    return _Placed(found, row, device, attached=row is None or left is not None, left=left)


def _keep(found: Found, row: Gns3Node | None, stored: StoredDevice | None, now: datetime) -> _Placed:
    if stored is not None and not is_of_gns3_alone(stored):
        return _Placed(found, row, stored.device)
    plan = plan_node(found, stored, now)
    return _Placed(found, row, plan.device, plan)


def _write(equipment: EquipmentInput, placed: Sequence[_Placed], report: RecordReport, now: datetime) -> list[Event]:
    plans = [one.plan for one in placed if one.plan]
    for one in placed:
        if one.plan and one.plan.created:
            one.plan.gns3 = gns3_reference(equipment.server, equipment.project_id, one.found.node.node_id)
    write_plans(plans, {}, now)
    _write_rows(equipment, placed, now)
    for one in placed:
        report.devices[one.found.node.node_id] = one.device.pk
        if one.plan and one.plan.created:
            report.new.add(one.device.pk)
        elif one.attached or _returned(one) or (one.plan and _is_news(one.plan)):
            report.changed.add(one.device.pk)
    events = plan_events(plans)
    for one in placed:
        events += _told_of_node(equipment, one, report, now)
    return events


def _is_news(plan: DevicePlan) -> bool:
    return plan.changed or plan.old_status != plan.device.status


def _returned(one: _Placed) -> bool:
    return one.row is not None and one.row.last_seen is not None


def _write_rows(equipment: EquipmentInput, placed: Sequence[_Placed], now: datetime) -> None:
    Gns3Node.objects.bulk_create(
        [
            Gns3Node(
                device=one.device,
                server=equipment.server,
                project_id=equipment.project_id,
                project=equipment.project or (one.row.project if one.row else ""),
                node_id=one.found.node.node_id,
                name=one.found.node.name,
                type=one.found.node.type,
                status=one.found.node.status,
                ports=_ports(one),
                first_seen=one.row.first_seen if one.row else now,
                last_seen=None,
            )
            for one in placed
        ],
        update_conflicts=True,
        unique_fields=["server", "project_id", "node_id"],
        update_fields=["device", "project", "name", "type", "status", "ports", "last_seen"],
    )


def _ports(one: _Placed) -> dict[str, str]:
    known = one.row.ports if one.row else {}
    return {port.name: port.mac or known.get(port.name, "") for port in one.found.node.interfaces}


def _told_of_node(equipment: EquipmentInput, one: _Placed, report: RecordReport, now: datetime) -> Iterator[Event]:
    """Which node a device is, where that is news; a row of it that is not needed any more names its successor."""
    reference = gns3_reference(equipment.server, equipment.project_id, one.found.node.node_id)
    if one.attached or _returned(one):
        change = Change(field="gns3", old=None, new=reference)
        yield DeviceChanged(device_id=one.device.pk, device_name=one.device.name, changes=[change])
    if one.left is not None and is_retirable(one.left):
        report.retired.add(one.left.pk)
        yield from _retire(one.left, one.device, reference, now)


def is_retirable(device: Device) -> bool:
    return device.source == Device.Source.GNS3 and device.replaced_by_id is None and not device.endpoints.exists()


def _retire(device: Device, successor: Device, reference: str, now: datetime) -> Iterator[Event]:
    old = device.status
    device.status, device.replaced_by, device.updated_at = Device.Status.UNREACHABLE, successor, now
    if old != device.status:
        device.status_changed_at = now
    device.save(update_fields=["status", "status_changed_at", "replaced_by", "updated_at"])
    if old != device.status:
        reason = f"It is the device {successor.name} ({successor.pk}), which SNMP found as well."
        yield status_event(device, old, device.status, reason)
    changes = [
        Change(field="gns3", old=reference, new=None),
        Change(field="replaced_by", old=None, new=successor.pk),
    ]
    yield DeviceChanged(device_id=device.pk, device_name=device.name, changes=changes)
