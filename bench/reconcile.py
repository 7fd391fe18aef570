"""Reconciling 1,000 devices of 24 interfaces with the inventory, on SQLite and on PostgreSQL.

Each device has 24 interfaces with an address each, 4 components, 2 VLANs and 2 neighbours: 54 rows and more. The peer
is what one would write first: Django's update_or_create for each row, measured on fewer devices and scaled.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.databases import on_both, print_rows
from bench.table import Row

if TYPE_CHECKING:
    from nms.network_management.profile import DeviceProfile

DEVICES, INTERFACES = 1000, 24
PEER_DEVICES = 40
NEW_SECONDS, SAME_SECONDS = 5.0, 2.0


def run() -> list[Row]:
    return on_both("bench.reconcile")


def measure(database: str) -> list[Row]:
    from nms.network_management.inventory.reconcile import reconcile
    from nms.network_management.models import Device
    from nms.network_management.topology.settle import settle_links

    profiles = made_up_profiles()
    new = _seconds(lambda: reconcile(profiles))
    assert Device.objects.count() == DEVICES
    links = _seconds(settle_links)
    same = statistics.median(_seconds(lambda: reconcile(profiles)) for _ in range(3))
    changed = _seconds(lambda: reconcile(_with_one_change(profiles)))
    Device.objects.all().delete()
    peer_new = _seconds(lambda: _update_or_create(profiles[:PEER_DEVICES])) * DEVICES / PEER_DEVICES
    peer_same = _seconds(lambda: _update_or_create(profiles[:PEER_DEVICES])) * DEVICES / PEER_DEVICES
    peer = "update_or_create for each row"
    scaled = f"{DEVICES} devices of {INTERFACES} interfaces; the peer on {PEER_DEVICES}, scaled"
    return [
        Row(f"reconcile, all new ({database})", new, "s", NEW_SECONDS, peer, peer_new, scaled),
        Row(f"reconcile, nothing changed ({database})", same, "s", SAME_SECONDS, peer, peer_same, scaled),
        Row(f"reconcile, one interface of each changed ({database})", changed, "s", note="with its events"),
        Row(f"settle {DEVICES} links, all new ({database})", links, "s"),
    ]


def made_up_profiles() -> list[DeviceProfile]:
    from nms.network_management.inventory.tests.boxes import make_profile, neighbor

    return [
        make_profile(
            number,
            ports=INTERFACES,
            neighbors=(neighbor(1, (number + 1) % DEVICES, 2), neighbor(2, (number - 1) % DEVICES, 1)),
        )
        for number in range(DEVICES)
    ]


def _with_one_change(profiles: Sequence[DeviceProfile]) -> list[DeviceProfile]:
    return [
        replace(
            profile,
            snmp=replace(
                profile.snmp,
                interfaces=(replace(profile.snmp.interfaces[0], oper_status="down"), *profile.snmp.interfaces[1:]),
            ),
        )
        for profile in profiles
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _update_or_create(profiles: Sequence[DeviceProfile]) -> None:
    """The peer: the same facts, row by row, each device in a transaction."""
    from django.db import transaction
    from django.utils import timezone

    from nms.network_management.inventory.facts import INTERFACES as PORTS
    from nms.network_management.inventory.facts import TABLES
    from nms.network_management.models import Device, Interface

    for profile in profiles:
        now = timezone.now()
        what, system = profile.identification, profile.snmp.system
        with transaction.atomic():
            device, _ = Device.objects.update_or_create(
                serial=what.serial,
                defaults={
                    "name": system.name,
                    "vendor": what.vendor,
                    "os": what.os,
                    "model": what.model,
                    "description": system.description,
                    "management_address": profile.target.address,
                    "last_seen": now,
                },
                create_defaults={
                    "serial": what.serial,
                    "name": system.name,
                    "management_address": profile.target.address,
                    "first_seen": now,
                    "updated_at": now,
                },
            )
            ports: dict[int, Interface] = {}
            for table in TABLES:
                for row in table.rows(profile.snmp):
                    values = dict(zip(table.columns, row, strict=True))
                    if table is not PORTS and "if_index" in values:
                        values["interface"] = ports.get(values.pop("if_index"))
                    key = {name: values.pop(name) for name in table.key if name in values}
                    stored, _ = table.model._default_manager.update_or_create(
                        device=device, **key, defaults=values, create_defaults={**values, "first_seen": now}
                    )
                    if isinstance(stored, Interface):
                        ports[stored.if_index] = stored


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print_rows(measure(sys.argv[1]))
