"""One round of watching: look at every device, write what changed, read again those that need it, settle links.

A round takes the devices in portions, so that thousands are asked at once and the inventory is never locked for
long. A round that would begin before the last one has ended does nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.db.models import QuerySet

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.values import Credential as SnmpCredential
from api_clients.network.snmp.values import SnmpTarget
from common.application.clients import clients
from common.infrastructure.encryption import SecretUnreadable
from nms.network_management.health import note_round
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.models import Credential, Device, Endpoint
from nms.network_management.topology.settle import settle_links
from nms.network_management.watch.alone import only_round
from nms.network_management.watch.poll import Watched, look
from nms.network_management.watch.profiles import read_profiles
from nms.network_management.watch.sights import write_sights

log = structlog.get_logger("nms.watch")

PORTION = 1000
_ALTERNATIVES = 3  # other endpoints to try before a device is called unreachable


@dataclass(slots=True)
class Round:
    """What a round came to."""

    asked: int = 0
    silent: int = 0
    read_again: int = 0
    links_discovered: set[int] = field(default_factory=set)
    links_lost: set[int] = field(default_factory=set)


def watch_devices(client: SnmpClient | None = None) -> Round | None:
    """Do one round; None where another one is under way. Blocks until the end; not for an event loop."""
    with only_round() as mine:
        if not mine:
            log.info("watch round skipped, the last one is still under way")
            return None
        result = Round()
        client = client or clients().get("snmp")
        credentials = _credentials()
        for portion in _portions(_watchable()):
            _watch(portion, credentials, client, result)
        note_round()
        return result


def _watch(portion: list[Device], credentials: Mapping[int, SnmpCredential], client: SnmpClient, result: Round) -> None:
    watched = {device.device_id: device for device in _prepare(portion, credentials)}
    sights = asyncio.run(look(list(watched.values()), client))
    outcome = write_sights(sights)
    again = {sight.device_id: sight.target for sight in sights if sight.device_id in outcome.read_again}
    credential_ids = {device.pk: device.credential_id for device in portion}
    profiles = asyncio.run(
        read_profiles(
            [
                (target, credential_ids[device_id], watched[device_id].credential)
                for device_id, target in again.items()
                if target is not None
            ],
            client,
        )
    )
    report = reconcile(profiles)
    concerned = outcome.relink | report.concerned
    links = settle_links(concerned) if concerned else None
    result.asked += len(sights)
    result.silent += sum(sight.target is None for sight in sights)
    result.read_again += len(profiles)
    if links:
        result.links_discovered |= links.discovered
        result.links_lost |= links.lost


def _watchable() -> QuerySet[Device]:
    return Device.objects.filter(
        management_address__isnull=False, credential__isnull=False, replaced_by__isnull=True
    ).order_by("id")


def _portions(devices: QuerySet[Device]) -> Iterator[list[Device]]:
    """Read on from the last id, so that what a round itself writes moves no page."""
    columns = ("id", "status", "missed_polls", "management_address", "management_port", "credential")
    last = 0
    while portion := list(devices.filter(pk__gt=last).only(*columns)[:PORTION]):
        last = portion[-1].pk
        yield portion


def _credentials() -> dict[int, SnmpCredential]:
    found = {}
    for row in Credential.objects.all():
        try:
            found[row.pk] = row.to_snmp()
        except SecretUnreadable as error:
            log.warning("devices not watched: their credential cannot be read", credential=row.name, error=str(error))
    return found


def _prepare(portion: list[Device], credentials: Mapping[int, SnmpCredential]) -> Iterator[Watched]:
    last_chance = [
        device.pk
        for device in portion
        if device.status != Device.Status.UNREACHABLE and device.missed_polls + 1 >= settings.NMS_WATCH_MISSES
    ]
    others: dict[int, list[SnmpTarget]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(device_id__in=last_chance, answering=True).order_by("id"):
        others[endpoint.device_id].append(SnmpTarget(endpoint.address, endpoint.port))
    for device in portion:
        credential = credentials.get(device.credential_id or 0)
        if credential is None:
            continue
        first = SnmpTarget(str(device.management_address), device.management_port)
        more = [target for target in others[device.pk] if target != first][:_ALTERNATIVES]
        yield Watched(device.pk, (first, *more), credential)
