"""Rounds of watching over a lab of real agents on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends import base, locmem
from django.core.cache.backends.locmem import LocMemCache
from django.db.models import Q
from django.utils import timezone

from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.infrastructure.breaker import BreakerRegistry, MemoryBreakerStore
from api_clients.infrastructure.clock import SystemClock
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.simulator import Silent
from api_clients.network.snmp.values import SnmpTarget
from api_clients.tests.waiting import eventually
from common.models import StoredEvent
from nms.network_management.discovery.tests.conftest import Discover, discover  # noqa: F401 - a fixture
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import make_profile
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.topology import LabLink, draw_topology
from nms.network_management.models import Device, Endpoint, Interface, Link
from nms.network_management.watch import alone, watching
from nms.network_management.watch.poll import Sight
from nms.network_management.watch.sights import write_sights

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Iterator[GeneratedLab]:
    with GeneratedLab(draw_topology(devices=8, base_address="127.52.0.1")) as running:
        yield running


@pytest.fixture
def watched(lab: GeneratedLab, discover: Discover) -> GeneratedLab:  # noqa: F811 - the fixture
    """A lab that was discovered, long enough ago that nothing counts as just read."""
    run = discover(*(device.address for device in lab.devices), port=lab.port)
    assert len(run.result["device_ids"]) == 8
    Device.objects.update(last_profiled_at=timezone.now() - timedelta(minutes=2))
    StoredEvent.objects.all().delete()
    return lab


def watch(*, patience_seconds: float = 2.0) -> watching.Round:
    """As patient as a busy machine asks for, where nobody is silent on purpose."""
    result = watching.watch_devices(SnmpClient(timeout_seconds=patience_seconds, retries=1))
    assert result is not None
    return result


def test_a_device_whose_circuit_is_open_counts_as_silent(watched: GeneratedLab) -> None:
    breakers = BreakerRegistry(store=MemoryBreakerStore(SystemClock()), clock=SystemClock())
    breakers.set_policy("snmp", BreakerPolicy(failure_threshold=1))
    client = SnmpClient(timeout_seconds=1.0, retries=0, breakers=breakers)
    watched.set_fault(watched.devices[0].name, Silent())
    rounds = [watching.watch_devices(client) for _ in range(2)]
    assert [each.silent for each in rounds if each] == [1, 1]
    assert Device.objects.get(name=watched.devices[0].name).missed_polls == 2


def told(kind: str) -> list[dict[str, Any]]:
    return list(StoredEvent.objects.filter(type=kind).order_by("position").values_list("data", flat=True))


def some_link(lab: GeneratedLab) -> LabLink:
    return next(iter(lab.topology.links))


def test_a_quiet_network_is_asked_and_nothing_is_written_but_the_time(watched: GeneratedLab) -> None:
    before = set(Device.objects.values_list("last_seen", flat=True))
    result = watch()
    assert (result.asked, result.silent, result.read_again) == (8, 0, 0)
    assert not StoredEvent.objects.exists()
    assert before.isdisjoint(Device.objects.values_list("last_seen", flat=True))


def test_a_link_that_goes_down_is_told_by_both_interfaces_and_lost_in_the_same_round(watched: GeneratedLab) -> None:
    link = some_link(watched)
    standing = Link.objects.filter(last_seen=None).count()
    watched.link_down(link)
    result = watch()
    assert {(data["device_name"], data["interface_name"]) for data in told("interface.status_changed")} == {
        (link.a.device, link.a.interface),
        (link.b.device, link.b.interface),
    }
    (lost,) = told("link.lost")
    assert {lost["a"]["interface_name"], lost["b"]["interface_name"]} == {link.a.interface, link.b.interface}
    assert len(result.links_lost) == 1
    assert Link.objects.filter(last_seen=None).count() == standing - 1
    watched.link_up(link)
    result = watch()
    assert len(result.links_discovered) == 1
    assert Link.objects.filter(last_seen=None, status="up").count() == standing
    assert {data["new_oper_status"] for data in told("interface.status_changed")[2:]} == {"up"}
    assert len(told("interface.status_changed")) == 4  # profiling again tells nothing twice


def test_a_device_is_unreachable_after_as_many_misses_as_the_settings_say_and_comes_back(
    watched: GeneratedLab, settings: Any
) -> None:
    settings.NMS_WATCH_MISSES = 2
    name = watched.topology.devices[0].name
    watched.set_fault(name, Silent())
    assert watch(patience_seconds=0.5).silent == 1
    assert not told("device.status_changed")
    watch(patience_seconds=0.5)
    (lost,) = told("device.status_changed")
    assert (lost["device_name"], lost["old"], lost["new"]) == (name, "reachable", "unreachable")
    device = Device.objects.get(name=name)
    assert (device.status, device.missed_polls) == ("unreachable", 2)
    assert {link.status for link in Link.objects.filter(Q(a_device=device) | Q(b_device=device))} == {"unknown"}
    watch(patience_seconds=0.5)
    assert len(told("device.status_changed")) == 1
    watched.restore(name)
    watch()
    assert [data["new"] for data in told("device.status_changed")] == ["unreachable", "reachable"]
    device.refresh_from_db()
    assert (device.status, device.missed_polls) == ("reachable", 0)
    assert Endpoint.objects.get(device=device).answering
    assert not Link.objects.filter(last_seen=None).exclude(status="up").exists()


def test_a_restart_is_seen(watched: GeneratedLab) -> None:
    name = watched.topology.devices[1].name
    watched.reboot(name)
    assert watch().read_again >= 1
    assert "boot_time" in {change["field"] for data in told("device.changed") for change in data["changes"]}
    assert Device.objects.get(name=name).boot_time > timezone.now() - timedelta(minutes=10)


def test_a_device_that_answers_at_another_of_its_addresses_is_not_lost(watched: GeneratedLab, settings: Any) -> None:
    settings.NMS_WATCH_MISSES = 1
    device = Device.objects.order_by("id").first()
    assert device
    working = SnmpTarget(str(device.management_address), device.management_port)
    Endpoint.objects.create(device=device, address="127.52.9.9", port=1, first_seen=timezone.now())
    Device.objects.filter(pk=device.pk).update(management_address="127.52.9.9", management_port=1)
    assert watch().silent == 0
    device.refresh_from_db()
    assert SnmpTarget(str(device.management_address), device.management_port) == working
    assert not told("device.status_changed")


def test_an_answer_is_not_taken_for_a_device_that_lost_the_address_meanwhile(db: None) -> None:
    reconcile([make_profile(1)])
    old = Device.objects.get()
    asked = SnmpTarget(str(old.management_address), old.management_port)
    reconcile([make_profile(2, at=asked.address)])  # another box, read while the round was asking
    outcome = write_sights([Sight(old.pk, asked)])
    old.refresh_from_db()
    assert (old.status, old.management_address) == ("unreachable", None)
    assert not outcome.events


def test_a_wrong_status_in_the_inventory_is_put_right_and_not_hidden_by_an_equal_profile(watched: GeneratedLab) -> None:
    up = Interface.objects.filter(oper_status="up").first()
    assert up
    Interface.objects.filter(pk=up.pk).update(oper_status="down")
    watch()
    up.refresh_from_db()
    assert up.oper_status == "up"
    assert len(told("interface.status_changed")) == 1


def test_a_round_does_not_begin_while_another_is_under_way(watched: GeneratedLab) -> None:
    cache.add(alone.LOCK, "another worker", 60)
    try:
        assert watching.watch_devices() is None
        assert cache.get(alone.LOCK) == "another worker"
    finally:
        cache.delete(alone.LOCK)
    assert watch().asked == 8
    assert cache.get(alone.LOCK) is None


def test_devices_without_a_credential_or_an_address_are_not_asked(watched: GeneratedLab) -> None:
    ids = list(Device.objects.order_by("id").values_list("id", flat=True))
    Device.objects.filter(pk=ids[0]).update(credential=None)
    Device.objects.filter(pk=ids[1]).update(management_address=None)
    assert watch().asked == 6


def test_a_secret_that_cannot_be_decrypted_stops_nobody_else(watched: GeneratedLab) -> None:
    from nms.network_management.models import Credential

    Credential.objects.update(encrypted_secrets="damaged")
    assert watch().asked == 0


def test_a_long_round_keeps_its_lock_and_a_killed_one_loses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [time.time()]
    renewals: list[float] = []
    touch = LocMemCache.touch

    def renew(self: LocMemCache, *given: Any, **named: Any) -> bool:
        began = now[0]
        renewed = touch(self, *given, **named)
        renewals.append(began)
        return renewed

    # The clock of the cache is the test's: how soon a thread comes to renew is the machine's.
    for module in (base, locmem):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now[0]))
    monkeypatch.setattr(LocMemCache, "touch", renew)
    monkeypatch.setattr(alone, "_RENEWAL_SECONDS", 0.02)
    with alone.only_round() as mine:
        assert mine
        for _ in range(2):
            now[0] += 0.7 * alone.LOCK_SECONDS
            eventually(lambda: renewals[-1:] == now)
        with alone.only_round() as another:
            assert not another
    cache.add(alone.LOCK, "a worker that was killed", alone.LOCK_SECONDS)
    now[0] += alone.LOCK_SECONDS + 1
    with alone.only_round() as mine:
        assert mine
    assert cache.get(alone.LOCK) is None
