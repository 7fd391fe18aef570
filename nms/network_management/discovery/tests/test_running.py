"""Whole runs against simulated networks: what is found, what is told, what happens again."""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import connection

from api_clients.network.icmp.client import IcmpClient
from api_clients.network.icmp.values import Echo
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.simulator import AgentServer, Silent, Slow
from api_clients.network.snmp.simulator.load import load_agent
from api_clients.network.snmp.values import Community, UsmUser
from api_clients.tests.waiting import eventually
from common.application import services
from common.infrastructure.encryption import SecretUnreadable
from common.models import StoredEvent
from nms.network_management.discovery import execute
from nms.network_management.discovery.execute import Ended, Interrupted, discover_all
from nms.network_management.discovery.report import report
from nms.network_management.discovery.run import cancel_discovery, prepare_run
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.discovery.tests.conftest import Discover
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.serving import V3_USER
from nms.network_management.models import Credential, Device, DiscoveryRun, Link

pytestmark = pytest.mark.django_db
State = DiscoveryRun.State


def names(found: dict[str, Any]) -> set[str]:
    return {device["sys_name"] for device in found["devices"]}


def never() -> bool:
    return False


def in_a_thread(function: Callable[[], object]) -> Callable[[], None]:
    """What a thread is given that uses the database for a moment."""

    def work() -> None:
        try:
            function()
        finally:
            connection.close()

    return work


def ends(found: dict[str, Any]) -> set[frozenset[tuple[str, str]]]:
    return {frozenset((link[end]["device"], link[end]["interface"]) for end in ("a", "b")) for link in found["links"]}


def cables(lab: GeneratedLab) -> set[frozenset[tuple[str, str]]]:
    return {
        frozenset({(link.a.device, link.a.interface), (link.b.device, link.b.interface)}) for link in lab.topology.links
    }


def test_a_crawl_from_one_seed_finds_every_device_and_every_cable(lab: GeneratedLab, discover: Discover) -> None:
    run = discover(lab.devices[0].address, port=lab.port, crawl_depth=8)
    found = report(run)
    assert run.state == State.SUCCEEDED
    assert names(found) == {device.name for device in lab.devices}
    assert ends(found) == cables(lab)
    assert found["unreachable"] == []
    assert (run.devices_new, run.profiled, run.addresses_done) == (10, 10, run.addresses_total)


def test_the_depth_of_a_crawl_is_respected(lab: GeneratedLab, discover: Discover) -> None:
    seed = lab.devices[0]
    neighbours = {
        link.other(seed.name).device for link in lab.topology.links if seed.name in (link.a.device, link.b.device)
    }
    run = discover(seed.address, port=lab.port, crawl_depth=1)
    assert names(report(run)) == {seed.name} | neighbours


def test_everything_the_lab_is_known_to_be_is_found(lab: GeneratedLab, discover: Discover) -> None:
    run = discover(f"{lab.devices[0].address}-{lab.devices[-1].address}", port=lab.port)
    by_name = {device["sys_name"]: device for device in report(run)["devices"]}
    for drawn in lab.topology.devices:
        found = by_name[drawn.name]
        assert found["address"] == drawn.address
        assert (found["vendor"], found["serial"]) == (drawn.platform.vendor, drawn.serial)
        assert {row["name"] for row in found["interfaces"]} == {item.port.name for item in drawn.interfaces}
        addresses = {address for item in drawn.interfaces for address, _ in item.addresses}
        assert addresses <= set(found["addresses"])


def test_every_seed_leads_to_the_same_map(lab: GeneratedLab, discover: Discover) -> None:
    maps = []
    for device in (lab.devices[0], lab.devices[-1]):
        found = report(discover(device.address, port=lab.port, crawl_depth=8))
        for item in found["devices"]:
            del item["resources"]  # load and memory move
        maps.append(json.dumps(found))
        Device.objects.all().delete()
    assert maps[0] == maps[1]


def test_a_second_run_changes_nothing(lab: GeneratedLab, discover: Discover) -> None:
    discover(lab.devices[0].address, port=lab.port, crawl_depth=8)
    before = StoredEvent.objects.count()
    run = discover(lab.devices[0].address, port=lab.port, crawl_depth=8)
    assert (run.devices_new, run.devices_changed, run.devices_unchanged) == (0, 0, 10)
    later = StoredEvent.objects.order_by("position")[before:]
    assert {event.type for event in later} <= {"discovery.started", "discovery.progress", "discovery.finished"}


def test_a_run_tells_its_beginning_progress_and_end(lab: GeneratedLab, discover: Discover) -> None:
    run = discover(lab.devices[0].address, port=lab.port)
    told = list(StoredEvent.objects.filter(subject=f"discovery_run:{run.id}").order_by("position"))
    assert told[0].type == "discovery.started"
    assert told[-1].type == "discovery.finished"
    assert "discovery.progress" in {event.type for event in told}
    assert told[-1].data["devices_new"] == 1
    assert {event.actor for event in told} == {"alice"}
    assert "public" not in json.dumps([event.data for event in told])


def test_a_v3_user_reads_devices_that_know_no_community(lab: GeneratedLab, discover: Discover) -> None:
    run = discover(lab.devices[0].address, port=lab.port, credentials=(Community("wrong"), V3_USER))
    assert names(report(run)) == {lab.devices[0].name}
    assert Device.objects.get().credential == Credential.from_snmp(V3_USER)


def test_a_refused_v3_user_is_told_from_silence(lab: GeneratedLab, discover: Discover) -> None:
    stranger = UsmUser("stranger", "SHA", "not-the-password")
    run = discover(lab.devices[0].address, "127.41.9.9", port=lab.port, credentials=(stranger,), timeout_seconds=0.5)
    found = report(run)
    assert [(problem["address"], problem["code"]) for problem in found["problems"]] == [
        (lab.devices[0].address, "wrong_credentials")
    ]
    assert found["unreachable"] == ["127.41.9.9"]
    assert run.state == State.SUCCEEDED


def test_the_credential_that_worked_is_the_first_next_time(discover: Discover) -> None:
    both = load_agent(1, communities=["first", "second"])
    with AgentServer() as server:
        server.add("127.41.8.1", both)
        discover("127.41.8.1", port=server.port, credentials=(Community("second"),))
        discover("127.41.8.1", port=server.port, credentials=(Community("first"), Community("second")))
    assert Device.objects.get().credential == Credential.from_snmp(Community("second"))


def test_a_box_with_several_addresses_is_read_once_and_is_one_device(lab: GeneratedLab, discover: Discover) -> None:
    box, addresses = lab.devices[0].agent, [f"127.41.7.{host}" for host in range(1, 11)]
    discover(lab.devices[0].address, port=lab.port)
    requests_for_one = box.requests
    Device.objects.all().delete()
    with AgentServer() as server:
        server.add_all(dict.fromkeys(addresses, box))
        run = discover("127.41.7.1-10", port=server.port)
    (device,) = report(run)["devices"]
    assert device["address"] == "127.41.7.1"
    assert set(addresses) <= set(device["addresses"])
    logins = 2 * len(addresses)  # the sweep's probe and the system group, at each address
    assert box.requests - requests_for_one <= requests_for_one + logins


def test_a_device_that_stops_answering_is_marked_and_comes_back(lab: GeneratedLab, discover: Discover) -> None:
    victim = lab.devices[3]
    everything = f"{lab.devices[0].address}-{lab.devices[-1].address}"
    discover(everything, port=lab.port)
    lab.set_fault(victim.name, Silent())
    silent_run = discover(everything, port=lab.port, timeout_seconds=0.5)
    assert Device.objects.get(sys_name=victim.name).status == Device.Status.UNREACHABLE
    assert report(silent_run)["unreachable"] == []  # it was not named; its event tells
    lab.restore()
    discover(everything, port=lab.port)
    assert Device.objects.get(sys_name=victim.name).status == Device.Status.REACHABLE
    changes = StoredEvent.objects.filter(type="device.status_changed").order_by("position")
    assert [(event.data["old"], event.data["new"]) for event in changes] == [
        ("reachable", "unreachable"),
        ("unreachable", "reachable"),
    ]


def test_links_between_devices_that_fell_silent_are_not_up_any_more(lab: GeneratedLab, discover: Discover) -> None:
    discover(f"{lab.devices[0].address}-{lab.devices[-1].address}", port=lab.port)
    link = next(iter(lab.topology.links))
    ends = [device for device in lab.devices if device.name in (link.a.device, link.b.device)]
    for device in ends:
        lab.set_fault(device.name, Silent())
    discover(*(device.address for device in ends), port=lab.port, timeout_seconds=0.3)
    silent = Device.objects.filter(status=Device.Status.UNREACHABLE)
    between = Link.objects.filter(a_device__in=silent, b_device__in=silent)
    assert {row.status for row in between} == {"unknown"}


def test_a_run_with_other_credentials_says_nothing_of_known_devices(lab: GeneratedLab, discover: Discover) -> None:
    discover(lab.devices[0].address, port=lab.port)
    discover(lab.devices[0].address, port=lab.port, credentials=(Community("wrong"),), timeout_seconds=0.3)
    assert Device.objects.get().status == Device.Status.REACHABLE


def test_a_neighbour_outside_the_allowed_ranges_is_skipped(
    lab: GeneratedLab, discover: Discover, settings: Any
) -> None:
    seed = lab.devices[0]
    settings.NMS_DISCOVERY_RANGES = [ipaddress.ip_network(seed.address)]
    found = report(discover(seed.address, port=lab.port, crawl_depth=3))
    assert names(found) == {seed.name}
    assert {entry["code"] for entry in found["skipped"]} == {"outside_ranges"}


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_run_ends_soon_and_keeps_what_it_stored(lab: GeneratedLab, discover: Discover) -> None:
    ids = (Credential.from_snmp(Community("public")).id,)
    spec = DiscoverySpec(("127.41.0.0/22",), port=lab.port, credential_ids=ids, timeout_seconds=20)
    run = prepare_run(spec, actor="alice")
    is_running = DiscoveryRun.objects.filter(pk=run.id, state=State.RUNNING).exists

    def cancel() -> None:
        eventually(is_running, seconds=30)
        cancel_discovery(run.id, actor="bob")

    asked = threading.Timer(0.5, in_a_thread(cancel))
    asked.start()
    with pytest.raises(Ended, match="was cancelled"):
        discover_all(run.id, should_stop=never)
    asked.join()
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert (run.finished_at - run.started_at).total_seconds() < 20  # its sweep alone would wait 40 s


def test_a_hub_that_ends_hands_its_run_back_for_the_next_start(
    lab: GeneratedLab, discover: Discover, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    stopping.set()
    monkeypatch.setattr(services, "stopping", stopping)
    ids = (Credential.from_snmp(Community("public")).id,)
    spec = DiscoverySpec((lab.devices[0].address,), port=lab.port, credential_ids=ids)
    run = prepare_run(spec, actor="alice")
    with pytest.raises(Interrupted):
        discover_all(run.id, should_stop=stopping.is_set)
    run.refresh_from_db()
    assert run.state not in DiscoveryRun.FINAL
    stopping.clear()
    run = discover_all(run.id, should_stop=stopping.is_set)
    assert (run.state, run.devices_new + run.devices_unchanged) == (State.SUCCEEDED, 1)


def test_a_run_whose_credential_was_deleted_fails_and_says_so(lab: GeneratedLab, discover: Discover) -> None:
    credential = Credential.from_snmp(Community("public"))
    spec = DiscoverySpec((lab.devices[0].address,), port=lab.port, credential_ids=(credential.id,))
    run = prepare_run(spec, actor="alice")
    credential.delete()
    with pytest.raises(SpecInvalid):
        discover_all(run.id, should_stop=never)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "no credential has the id" in run.error


def test_a_run_whose_credentials_cannot_be_decrypted_fails_and_names_the_setting(settings: Any) -> None:
    Credential.from_snmp(Community("public"))
    settings.ENCRYPTION_KEY = "another"
    run = prepare_run(DiscoverySpec(targets=("127.0.0.9",)), actor="test")
    with pytest.raises(SecretUnreadable):
        discover_all(run.id, should_stop=never)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.error.startswith("A stored secret cannot be decrypted: NMS_ENCRYPTION_KEY")
    assert Credential.from_snmp(Community("public")).to_snmp() == Community("public")  # stored anew, under this key


def test_an_agent_too_slow_for_the_timeout_is_told_from_a_silent_one(discover: Discover) -> None:
    slow = load_agent(1)
    slow.fault = Slow(0.45)
    with AgentServer() as server:
        server.add("127.41.5.1", slow)
        # Asked four times, so that a late first answer still comes while it is waited for.
        found = report(discover("127.41.5.1", port=server.port, timeout_seconds=0.3, retries=3))
    (problem,) = found["problems"]
    assert (problem["code"], found["unreachable"]) == ("too_slow", [])
    assert "longer timeout" in problem["message"]


def test_ipv6_agents_are_discovered(discover: Discover) -> None:
    with AgentServer() as server:
        server.add("::1", load_agent(1))
        found = report(discover("::1", port=server.port))
    assert [device["address"] for device in found["devices"]] == ["::1"]


def test_a_spec_that_cannot_be_executed_creates_nothing(discover: Discover) -> None:
    with pytest.raises(SpecInvalid):
        prepare_run(DiscoverySpec(("10.0.0.0/8",)), actor="alice")
    with pytest.raises(SpecInvalid, match="999"):
        prepare_run(DiscoverySpec(("10.0.0.1",), credential_ids=(999,)), actor="alice")
    assert not DiscoveryRun.objects.exists()
    assert not StoredEvent.objects.exists()


def test_whether_a_silent_host_is_up_is_asked_by_the_configured_icmp_client(
    discover: Discover, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_tcp = {"snmp": SnmpClient(), "icmp": IcmpClient(methods=["tcp"], probed_ports=[9])}
    monkeypatch.setattr(execute, "clients", lambda: by_tcp)
    asked: list[tuple[tuple[str, ...], tuple[int, ...], float]] = []

    async def sweep(self: IcmpClient, addresses: Iterable[str]) -> list[Echo]:
        asked.append((self._methods, self._ports, self._timeout_seconds))
        return [Echo(address, "tcp", alive=False) for address in addresses]

    monkeypatch.setattr(IcmpClient, "sweep", sweep)
    discover("127.41.9.9", port=9, timeout_seconds=0.3)
    assert asked == [(("tcp",), (9,), 0.3)]  # by its own methods and ports, with the patience of the run
