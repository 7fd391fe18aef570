"""Reconciling against a real database: what is written, what is marked, what is told, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api_clients.network.snmp.values import InterfaceAddress, LldpIdentity, Memory, SnmpTarget
from common.models import StoredEvent
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import (
    MAC_SUBTYPE,
    address,
    interface,
    mac,
    make_profile,
    make_snmp,
    neighbor,
    without_identifiers,
)
from nms.network_management.models import Component, Device, Endpoint, Interface, IPAddress, Neighbor, Vlan
from nms.network_management.profile import DeviceProfile, Identification

pytestmark = pytest.mark.django_db


def events(*types: str) -> list[tuple[str, dict[str, Any]]]:
    rows = StoredEvent.objects.order_by("position").values_list("type", "data")
    return [(kind, data) for kind, data in rows if not types or kind in types]


def changed_fields() -> set[str]:
    return {change["field"] for _, data in events("device.changed") for change in data["changes"]}


def with_interface(profile: DeviceProfile, index: int, **values: Any) -> DeviceProfile:
    rows = tuple(replace(row, **values) if row.index == index else row for row in profile.snmp.interfaces)
    return replace(profile, snmp=replace(profile.snmp, interfaces=rows))


def with_system(profile: DeviceProfile, **values: Any) -> DeviceProfile:
    return replace(profile, snmp=replace(profile.snmp, system=replace(profile.snmp.system, **values)))


def test_a_new_device_is_stored_whole_and_told_once() -> None:
    profile = make_profile(1, ports=4, neighbors=(neighbor(2, 7, 3),))
    report = reconcile([profile])
    device = Device.objects.get()
    assert report.new == {device.pk}
    assert report.devices == {profile.target: device.pk}
    assert (device.name, device.vendor, device.os, device.model, device.serial) == (
        *("switch-1", "Acme", "acmeos", "X48", "SN00000001"),
    )
    assert (device.status, device.management_address, device.management_port) == ("reachable", address(1), 161)
    assert device.first_seen == device.last_seen == device.last_profiled_at
    assert (device.interfaces.count(), device.addresses.count(), device.vlans.count()) == (4, 4, 2)
    assert device.components.count() == 4
    assert device.addresses.get(address="10.3.0.1").interface.name == "Gi0/3"
    assert device.neighbors.get().interface.name == "Gi0/2"
    assert [kind for kind, _ in events()] == ["device.discovered", "interface.appeared"]
    assert events()[0][1]["interfaces"] == len(events()[1][1]["interfaces"]) == 4


def test_an_unchanged_device_costs_the_refresh_of_its_times_and_nothing_else() -> None:
    profiles = [make_profile(number) for number in range(20)]
    reconcile(profiles)
    before = Device.objects.values_list("last_profiled_at", flat=True).first()
    with CaptureQueriesContext(connection) as queries:
        report = reconcile(profiles)
    assert len(report.unchanged) == 20
    assert not report.changed
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    # PostgreSQL is asked for the inventory's lock first.
    assert [sql.split()[0] for sql in statements if "advisory" not in sql] == ["SELECT", "UPDATE"]
    assert Device.objects.values_list("last_profiled_at", flat=True).first() > before
    assert len(events("device.changed", "device.status_changed")) == 0


def test_the_number_of_queries_does_not_grow_with_the_number_of_devices() -> None:
    def count(profiles: list[DeviceProfile]) -> int:
        with CaptureQueriesContext(connection) as queries:
            reconcile(profiles)
        return len(queries)

    reconcile([make_profile(999)])  # the first event of a database costs a query more
    few, many = [make_profile(n, ports=2) for n in range(3)], [make_profile(n, ports=2) for n in range(100, 120)]
    assert count(few) == count(many)
    assert count([with_interface(p, 1, alias="x") for p in few]) == count(
        [with_interface(p, 1, alias="x") for p in many]
    )


def test_only_the_interface_that_changed_is_written() -> None:
    profile = make_profile(1)
    reconcile([profile])
    seen = dict(Interface.objects.values_list("if_index", "id"))
    reconcile([with_interface(profile, 5, alias="uplink", oper_status="down")])
    row = Interface.objects.get(if_index=5)
    assert (row.id, row.alias, row.oper_status) == (seen[5], "uplink", "down")
    assert row.status_changed_at is not None
    assert Interface.objects.exclude(status_changed_at=None).count() == 1
    assert changed_fields() == {"interface Gi0/5 alias"}
    (status,) = events("interface.status_changed")
    assert status[1]["old_oper_status"] == "up"
    assert (status[1]["new_oper_status"], status[1]["interface_name"]) == ("down", "Gi0/5")


def test_a_change_and_its_return_are_both_seen() -> None:
    profile = make_profile(1, ports=2)
    for said in (profile, with_interface(profile, 1, oper_status="down"), profile):
        reconcile([said])
    assert [data["new_oper_status"] for _, data in events("interface.status_changed")] == ["down", "up"]


def test_facts_that_vanish_are_marked_with_the_time_they_were_last_read_and_come_back_to_their_row() -> None:
    profile = make_profile(1, ports=4, neighbors=(neighbor(4, 2, 1),))
    reconcile([profile])
    read = Device.objects.get().last_profiled_at
    ids = {model: set(model.objects.values_list("id", flat=True)) for model in FACTS}
    bare = replace(profile.snmp, interfaces=(), addresses=(), vlans=(), components=(), neighbors=())
    reconcile([replace(profile, snmp=bare)])
    for model in FACTS:
        assert set(model.objects.values_list("last_seen", flat=True)) == {read}, model
    reconcile([profile])
    for model in FACTS:
        assert set(model.objects.values_list("last_seen", flat=True)) == {None}, model
        assert set(model.objects.values_list("id", flat=True)) == ids[model]


FACTS = (Interface, IPAddress, Vlan, Component, Neighbor)


@pytest.mark.parametrize(
    ("part", "model"),
    [
        ("interfaces", Interface),
        ("addresses", IPAddress),
        ("vlans", Vlan),
        ("components", Component),
        ("lldp", Neighbor),
    ],
)
def test_a_part_that_could_not_be_read_keeps_its_rows(part: str, model: Any) -> None:
    profile = make_profile(1, ports=2, neighbors=(neighbor(1, 2, 1),))
    reconcile([profile])
    count = model.objects.count()
    emptied = {"neighbors" if part == "lldp" else part: (), "problems": {part: "timed out"}}
    reconcile([replace(profile, snmp=replace(profile.snmp, **emptied))])
    assert model.objects.filter(last_seen=None).count() == count
    assert Device.objects.count() == 1


def test_a_device_read_in_part_keeps_what_it_was_identified_as() -> None:
    profile = make_profile(1, ports=1)
    reconcile([profile])
    said = replace(profile.snmp, components=(), problems={"components": "timed out"})
    reconcile([replace(profile, snmp=said, identification=Identification(vendor="Acme", os="acmeos"))])
    assert Device.objects.get().serial == "SN00000001"
    reconcile([replace(profile, identification=Identification(vendor="Acme", os="acmeos"))])
    assert Device.objects.get().serial == ""


def test_254_addresses_of_one_agent_are_one_device() -> None:
    profiles = [make_profile(1, at=f"127.0.0.{host}") for host in range(1, 255)]
    report = reconcile(profiles)
    device = Device.objects.get()
    assert (len(report.new), len(report.devices)) == (1, 254)
    assert device.endpoints.count() == 254
    assert device.management_address == "127.0.0.1"
    assert len(events("device.discovered")) == 1
    assert reconcile(profiles).unchanged == {device.pk}


def test_254_addresses_of_an_agent_that_has_nothing_but_its_engine_id_are_one_device() -> None:
    def bare(host: int) -> DeviceProfile:
        profile = without_identifiers(make_profile(1, at=f"127.0.0.{host}", ports=1))
        return with_system(profile, engine_id="80001f8880aabbccdd11223344")

    assert len(reconcile([bare(host) for host in range(1, 255)]).new) == 1


def test_a_device_found_through_another_address_later_stays_one_and_keeps_its_management_address() -> None:
    reconcile([make_profile(1)])
    report = reconcile([make_profile(1, at="10.99.0.1")])
    assert not report.new
    assert Device.objects.get().management_address == address(1)
    assert Endpoint.objects.count() == 2


def test_a_box_that_said_less_at_its_first_address_is_known_at_the_second_by_its_macs() -> None:
    full = make_profile(1)
    said = replace(full.snmp, lldp=None, components=(), system=replace(full.snmp.system, engine_id=None))
    reconcile([replace(full, snmp=said, identification=replace(full.identification, serial=""))])
    assert not reconcile([make_profile(1, at="10.99.0.1")]).new
    assert Device.objects.get().serial == "SN00000001"


def test_a_box_that_first_told_nothing_gives_its_address_to_the_device_that_it_proves_to_be() -> None:
    reconcile([without_identifiers(make_profile(1))])
    known = reconcile([make_profile(1, at="10.99.0.1")])  # nothing says that it is the same
    report = reconcile([make_profile(1)])
    assert (report.device_ids, len(report.retired)) == (known.new, 1)
    old = Device.objects.get(pk__in=report.retired)
    assert (old.status, old.replaced_by_id) == ("unreachable", *known.new)
    assert Endpoint.objects.filter(device__in=known.new).count() == 2


def test_a_box_replaced_at_its_address_is_a_new_device_and_the_old_one_keeps_its_row() -> None:
    reconcile([make_profile(1)])
    old = Device.objects.get()
    report = reconcile([make_profile(2, at=address(1))])
    new = Device.objects.exclude(pk=old.pk).get()
    old.refresh_from_db()
    assert report.new == {new.pk}
    assert (old.status, old.management_address, old.replaced_by) == ("unreachable", None, new)
    assert (new.status, new.management_address) == ("reachable", address(1))
    assert old.interfaces.filter(last_seen=None).count() == 24
    (told,) = events("device.status_changed")
    assert told[1]["device_id"] == old.pk
    assert "Another box" in told[1]["reason"]
    reconcile([make_profile(1, at="10.50.0.1")])  # the old box goes into service elsewhere
    old.refresh_from_db()
    assert (old.status, old.management_address, old.replaced_by) == ("reachable", "10.50.0.1", None)


def test_a_stack_whose_master_failed_is_the_same_device() -> None:
    def stack(*members: int) -> DeviceProfile:
        """Four ports for each member; the first member is the master, whose serial and MAC stand for the stack."""
        whole, master = make_snmp(1, ports=8), members[0]
        parts = tuple(replace(whole.components[m], class_name="chassis", serial=f"SN{m}{m}{m}{m}A") for m in members)
        rows = tuple(row for row in whole.interfaces if (row.index - 1) // 4 in members)
        lldp = LldpIdentity(MAC_SUBTYPE, mac(50 + master), {})
        profile = make_profile(1, said=replace(whole, components=parts, interfaces=rows, addresses=(), lldp=lldp))
        return replace(profile, identification=replace(profile.identification, serial=parts[0].serial))

    reconcile([stack(0, 1)])
    reconcile([stack(1)])
    assert Device.objects.get().serial == "SN1111A"
    reconcile([stack(1, 0)])  # the old master is back, as a member
    assert Device.objects.get().interfaces.filter(last_seen=None).count() == 8


def test_two_devices_that_exchange_their_addresses_stay_themselves() -> None:
    reconcile([make_profile(1), make_profile(2)])
    ids = dict(Device.objects.values_list("name", "id"))
    report = reconcile([make_profile(1, at=address(2)), make_profile(2, at=address(1))])
    assert not report.new
    assert dict(Device.objects.values_list("name", "id")) == ids
    assert Device.objects.get(name="switch-1").management_address == address(2)
    assert Device.objects.get(name="switch-2").management_address == address(1)


def test_a_device_that_loses_one_of_its_addresses_moves_to_another() -> None:
    reconcile([make_profile(1), make_profile(1, at="10.99.0.1")])
    reconcile([make_profile(2, at=address(1))])
    device = Device.objects.get(name="switch-1")
    assert (device.status, device.management_address) == ("reachable", "10.99.0.1")


def test_boxes_with_a_cloned_engine_id_stay_apart() -> None:
    cloned = [with_system(make_profile(n), engine_id="80001f8880aabbccdd11223344") for n in range(30)]
    assert len(reconcile(cloned).new) == 30
    assert len(reconcile(cloned).unchanged) == 30


def test_boxes_without_identifiers_stay_apart_and_are_known_again_at_their_addresses() -> None:
    simple = [without_identifiers(make_profile(7, at=address(n))) for n in range(5)]
    assert len(reconcile(simple).new) == 5
    again = [with_system(profile, location="moved") for profile in simple]
    assert len(reconcile(again).changed) == 5
    assert Device.objects.count() == 5


def test_ports_of_one_address_are_different_agents() -> None:
    assert len(reconcile([make_profile(1, at="127.0.0.1", port=1), make_profile(2, at="127.0.0.1", port=2)]).new) == 2


def test_a_device_that_cannot_be_stored_is_reported_and_the_others_are_in() -> None:
    bad = make_profile(13)
    bad = replace(bad, snmp=replace(bad.snmp, addresses=(InterfaceAddress(1, "not an address", 24),)))
    profiles = [make_profile(n) for n in range(10)] + [bad] + [make_profile(n) for n in range(20, 30)]
    report = reconcile(profiles)
    assert len(report.new) == Device.objects.count() == 20
    assert [problem.target for problem in report.problems] == [bad.target]
    assert "not an address" in report.problems[0].message
    assert not Device.objects.filter(name="switch-13").exists()
    assert len(events("device.discovered")) == 20


def test_text_that_databases_refuse_is_mended() -> None:
    profile = with_system(make_profile(1, ports=1), name="a\0b", location="x\udcffy")
    broken = replace(profile.snmp, interfaces=(interface(1, 1, alias="\0", speed_bps=2**70),))
    report = reconcile([replace(profile, snmp=broken)])
    assert not report.problems
    device = Device.objects.get()
    assert (device.name, device.location) == ("ab", "x?y")
    assert device.interfaces.get().speed_bps is None
    assert reconcile([replace(profile, snmp=broken)]).unchanged == {device.pk}


def test_interfaces_renumbered_at_a_restart_keep_their_rows() -> None:
    profile = make_profile(1, ports=3)
    reconcile([profile])
    ids = dict(Interface.objects.values_list("name", "id"))
    turned = tuple(replace(row, index=4 - row.index) for row in profile.snmp.interfaces)
    addresses = tuple(replace(row, if_index=4 - row.if_index) for row in profile.snmp.addresses)
    reconcile([replace(profile, snmp=replace(profile.snmp, interfaces=turned, addresses=addresses))])
    assert dict(Interface.objects.filter(last_seen=None).values_list("name", "id")) == ids
    assert Interface.objects.get(name="Gi0/1").if_index == 3
    assert IPAddress.objects.get(address="10.1.0.1").interface_id == ids["Gi0/1"]
    assert IPAddress.objects.count() == 3


def test_an_interface_exchanged_for_another_of_its_number_takes_its_addresses_along() -> None:
    profile = make_profile(1, ports=2)
    reconcile([profile])
    first, second = profile.snmp.interfaces
    moved = replace(profile.snmp, interfaces=(replace(first, name="Gi0/2"), interface(1, 7, name="Gi0/1")))
    reconcile([replace(profile, snmp=moved)])
    present = IPAddress.objects.filter(last_seen=None)
    assert {row.address: row.interface and row.interface.name for row in present.select_related("interface")} == {
        "10.1.0.1": "Gi0/2",
        "10.2.0.1": None,
    }
    assert second.index not in Interface.objects.filter(last_seen=None).values_list("if_index", flat=True)


def test_facts_of_an_interface_that_the_agent_does_not_list_belong_to_the_device_and_stay() -> None:
    profile = make_profile(1, ports=1, neighbors=(neighbor(9, 2, 1),))
    said = replace(profile.snmp, addresses=(*profile.snmp.addresses, InterfaceAddress(77, "10.9.9.9", 32)))
    reconcile([replace(profile, snmp=said)])
    assert IPAddress.objects.get(address="10.9.9.9").interface is None
    reconcile([with_system(replace(profile, snmp=said), location="moved")])  # compared in full
    assert changed_fields() == {"location"}
    assert (IPAddress.objects.count(), Neighbor.objects.count()) == (2, 1)


def test_a_restart_is_a_change_and_passing_time_is_not() -> None:
    profile = make_profile(1, ports=1)
    reconcile([profile])
    assert reconcile([with_system(profile, uptime_seconds=1_000_030.0)]).unchanged
    assert reconcile([with_system(profile, uptime_seconds=10.0)]).changed
    assert changed_fields() == {"boot_time"}


def test_a_device_that_answers_again_is_told_even_when_nothing_else_changed() -> None:
    profile = make_profile(1)
    reconcile([profile])
    Device.objects.update(status="unreachable", missed_polls=5)
    report = reconcile([profile])
    device = Device.objects.get()
    assert report.device_ids == {device.pk}
    assert (device.status, device.missed_polls) == ("reachable", 0)
    assert [(data["old"], data["new"]) for _, data in events("device.status_changed")] == [("unreachable", "reachable")]


def test_what_people_wrote_is_left_alone() -> None:
    reconcile([make_profile(1)])
    Device.objects.update(notes="do not touch", site="Basel", tags=["core"])
    reconcile([with_system(make_profile(1), location="moved")])
    device = Device.objects.get()
    assert (device.notes, device.site, device.tags) == ("do not touch", "Basel", ["core"])


def test_a_run_stands_as_correlation_in_its_events() -> None:
    reconcile([make_profile(1)], correlation_id="discovery_run:42")
    assert set(StoredEvent.objects.values_list("correlation_id", flat=True)) == {"discovery_run:42"}


def test_virtual_memory_does_not_count_as_memory_of_the_device() -> None:
    profile = make_profile(1)
    pools = (
        Memory("1", "Physical memory", 4096, 100),
        Memory("3", "Virtual memory", 6144, 200, virtual=True),
        Memory("10", "Swap space", 2048, 100, virtual=True),
    )
    reconcile([replace(profile, snmp=replace(profile.snmp, memories=pools))])
    assert Device.objects.get().resources["memory_bytes"] == 4096


def test_figures_that_move_are_kept_without_making_news() -> None:
    from api_clients.network.snmp.values import ArpEntry

    profile = make_profile(1)
    reconcile([profile])
    said = replace(profile.snmp, arp=(ArpEntry(1, "10.1.0.9", mac(9)),))
    assert reconcile([replace(profile, snmp=said)]).unchanged
    assert Device.objects.get().resources["arp_entries"] == 1
    assert not events("device.changed")


def test_the_same_target_twice_in_one_batch_counts_once() -> None:
    reconcile([make_profile(1), make_profile(1)])
    assert (Device.objects.count(), Endpoint.objects.count()) == (1, 1)


def test_a_profile_of_every_known_port_is_found_by_target() -> None:
    profile = make_profile(1, said=make_snmp(1, ports=1), port=1161)
    assert reconcile([profile]).devices == {SnmpTarget(address(1), 1161): Device.objects.get().pk}
