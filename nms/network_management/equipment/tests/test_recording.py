"""Equipment of GNS3 projects in the inventory: found, found again, changed, recognised as a device of SNMP, gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from common.models import StoredEvent
from nms.network_management.equipment.recording import record_equipment
from nms.network_management.equipment.tests.builders import (
    CABLES,
    PROJECT,
    cable,
    equipment,
    node_id,
    pc,
    small_lab,
    switch,
)
from nms.network_management.facade import get_device, list_devices
from nms.network_management.inventory.deletion import delete_devices
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import make_profile, neighbor
from nms.network_management.models import Device, Gns3Node, Interface, IPAddress, Link, Neighbor
from nms.network_management.profile import DeviceProfile
from nms.network_management.tests.replaying import check_replay
from nms.network_management.topology.settle import expire_links, settle_links

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, dict[str, Any]]]:
    return list(StoredEvent.objects.order_by("position").values_list("type", "data"))


def kinds() -> list[str]:
    return [kind for kind, _ in told()]


def cables() -> set[tuple[str, str, str, str, str]]:
    rows = Link.objects.filter(last_seen__isnull=True).select_related("a_device", "b_device")
    return {(row.a_device.name, row.a_port, row.b_device.name, row.b_port, row.status) for row in rows}


def test_nodes_become_devices_with_their_addresses_and_cables() -> None:
    report = record_equipment(small_lab())
    assert {device.name: (device.source, device.status, device.role) for device in Device.objects.all()} == {
        "PC1": ("gns3", "reachable", "host"),
        "PC2": ("gns3", "reachable", "host"),
        "SW1": ("gns3", "reachable", "switch"),
    }
    detail = get_device(report.devices[node_id(1)])
    assert detail
    assert [(port.name, port.mac, port.addresses) for port in detail.interfaces] == [
        ("Ethernet0", "00:50:79:66:68:01", ("10.0.0.1/24",))
    ]
    assert cables() == {("PC1", "Ethernet0", "SW1", "Ethernet0", "up"), ("PC2", "Ethernet0", "SW1", "Ethernet1", "up")}
    assert {tuple(link.protocols) for link in Link.objects.all()} == {("gns3",)}
    node = Gns3Node.objects.get(node_id=node_id(1))
    assert (node.server, node.project_id, node.project, node.type) == ("main", PROJECT, "lab", "vpcs")
    discovered = [data for kind, data in told() if kind == "device.discovered"]
    assert {(data["device_name"], data["source"], data["gns3"]) for data in discovered} >= {
        ("PC1", "gns3", f"gns3://main/{PROJECT}/{node_id(1)}")
    }
    check_replay()


def test_recording_again_changes_nothing_and_tells_nothing() -> None:
    record_equipment(small_lab())
    before = list(Device.objects.values("pk", "name", "updated_at")), len(told())
    report = record_equipment(small_lab())
    assert (report.new, report.changed, report.gone) == (set(), set(), set())
    assert (report.links.discovered, report.links.lost, len(report.links.kept)) == (set(), set(), 2)
    assert (list(Device.objects.values("pk", "name", "updated_at")), len(told())) == before


def test_a_node_that_stops_is_marked_with_its_ports_and_keeps_what_its_console_told() -> None:
    record_equipment(small_lab())
    off = {"name": "Ethernet0", "connected": True}
    record_equipment(equipment(pc(1, status="stopped", interfaces=[off]), pc(2), switch(), links=CABLES, complete=True))
    one = Device.objects.get(name="PC1")
    assert one.status == "unreachable"
    assert list(one.addresses.filter(last_seen__isnull=True).values_list("address", flat=True)) == ["10.0.0.1"]
    assert one.interfaces.get().mac == "00:50:79:66:68:01"
    assert ("PC1", "Ethernet0", "SW1", "Ethernet0", "down") in cables()
    reasons = [data["reason"] for kind, data in told() if kind == "device.status_changed"]
    assert reasons == ["It is stopped in GNS3."]
    record_equipment(small_lab())
    assert Device.objects.get(name="PC1").status == "reachable"
    assert ("PC1", "Ethernet0", "SW1", "Ethernet0", "up") in cables()
    check_replay()


def test_an_address_that_a_running_node_has_no_more_is_gone() -> None:
    record_equipment(small_lab())
    moved = pc(1, interfaces=[{"name": "Ethernet0", "addresses": ["10.0.0.77/24"], "connected": True}])
    record_equipment(equipment(moved))
    present = IPAddress.objects.filter(device__name="PC1", last_seen__isnull=True)
    assert [str(address) for address in present] == ["10.0.0.77/24"]
    record_equipment(equipment(pc(1, interfaces=[{"name": "Ethernet0", "connected": True}], addresses_known=False)))
    assert [str(address) for address in present.all()] == ["10.0.0.77/24"]


def test_the_record_of_a_part_leaves_the_rest_alone() -> None:
    record_equipment(small_lab())
    report = record_equipment(equipment(pc(1), links=(CABLES[0],)))
    assert (report.gone, report.links.lost) == (set(), set())
    assert len(cables()) == 2
    # All that PC1 has is told: its cable is gone, that of PC2 is not.
    report = record_equipment(equipment(pc(1)))
    assert cables() == {("PC2", "Ethernet0", "SW1", "Ethernet1", "up")}
    assert [data["reason"] for kind, data in told() if kind == "link.lost"] == [
        "The cable is gone from its GNS3 project."
    ]


def test_nodes_that_are_gone_are_marked_and_come_back_as_the_same_devices() -> None:
    devices = record_equipment(small_lab()).devices
    report = record_equipment(equipment(pc(2), switch(), links=(CABLES[1],), complete=True))
    assert report.gone == {devices[node_id(1)]}
    gone = Device.objects.get(pk=devices[node_id(1)])
    assert (gone.status, gone.gns3_nodes.get().last_seen is not None) == ("unreachable", True)
    assert cables() == {("PC2", "Ethernet0", "SW1", "Ethernet1", "up")}
    count = len(told())
    assert not record_equipment(equipment(pc(2), switch(), links=(CABLES[1],), complete=True)).gone
    assert len(told()) == count
    check_replay()
    assert record_equipment(small_lab()).devices == devices
    assert len(cables()) == 2
    check_replay()


def test_equal_projects_are_different_devices_although_their_macs_and_addresses_are_equal() -> None:
    record_equipment(small_lab())
    other = small_lab(project_id="22222222-2222-4222-8222-222222222222")
    assert len(record_equipment(other).new) == 3
    assert len(record_equipment(small_lab(server="second")).new) == 3
    assert len(list_devices()) == 9
    assert len(cables()) == 2  # by their names
    assert Link.objects.count() == 6


def router(number: int = 5, **values: Any) -> dict[str, Any]:
    """Node of box `number` of boxes.py: its ports in GNS3 have the names of ifDescr."""
    said = make_profile(number, ports=3).snmp
    ports = [{"name": row.description, "mac": row.mac, "connected": True} for row in said.interfaces]
    return {
        "node_id": node_id(number),
        "name": f"R{number}",
        "type": "dynamips",
        "status": "started",
        "interfaces": ports,
        **values,
    }


def by_snmp(number: int, **values: Any) -> DeviceProfile:
    return make_profile(number, ports=3, **values)


def test_a_device_that_snmp_found_takes_the_node_and_keeps_what_its_agent_says() -> None:
    reconcile([by_snmp(5)])
    report = record_equipment(equipment(router(5)))
    device = Device.objects.get()
    assert (device.name, device.source, report.new, report.changed) == ("switch-5", "snmp", set(), {device.pk})
    assert device.gns3_nodes.get().name == "R5"
    assert Interface.objects.filter(last_seen__isnull=True).count() == 3
    assert kinds()[-1] == "device.changed"
    count = len(told())
    assert not record_equipment(equipment(router(5))).changed
    assert len(told()) == count
    check_replay()


def test_a_device_that_gns3_found_first_is_the_one_that_answers_snmp_later() -> None:
    record_equipment(equipment(router(5), router(6), links=(cable(5, "GigabitEthernet0/1", 6, "GigabitEthernet0/2"),)))
    links = set(Link.objects.values_list("pk", flat=True))
    report = reconcile([by_snmp(5), by_snmp(6)])
    assert not report.new
    assert settle_links(report.concerned).lost <= links
    assert {(device.name, device.source) for device in Device.objects.all()} == {
        ("switch-5", "gns3"),
        ("switch-6", "gns3"),
    }
    assert cables() == {("switch-5", "Gi0/1", "switch-6", "Gi0/2", "up")}
    again = equipment(router(5), router(6), links=(cable(5, "GigabitEthernet0/1", 6, "GigabitEthernet0/2"),))
    record_equipment(again)
    assert Device.objects.count() == 2
    assert cables() == {("switch-5", "Gi0/1", "switch-6", "Gi0/2", "up")}
    check_replay()


def test_a_cable_that_lldp_sees_as_well_is_one_link_with_both_protocols() -> None:
    heard = [by_snmp(5, neighbors=(neighbor(1, 6, 2),)), by_snmp(6, neighbors=(neighbor(2, 5, 1),))]
    settle_links(reconcile(heard).concerned)
    link = Link.objects.get()
    both = equipment(router(5), router(6), links=(cable(5, "GigabitEthernet0/1", 6, "GigabitEthernet0/2"),))
    record_equipment(both)
    link.refresh_from_db()
    assert (Link.objects.count(), link.protocols, link.evidence.count()) == (1, ["gns3", "lldp"], 4)
    # What an agent says next must not take the cable away, nor the other way round.
    silent = [replace(one, snmp=replace(one.snmp, neighbors=())) for one in heard]
    assert not settle_links(reconcile(silent).concerned).lost
    link.refresh_from_db()
    assert link.protocols == ["gns3"]
    settle_links(reconcile(heard).concerned)
    assert not record_equipment(equipment(router(5), router(6))).links.lost
    link.refresh_from_db()
    assert (link.protocols, link.last_seen) == (["lldp"], None)
    assert Neighbor.objects.filter(protocol="gns3", last_seen__isnull=True).count() == 0
    check_replay()


def test_a_node_that_was_a_device_of_its_own_is_given_to_the_device_of_snmp_that_it_is() -> None:
    dark = router(5, status="stopped", interfaces=[{"name": "GigabitEthernet0/1", "connected": True}])
    first = record_equipment(equipment(dark, switch(), links=(cable(5, "GigabitEthernet0/1", 9, "Ethernet0"),)))
    reconcile([by_snmp(5)])
    assert Device.objects.count() == 3  # nothing says yet that they are one
    again = equipment(router(5), switch(), links=(cable(5, "GigabitEthernet0/1", 9, "Ethernet0"),))
    second = record_equipment(again)
    former, device = Device.objects.get(pk=first.devices[node_id(5)]), Device.objects.get(name="switch-5")
    assert second.devices[node_id(5)] == device.pk
    assert (former.replaced_by_id, former.status) == (device.pk, "unreachable")
    assert former.pk not in {each.id for each in list_devices()}
    assert cables() == {("SW1", "Ethernet0", "switch-5", "Gi0/1", "up")}
    count = len(told())
    record_equipment(again)
    assert len(told()) == count
    check_replay()


def test_an_address_alone_makes_no_two_boxes_one_but_with_the_name_it_does() -> None:
    reconcile([by_snmp(5)])
    foreign = {"name": "eth0", "addresses": ["10.1.0.5/24"], "connected": True}
    assert record_equipment(equipment(router(7, interfaces=[foreign]))).new
    alike = router(8, interfaces=[foreign], name="SWITCH-5")
    assert not record_equipment(equipment(alike)).new
    assert Device.objects.count() == 2


def test_links_of_nodes_that_are_off_never_expire() -> None:
    record_equipment(small_lab())
    Device.objects.filter(name="PC1").update(status="unreachable", last_seen=None)
    Device.objects.filter(name="PC2").update(status="unreachable", last_seen="2020-01-01T00:00:00Z")
    assert not expire_links().lost
    assert not settle_links().lost
    assert len(cables()) == 2


def test_a_device_that_somebody_deleted_is_found_anew() -> None:
    devices = record_equipment(small_lab()).devices
    delete_devices([devices[node_id(1)]], actor="ada")
    assert len(record_equipment(small_lab()).new) == 1
    assert len(cables()) == 2
    check_replay()


def test_a_port_to_itself_and_two_cables_between_two_nodes_are_links_of_their_own() -> None:
    loop = cable(9, "Ethernet2", 9, "Ethernet3")
    pair = (cable(9, "Ethernet4", 8, "Ethernet4"), cable(9, "Ethernet5", 8, "Ethernet5"))
    record_equipment(equipment(switch(9), switch(8, name="SW2"), links=(loop, *pair), complete=True))
    assert {(a, b) for _, a, _, b, _ in cables()} == {
        ("Ethernet2", "Ethernet3"),
        ("Ethernet4", "Ethernet4"),
        ("Ethernet5", "Ethernet5"),
    }
