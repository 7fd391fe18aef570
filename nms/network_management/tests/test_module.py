"""What the module offers through the hub: its capabilities, its message handler, its health."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.module_loading import import_string

from api_clients.network.snmp.simulator import Silent
from api_clients.network.snmp.values import Community
from common.application.messages.delivery import perform
from common.application.messages.sending import send
from common.application.modules.capabilities import call_capability
from common.application.system.reports import collect_report_data
from common.application.workflows.here import run_here
from common.domain.errors import Invalid
from common.domain.modules import Call, CapabilityFailed
from common.infrastructure.work.claims import claim
from common.models import Message, StoredEvent, WorkflowRun
from nms.network_management.health import LAST_ROUND, health
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import make_profile, neighbor
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.topology import draw_topology
from nms.network_management.models import Credential, Device, DiscoveryRun, Link
from nms.network_management.module import MODULE
from nms.network_management.topology.settle import settle_links

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Iterator[GeneratedLab]:
    Credential.from_snmp(Community("public"))
    with GeneratedLab(draw_topology(devices=6, base_address="127.54.0.1")) as running:
        yield running


def call(name: str, circumstances: Call | None = None, **asked: Any) -> dict[str, Any]:
    return call_capability(f"network_management.{name}", asked, circumstances or Call(actor="ada"))


def whole(lab: GeneratedLab) -> dict[str, Any]:
    everything = [f"{lab.devices[0].address}-{lab.devices[-1].address}"]
    return {"targets": everything, "port": lab.port, "timeout_seconds": 2.0}


def test_everything_that_is_imported_late_is_there() -> None:
    functions = [*(each.function for each in MODULE.capabilities), *(each.function for each in MODULE.handlers)]
    late = [import_string(f"nms.network_management.capabilities.{function.__qualname__}") for function in functions]
    assert len(set(late)) == len(functions) > 9


# --- discover ---


def test_discover_finds_devices_and_links_in_one_call(lab: GeneratedLab) -> None:
    found = call("discover", Call(actor="ada", correlation_id="undertaking"), **whole(lab))
    assert (found["devices_new"], found["devices"], len(found["device_ids"])) == (6, 6, 6)
    assert found["links"] == len(lab.topology.links) == Link.objects.count()
    assert set(StoredEvent.objects.values_list("correlation_id", flat=True)) == {"undertaking"}
    run = DiscoveryRun.objects.get()
    assert (run.pk, run.state, run.requested_by) == (found["run_id"], "succeeded", "ada")


def test_discover_called_again_for_the_same_thing_tells_what_came_of_it(lab: GeneratedLab) -> None:
    attempts = [call("discover", Call(idempotency_key="run:1:step:x"), **whole(lab)) for _ in range(2)]
    assert attempts[0] == attempts[1]
    assert DiscoveryRun.objects.count() == 1


def test_discover_begins_anew_what_a_dead_worker_left(lab: GeneratedLab) -> None:
    def dies() -> bool:
        raise SystemExit

    with pytest.raises(SystemExit):
        call("discover", Call(idempotency_key="k", should_stop=dies), **whole(lab))
    assert DiscoveryRun.objects.get().state == "running"
    found = call("discover", Call(idempotency_key="k"), **whole(lab))
    assert (found["devices"], DiscoveryRun.objects.count()) == (6, 1)


def test_a_discovery_that_nobody_waits_for_any_longer_ends_soon(lab: GeneratedLab) -> None:
    began = time.monotonic()
    with pytest.raises(CapabilityFailed, match="was cancelled"):
        call("discover", Call(should_stop=lambda: True), targets=["127.54.9.0/24"], timeout_seconds=20)
    assert time.monotonic() - began < 20  # its sweep alone would wait 40 s
    assert DiscoveryRun.objects.get().state == "cancelled"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "at least one target"),
        ({"targets": ["10.0.0.1"], "run_id": 1}, "leave out targets"),
        ({"targets": "10.0.0.1"}, "targets"),
        ({"targets": ["10.0.0.1"], "port": 0}, "port"),
        ({"targets": ["10.0.0.1"], "port": "161"}, "port: Write a whole number"),
        ({"targets": ["10.0.0.1"], "retries": True}, "retries: Write a whole number"),
        ({"targets": ["10.0.0.1"], "comunity": "x"}, "comunity"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        call("discover", **asked)
    assert not DiscoveryRun.objects.exists()


def test_what_the_settings_forbid_is_not_retried(lab: GeneratedLab) -> None:
    with pytest.raises(CapabilityFailed, match="outside the ranges") as refused:
        call("discover", targets=["8.8.8.8"])
    assert not refused.value.retryable
    with pytest.raises(CapabilityFailed, match="no discovery run 77"):
        call("discover", run_id=77)
    assert not DiscoveryRun.objects.exists()


# --- one device ---


def test_one_device_is_read_at_its_address_and_again_by_its_id(lab: GeneratedLab) -> None:
    drawn = lab.devices[0]
    new = call("profile_equipment", address=drawn.address, port=lab.port)
    assert (new["outcome"], new["device"]["name"], new["incomplete"]) == ("new", drawn.name, [])
    assert call("profile_equipment", device_id=new["device"]["id"])["outcome"] == "unchanged"
    lab.link_down(next(link for link in lab.topology.links if drawn.name in (link.a.device, link.b.device)))
    assert call("profile_equipment", device_id=new["device"]["id"])["outcome"] == "changed"
    assert not DiscoveryRun.objects.exists()


def test_a_known_device_that_does_not_answer_is_marked_and_the_call_fails(lab: GeneratedLab) -> None:
    drawn = lab.devices[0]
    device_id = call("profile_equipment", address=drawn.address, port=lab.port)["device"]["id"]
    lab.set_fault(drawn.name, Silent())
    with pytest.raises(CapabilityFailed, match="the host is up, but nothing answers") as failed:
        call("profile_equipment", device_id=device_id)
    assert (failed.value.code, failed.value.retryable) == ("unreachable", True)
    assert Device.objects.get().status == "unreachable"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "either device_id or address"),
        ({"device_id": 1, "address": "10.0.0.1"}, "either device_id or address"),
        ({"device_id": 1, "port": 161}, "leave out port"),
        ({"address": "10.0.0.0/24"}, "address"),
        ({"address": "router1"}, "address"),
    ],
)
def test_a_device_is_named_clearly_or_not_at_all(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        call("profile_equipment", **asked)


def test_what_is_not_there_or_not_allowed_cannot_be_read(lab: GeneratedLab) -> None:
    for asked, code in [
        ({"device_id": 77}, "unknown_device"),
        ({"address": "8.8.8.8"}, "spec_invalid"),
        ({"address": "127.54.0.1", "credentials": [999]}, "spec_invalid"),
    ]:
        with pytest.raises(CapabilityFailed) as failed:
            call("profile_equipment", **asked)
        assert (failed.value.code, failed.value.retryable) == (code, False)


# --- the inventory ---


@pytest.fixture
def three() -> list[int]:
    pairs = {1: neighbor(1, 2, 1), 2: neighbor(2, 3, 1), 3: neighbor(2, 1, 2)}
    report = reconcile([make_profile(number, ports=3, neighbors=(heard,)) for number, heard in pairs.items()])
    settle_links(report.concerned)
    return sorted(report.new)


def test_devices_are_listed_narrowed_and_counted(three: list[int]) -> None:
    everyone = call("list_devices")
    assert (everyone["total"], [device["id"] for device in everyone["devices"]]) == (3, three)
    assert call("list_devices", limit=1)["total"] == 3
    assert [device["id"] for device in call("list_devices", ids=[three[1], 999])["devices"]] == [three[1]]
    assert call("list_devices", status="unreachable")["devices"] == []
    assert call("list_devices", vendor="ACME", role="switch")["total"] == 3


def test_a_device_and_the_topology_have_their_links(three: list[int]) -> None:
    device = call("get_device", device_id=three[0])
    assert (device["device"]["name"], len(device["interfaces"])) == ("switch-1", 3)
    assert {link["id"] for link in device["links"]} <= {link["id"] for link in call("topology")["links"]}
    assert len(call("topology")["devices"]) == 3
    with pytest.raises(CapabilityFailed, match="no device 999"):
        call("get_device", device_id=999)


def test_links_are_settled_of_some_devices_or_of_all(three: list[int]) -> None:
    count = Link.objects.count()
    assert call("settle_links")["kept"] == count
    assert call("settle_links", device_ids=three)["kept"] == count
    with pytest.raises(Invalid, match="not both"):
        call("settle_links", device_ids=three, run_id=1)


# --- the report ---


def test_a_report_of_the_whole_system_has_the_counts_of_the_inventory(three: list[int]) -> None:
    Device.objects.filter(pk=three[0]).update(first_seen=timezone.now() - timedelta(hours=30), status="unreachable")
    Link.objects.filter(pk=Link.objects.order_by("id")[0].pk).update(last_seen=timezone.now() - timedelta(hours=1))
    DiscoveryRun.objects.create(spec={}, state="queued")
    told = collect_report_data(Call(), hours=24)["modules"]["network_management"]
    figures = told["data"]
    assert (figures["devices"]["total"], figures["devices"]["new"]) == (3, 2)
    assert figures["devices"]["by_status"] == {"reachable": 2, "unreachable": 1}
    assert (figures["devices"]["by_role"], figures["devices"]["by_vendor"]) == ({"switch": 3}, {"Acme": 3})
    assert figures["interfaces"] == {"up": 9}
    assert (figures["links"]["total"], figures["links"]["lost"]) == (Link.objects.filter(last_seen=None).count(), 1)
    assert figures["discovery"] == {"runs": {"queued": 1}}


@pytest.mark.parametrize("hours", [0, -1, 1e9, "many"])
def test_a_report_of_no_time_is_refused(hours: object) -> None:
    with pytest.raises(Invalid, match="hours"):
        call("report_data", hours=hours)


# --- messages ---


def deliver(message: Message) -> Message:
    batch = claim(Message, "low", limit=10)
    assert batch is not None
    perform(batch)
    message.refresh_from_db()
    return message


def ask_to_rescan(*device_ids: int) -> Message:
    body = {"device_ids": list(device_ids)}
    sent = send("network_management.rescan", body, recipient="network_management", sender="hub", correlation_id="why")
    return deliver(sent)


def test_a_message_has_devices_discovered_again(lab: GeneratedLab) -> None:
    found = call("discover", **whole(lab))
    message = ask_to_rescan(*found["device_ids"][:2], 999)
    assert message.state == "delivered", message.error
    run = DiscoveryRun.objects.order_by("-id")[0]
    assert (len(run.spec["targets"]), run.correlation_id) == (2, "why")
    assert run_here(run.workflow_run_id).state == "succeeded"
    run.refresh_from_db()
    assert (run.state, run.devices_unchanged) == ("succeeded", 2)


def test_a_message_about_devices_that_are_not_there_is_dead_at_once() -> None:
    message = ask_to_rescan(998, 999)
    assert (message.state, message.attempts) == ("dead", 1)
    assert "None of these devices" in message.error
    assert not WorkflowRun.objects.exists()


# --- health ---


def test_the_module_is_well_while_the_watch_goes_round(settings: Any) -> None:
    settings.NMS_WATCH_INTERVAL_SECONDS = 30
    cache.delete(LAST_ROUND)
    assert health().status == "healthy"
    reconcile([make_profile(1)])
    Device.objects.update(credential=Credential.from_snmp(Community("public")))
    assert health().status == "healthy"
    Device.objects.update(last_seen=timezone.now() - timedelta(minutes=5))
    assert health().status == "degraded"
    cache.set(LAST_ROUND, time.time() - 10)
    assert health().status == "healthy"
    cache.delete(LAST_ROUND)
