"""Events tell everything: each projection, replayed over real histories, is what the tables say at every moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rest_framework.test import APIClient

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.simulator import Silent
from api_clients.network.snmp.values import SnmpTarget
from common.application.events.projections import rebuild
from common.infrastructure.events.event_store import last_position
from common.models import StoredEvent
from common.tests.events.replayed import assert_replays
from nms.network_management.api.devices import annotate
from nms.network_management.discovery.tests.conftest import Discover, discover  # noqa: F401 - a fixture
from nms.network_management.inventory.deletion import delete_devices
from nms.network_management.inventory.reachability import mark_unreachable
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import interface, make_profile, neighbor
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.topology import draw_topology
from nms.network_management.models import Device, DiscoveryRun, Interface, Link
from nms.network_management.profile import DeviceProfile
from nms.network_management.projections import PROJECTIONS
from nms.network_management.tests.replaying import check_replay
from nms.network_management.topology.settle import settle_links
from nms.network_management.watch import watching
from nms.network_management.watch.poll import Sight
from nms.network_management.watch.sights import write_sights

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Iterator[GeneratedLab]:
    with GeneratedLab(draw_topology(devices=8, base_address="127.53.0.1")) as running:
        yield running


def watch() -> None:
    assert watching.watch_devices(SnmpClient(timeout_seconds=0.5, retries=1))


def test_the_history_of_a_lab_is_what_its_tables_say_at_every_moment(
    lab: GeneratedLab,
    discover: Discover,  # noqa: F811 - the fixture
    admin: APIClient,
    settings: Any,
) -> None:
    settings.NMS_WATCH_MISSES = 1
    everything = f"{lab.devices[0].address}-{lab.devices[-1].address}"
    discover(everything, port=lab.port)
    snapshots, position = check_replay(), last_position()
    link = next(iter(lab.topology.links))
    lab.link_down(link)
    watch()
    check_replay()
    lab.link_up(link)
    lab.set_fault(lab.devices[3].name, Silent())
    watch()
    check_replay()
    lab.restore()
    watch()
    discover(everything, port=lab.port)
    check_replay()
    first, second = Device.objects.order_by("id")[:2]
    assert admin.patch(f"/api/network/devices/{first.pk}/", {"site": "Basel", "tags": ["core"]}).status_code == 200
    assert admin.delete(f"/api/network/devices/{second.pk}/").status_code == 204
    check_replay()
    discover(everything, port=lab.port)
    assert check_replay(snapshots, after=position) == check_replay()
    kinds = set(StoredEvent.objects.values_list("type", flat=True))
    assert kinds >= {
        *("device.discovered", "device.changed", "device.status_changed", "device.deleted"),
        *("interface.appeared", "interface.status_changed"),
        *("link.discovered", "link.changed", "link.lost", "link.removed"),
        *("discovery.started", "discovery.progress", "discovery.finished"),
    }


def test_a_past_state_is_rebuilt_by_the_hub(lab: GeneratedLab, discover: Discover) -> None:  # noqa: F811
    run = discover(lab.devices[0].address, port=lab.port)
    device = Device.objects.get()
    before = last_position()
    annotate([device], [{"site": "Basel"}], actor="ada")
    assert rebuild("device", f"device:{device.pk}").state["site"] == "Basel"
    assert rebuild("device", f"device:{device.pk}", before).state["site"] == ""
    assert rebuild("discovery_run", f"discovery_run:{run.pk}").state["devices_new"] == 1


def one_of_each() -> list[DeviceProfile]:
    return [make_profile(number, ports=3, neighbors=(neighbor(1, number % 4 + 1, 2),)) for number in (1, 2, 3, 4)]


class History:
    """Random things that happen to a few boxes: what agents say, who answers where, what people do."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.boxes = {profile.target.address: profile for profile in one_of_each()}

    def happen(self) -> None:
        steps = [self.discover, self.change, self.fall_silent, self.watch, self.annotate, self.delete]
        weights = [3, 4, 2, 3, 1, 0.5]
        (step,) = self.random.choices(steps, weights)
        step()
        if self.random.random() < 0.7:
            settle_links()

    def discover(self) -> None:
        some = self.random.sample(list(self.boxes), self.random.randint(1, len(self.boxes)))
        reconcile([self.boxes[address] for address in some])

    def change(self) -> None:
        address, profile = self.random.choice(list(self.boxes.items()))
        said = profile.snmp
        change = self.random.choice(["ports", "rename", "renumber", "status", "system", "swap", "second", "uptime"])
        rows = list(said.interfaces)
        one = self.random.randrange(len(rows)) if rows else 0
        if change == "ports":
            count = self.random.randint(1, 5)
            said = replace(said, interfaces=tuple(interface(7, index) for index in range(1, count + 1)))
        elif change == "rename" and rows:
            rows[one] = replace(rows[one], name=f"renamed{self.random.randrange(9)}")
            said = replace(said, interfaces=tuple(rows))
        elif change == "renumber" and rows:
            rows[one] = replace(rows[one], index=self.random.randint(50, 60))
            said = replace(said, interfaces=tuple({row.index: row for row in rows}.values()))
        elif change == "status" and rows:
            rows[one] = replace(rows[one], oper_status=self.random.choice(["up", "down"]))
            said = replace(said, interfaces=tuple(rows))
        elif change == "system":
            said = replace(said, system=replace(said.system, location=f"rack {self.random.randrange(99)}"))
        elif change == "uptime":
            said = replace(said, system=replace(said.system, uptime_seconds=float(self.random.randrange(9000))))
        elif change == "swap":  # two boxes at each other's addresses
            other = self.random.choice(list(self.boxes))
            theirs = self.boxes[other]
            self.boxes[other] = replace(profile, target=theirs.target)
            self.boxes[address] = replace(theirs, target=profile.target)
            return
        elif change == "second":  # the box answers at an address more, or a new one takes an old address
            number = self.random.randint(1, 9)
            at = self.random.choice([*self.boxes, f"10.9.9.{number}"])
            self.boxes[at] = make_profile(number, at=at, ports=3)
            return
        self.boxes[address] = replace(profile, snmp=said)

    def fall_silent(self) -> None:
        mark_unreachable([SnmpTarget(self.random.choice(list(self.boxes)))])

    def watch(self) -> None:
        sights = []
        for device in Device.objects.filter(management_address__isnull=False):
            places = [SnmpTarget(row.address, row.port) for row in device.endpoints.all()]
            target = self.random.choice([*places, *places, None])
            rows = Interface.objects.filter(device=device, last_seen__isnull=True)
            statuses = {row.if_index: ("up", self.random.choice(["up", "up", "down"])) for row in rows}
            sights.append(Sight(device.pk, target, 1000.0, statuses if target else None))
        write_sights(sights)

    def annotate(self) -> None:
        device = self.random.choice([*Device.objects.all(), None])
        if device:
            annotate([device], [{"site": f"site {self.random.randrange(9)}", "tags": ["a"]}], actor="ada")

    def delete(self) -> None:
        ids = list(Device.objects.values_list("pk", flat=True))
        delete_devices(self.random.sample(ids, min(len(ids), self.random.randint(0, 2))), actor="ada")


@pytest.mark.parametrize("seed", range(12))
def test_any_history_is_what_the_tables_say_after_every_step(seed: int, settings: Any) -> None:
    settings.NMS_WATCH_MISSES = 1
    history = History(seed)
    snapshots, position = {}, 0
    for step in range(25):
        history.happen()
        check_replay()
        if step == 12:
            snapshots, position = check_replay(), last_position()
    assert check_replay(snapshots, after=position) == check_replay()
    assert Device.objects.exists() or StoredEvent.objects.filter(type="device.deleted").exists()


def test_the_histories_above_have_everything_in_them(settings: Any) -> None:
    """Or they would show little."""
    settings.NMS_WATCH_MISSES = 1
    for seed in range(12):
        history = History(seed)
        for _ in range(25):
            history.happen()
    told = StoredEvent.objects.values_list("type", "data")
    kinds = {kind for kind, _ in told}
    fields = {change["field"] for kind, data in told if kind == "device.changed" for change in data["changes"]}
    assert kinds >= {"interface.renamed", "interface.disappeared", "link.changed", "link.lost", "link.removed"}
    assert fields >= {"replaced_by", "management_address", "boot_time", "location", "site"}
    assert Link.objects.exists()


def test_many_interfaces_are_told_in_several_events() -> None:
    reconcile([make_profile(1, ports=1200, addresses=())])
    assert StoredEvent.objects.filter(type="interface.appeared").count() == 3
    check_replay()


def test_a_run_is_told_while_it_is_queued_and_running() -> None:
    from api_clients.network.snmp.values import Community
    from nms.network_management.discovery.record import begin
    from nms.network_management.discovery.run import prepare_run
    from nms.network_management.discovery.spec import DiscoverySpec
    from nms.network_management.models import Credential

    Credential.from_snmp(Community("public"))
    run = prepare_run(DiscoverySpec(targets=("10.0.0.0/30",)), actor="ada")
    check_replay()
    mine = begin(run.pk)
    check_replay()
    assert mine
    mine.beat(profiled=2, addresses_done=3, devices_new=2, problem_count=1)
    check_replay()
    mine.finish(DiscoveryRun.State.FAILED, error="no")
    check_replay()


def test_every_projection_survives_the_deletion_of_its_events(settings: Any) -> None:
    """Retention leaves snapshots, from which the same states are rebuilt."""
    settings.NMS_WATCH_MISSES = 1
    history = History(3)
    for _ in range(15):
        history.happen()
    subjects = {projection.name: assert_replays(projection.name) for projection in PROJECTIONS}
    assert subjects["device"]
    assert subjects["link"]
