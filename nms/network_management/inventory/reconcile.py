"""Bring the inventory in line with what agents said: one device whole or not at all, and only what changed.

    endpoints > unchanged? > which device? > what differs? > write in bulk > events, all in one transaction

An unchanged device costs one comparison of fingerprints. If a batch fails it is halved until the device that
cannot be stored stands alone; that one is reported, the others are in. Links are settled separately, by
topology/settle.py, since they need both ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from api_clients.network.snmp.values import SnmpTarget
from common.application.events.publishing import publish
from nms.network_management.events import SOURCE
from nms.network_management.inventory.announce import plan_events
from nms.network_management.inventory.fingerprint import fingerprint, resources
from nms.network_management.inventory.identity import Identity, identity_of
from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.inventory.matching import Matcher
from nms.network_management.inventory.plan import DevicePlan, plan_device
from nms.network_management.inventory.reachability import mark_unreachable
from nms.network_management.inventory.replaced import release_lost_endpoints
from nms.network_management.inventory.stored import (
    KnownEndpoint,
    StoredDevice,
    find_carriers,
    load_devices,
    load_endpoints,
)
from nms.network_management.inventory.uptime import boot_time
from nms.network_management.inventory.write import write_plans
from nms.network_management.models import Device
from nms.network_management.profile import DeviceProfile

__all__ = ["ReconcileProblem", "ReconcileReport", "mark_unreachable", "reconcile"]

log = structlog.get_logger("nms.inventory")
BATCH = 500  # profiles in one transaction: few round trips, and other writers wait about a second at most


@dataclass(frozen=True, slots=True)
class ReconcileProblem:
    """A profile that could not be stored; nothing of it was."""

    target: SnmpTarget
    message: str


@dataclass(slots=True)
class ReconcileReport:
    """Device ids by what happened to them, and where each profile went."""

    new: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    unchanged: set[int] = field(default_factory=set)
    retired: set[int] = field(default_factory=set)  # another box answers at their last address
    devices: dict[SnmpTarget, int] = field(default_factory=dict)
    problems: list[ReconcileProblem] = field(default_factory=list)

    @property
    def device_ids(self) -> set[int]:
        return self.new | self.changed | self.unchanged

    @property
    def concerned(self) -> set[int]:
        """Devices whose links may be others now."""
        return self.device_ids | self.retired

    def add(self, later: ReconcileReport) -> None:
        """A device that was new in one batch and unchanged, through another address, in the next is new."""
        self.new |= later.new
        self.changed = (self.changed | later.changed) - self.new
        self.unchanged = (self.unchanged | later.unchanged) - self.changed - self.new
        self.retired = (self.retired | later.retired) - later.device_ids
        self.devices |= later.devices
        self.problems += later.problems


def reconcile(profiles: Sequence[DeviceProfile], *, correlation_id: str = "") -> ReconcileReport:
    """Store `profiles` and publish what is new; `correlation_id` ties it to where they come from.

    Idempotent. Raises only when the database as a whole fails (it went away, it is locked).
    """
    report = ReconcileReport()
    for start in range(0, len(profiles), BATCH):
        _reconcile_batch(profiles[start : start + BATCH], report, correlation_id)
    return report


def _reconcile_batch(profiles: Sequence[DeviceProfile], report: ReconcileReport, correlation_id: str) -> None:
    outcome = ReconcileReport()
    try:
        with inventory_transaction():
            _store(profiles, outcome, correlation_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever one device's data does must not cost the others theirs
        if len(profiles) > 1:
            middle = len(profiles) // 2
            _reconcile_batch(profiles[:middle], report, correlation_id)
            _reconcile_batch(profiles[middle:], report, correlation_id)
            return
        target = profiles[0].target
        log.warning("device not stored", address=target.address, port=target.port, exc_info=error)
        report.problems.append(ReconcileProblem(target, f"It could not be stored: {type(error).__name__}: {error}"))
        return
    report.add(outcome)


def _store(profiles: Sequence[DeviceProfile], outcome: ReconcileReport, correlation_id: str) -> None:
    now = timezone.now()
    by_target = {profile.target: profile for profile in profiles}
    endpoints = load_endpoints(by_target.keys())
    rest = []
    figures: dict[int, dict[str, Any]] = {}
    for target, profile in by_target.items():
        endpoint = endpoints.get(target)
        if endpoint is None or not _is_unchanged(endpoint, profile, now):
            rest.append(profile)
            continue
        outcome.unchanged.add(endpoint.device_id)
        outcome.devices[target] = endpoint.device_id
        if (seen := resources(profile)) != endpoint.resources:
            figures[endpoint.device_id] = seen
    if rest:
        _store_changed(rest, endpoints, outcome, correlation_id, now)
    _refresh(outcome.unchanged, figures, now)


def _is_unchanged(endpoint: KnownEndpoint, profile: DeviceProfile, now: datetime) -> bool:
    return (
        endpoint.fingerprint == fingerprint(profile)
        and endpoint.answering
        and endpoint.status == Device.Status.REACHABLE
        and not endpoint.missed_polls
        and endpoint.boot_time == boot_time(endpoint.boot_time, profile.snmp.system.uptime_seconds, now)
    )


def _refresh(device_ids: set[int], figures: Mapping[int, dict[str, Any]], now: datetime) -> None:
    """Unchanged devices cost one statement together, and another where figures moved."""
    if device_ids:
        Device.objects.filter(pk__in=device_ids).update(last_seen=now, last_profiled_at=now)
    if figures:
        rows = [Device(pk=device_id, resources=seen) for device_id, seen in figures.items()]
        Device.objects.bulk_update(rows, ["resources"], batch_size=200)


def _store_changed(
    profiles: Sequence[DeviceProfile],
    endpoints: Mapping[SnmpTarget, KnownEndpoint],
    outcome: ReconcileReport,
    correlation_id: str,
    now: datetime,
) -> None:
    identities = {profile.target: identity_of(profile) for profile in profiles}
    at_addresses = {endpoint.device_id for target, endpoint in endpoints.items() if target in identities}
    stored = load_devices(at_addresses | find_carriers(identities.values()))
    groups = _group(profiles, identities, stored, endpoints)
    plans = _plan(groups, identities, stored, endpoints, now)
    taken = write_plans(plans, {target: endpoints[target] for target in identities if target in endpoints}, now)
    for plan in plans:
        device_id = plan.device.pk
        (outcome.new if plan.created else outcome.changed if plan.changed else outcome.unchanged).add(device_id)
        outcome.devices |= dict.fromkeys(plan.targets, device_id)
    owners = {target: plan.device.pk for plan in plans for target in plan.targets}
    settled = {plan.device.pk for plan in plans}
    outcome.retired, events = release_lost_endpoints(endpoints, owners, planned=settled, taken=taken, now=now)
    publish(*plan_events(plans), *events, source=SOURCE, correlation_id=correlation_id)


def _group(
    profiles: Sequence[DeviceProfile],
    identities: Mapping[SnmpTarget, Identity],
    stored: Mapping[int, StoredDevice],
    endpoints: Mapping[SnmpTarget, KnownEndpoint],
) -> dict[int, list[DeviceProfile]]:
    matcher = Matcher(
        {device_id: device.identity() for device_id, device in stored.items()},
        {target: endpoint.device_id for target, endpoint in endpoints.items()},
    )
    groups: dict[int, list[DeviceProfile]] = defaultdict(list)
    for profile in profiles:
        groups[matcher.assign(profile.target, identities[profile.target])].append(profile)
    return groups


def _plan(
    groups: Mapping[int, Sequence[DeviceProfile]],
    identities: Mapping[SnmpTarget, Identity],
    stored: Mapping[int, StoredDevice],
    endpoints: Mapping[SnmpTarget, KnownEndpoint],
    now: datetime,
) -> list[DevicePlan]:
    owner = {profile.target: number for number, group in groups.items() for profile in group}
    lost: dict[int, set[SnmpTarget]] = defaultdict(set)
    for target, endpoint in endpoints.items():
        if owner.get(target, endpoint.device_id) != endpoint.device_id:
            lost[endpoint.device_id].add(target)
    return [
        plan_device(group, identities, stored.get(number), frozenset(lost[number]), now)
        for number, group in groups.items()
    ]
