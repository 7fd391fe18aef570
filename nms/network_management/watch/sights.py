"""Write what a round saw: who answers and who does not, which interfaces went up or down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from api_clients.network.snmp.values import SnmpTarget
from common.application.events.publishing import publish
from common.domain.events import Event
from nms.network_management.events import SOURCE, InterfaceStatusChanged
from nms.network_management.inventory.announce import managed_at, moved_event, status_event
from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.models import Device, Endpoint, Interface
from nms.network_management.watch.compare import Finding, KnownInterface, compare_sight
from nms.network_management.watch.poll import Sight


@dataclass(slots=True)
class Outcome:
    """Devices whose links may be others now, and those to read again."""

    relink: set[int] = field(default_factory=set)
    read_again: set[int] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)


def write_sights(sights: Sequence[Sight]) -> Outcome:
    """Write all of `sights` in one transaction, with its events."""
    outcome, now = Outcome(), timezone.now()
    with inventory_transaction():
        devices = Device.objects.filter(management_address__isnull=False).in_bulk([each.device_id for each in sights])
        sights = _still_true(sights, devices)
        answered = {sight.device_id: sight for sight in sights if sight.target is not None}
        silent = [devices[sight.device_id] for sight in sights if sight.target is None]
        _write_answered([devices[pk] for pk in answered], answered, outcome, now)
        _write_silent(silent, outcome, now)
        _write_findings(_compare(answered, devices, now), devices, outcome, now)
        publish(*outcome.events, source=SOURCE)
    return outcome


def _still_true(sights: Iterable[Sight], devices: Mapping[int, Device]) -> list[Sight]:
    """Leave out devices that were deleted or lost the address to another box while they were asked."""
    rows = Endpoint.objects.filter(device_id__in=devices).values_list("address", "port", "device_id")
    owners = {SnmpTarget(address, port): device_id for address, port, device_id in rows}
    return [
        sight
        for sight in sights
        if sight.device_id in devices and (sight.target is None or owners.get(sight.target) == sight.device_id)
    ]


def _write_answered(devices: Iterable[Device], sights: Mapping[int, Sight], outcome: Outcome, now: datetime) -> None:
    Device.objects.filter(pk__in=sights).update(last_seen=now)
    back = []
    for device in devices:
        target = sights[device.pk].target
        if target is not None and target != SnmpTarget(str(device.management_address), device.management_port):
            outcome.events.append(_move(device, target))
        if device.status == Device.Status.REACHABLE and not device.missed_polls:
            continue
        back.append(device.pk)
        if device.status != Device.Status.REACHABLE:
            outcome.events.append(status_event(device, device.status, Device.Status.REACHABLE, "It answers again."))
            outcome.relink.add(device.pk)
            outcome.read_again.add(device.pk)
    if back:
        changed = Device.objects.filter(pk__in=outcome.relink & set(back))
        changed.update(status=Device.Status.REACHABLE, status_changed_at=now, updated_at=now)
        Device.objects.filter(pk__in=back).update(missed_polls=0)
        Endpoint.objects.filter(
            device_id__in=back, address=F("device__management_address"), port=F("device__management_port")
        ).update(answering=True)


def _move(device: Device, target: SnmpTarget) -> Event:
    """It answers at another of its endpoints only."""
    old = managed_at(device)
    Endpoint.objects.filter(device=device, address=device.management_address, port=device.management_port).update(
        answering=False
    )
    device.management_address, device.management_port = target.address, target.port
    device.save(update_fields=["management_address", "management_port"])
    return moved_event(device, old)


def _write_silent(devices: Sequence[Device], outcome: Outcome, now: datetime) -> None:
    if not devices:
        return
    Device.objects.filter(pk__in=[device.pk for device in devices]).update(missed_polls=F("missed_polls") + 1)
    lost = [
        device
        for device in devices
        if device.status != Device.Status.UNREACHABLE and device.missed_polls + 1 >= settings.NMS_WATCH_MISSES
    ]
    for device in lost:
        reason = f"No answer to {device.missed_polls + 1} polls in a row."
        outcome.events.append(status_event(device, device.status, Device.Status.UNREACHABLE, reason))
    ids = {device.pk for device in lost}
    Device.objects.filter(pk__in=ids).update(status=Device.Status.UNREACHABLE, status_changed_at=now, updated_at=now)
    Endpoint.objects.filter(device_id__in=ids).update(answering=False)
    outcome.relink |= ids


def _compare(answered: Mapping[int, Sight], devices: Mapping[int, Device], now: datetime) -> dict[int, Finding]:
    interfaces: dict[int, list[KnownInterface]] = defaultdict(list)
    rows = Interface.objects.filter(device_id__in=answered, last_seen__isnull=True).order_by()
    for row in rows.values_list("id", "device_id", "if_index", "name", "admin_status", "oper_status"):
        interfaces[row[1]].append(KnownInterface(*row))
    return {
        device_id: compare_sight(
            sight,
            interfaces[device_id],
            known_boot_time=devices[device_id].boot_time,
            last_profiled_at=devices[device_id].last_profiled_at,
            now=now,
        )
        for device_id, sight in answered.items()
    }


def _write_findings(
    findings: Mapping[int, Finding], devices: Mapping[int, Device], outcome: Outcome, now: datetime
) -> None:
    by_status: dict[tuple[str, str], list[int]] = defaultdict(list)
    for device_id, finding in findings.items():
        if finding.read_again:
            outcome.read_again.add(device_id)
        for change in finding.changes:
            known = change.interface
            by_status[change.admin_status, change.oper_status].append(known.id)
            outcome.relink.add(device_id)
            outcome.events.append(
                InterfaceStatusChanged(
                    device_id=device_id,
                    device_name=devices[device_id].name,
                    interface_id=known.id,
                    interface_name=known.name or str(known.if_index),
                    old_admin_status=known.admin_status,
                    new_admin_status=change.admin_status,
                    old_oper_status=known.oper_status,
                    new_oper_status=change.oper_status,
                )
            )
    for (admin, oper), ids in by_status.items():
        Interface.objects.filter(pk__in=ids).update(admin_status=admin, oper_status=oper, status_changed_at=now)
    # The rows are no longer what the last profile said: the next one has to be compared in full.
    touched = [device_id for device_id, finding in findings.items() if finding.changes]
    if touched:
        Device.objects.filter(pk__in=touched).update(fingerprint="", updated_at=now)
