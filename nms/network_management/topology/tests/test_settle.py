"""Links in the database: found, refined, taken down, expired, and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api_clients.network.snmp.values import InterfaceAddress
from common.models import StoredEvent
from nms.network_management.inventory.reconcile import mark_unreachable, reconcile
from nms.network_management.inventory.tests.boxes import mac, make_profile, neighbor
from nms.network_management.models import Device, Interface, Link, LinkEvidence
from nms.network_management.profile import DeviceProfile
from nms.network_management.topology.settle import expire_links, settle_links
from nms.network_management.topology.store import LinkReport

pytestmark = pytest.mark.django_db


def store(*profiles: DeviceProfile) -> LinkReport:
    return settle_links(reconcile(profiles).concerned)


def told() -> list[tuple[str, dict[str, Any]]]:
    return list(StoredEvent.objects.filter(type__startswith="link.").order_by("position").values_list("type", "data"))


def ends(link: Link) -> tuple[str, str]:
    assert link.a_interface
    assert link.b_interface
    return f"{link.a_device} {link.a_interface}", f"{link.b_device} {link.b_interface}"


ONE = make_profile(1, ports=3, neighbors=(neighbor(1, 2, 2),))
TWO = make_profile(2, ports=3, neighbors=(neighbor(2, 1, 1),))


def test_both_ends_make_one_link_with_two_pieces_of_evidence() -> None:
    report = store(ONE, TWO)
    link = Link.objects.get()
    assert report.discovered == {link.pk}
    assert ends(link) == ("switch-1 Gi0/1", "switch-2 Gi0/2")
    assert (link.status, link.protocols, link.evidence.count()) == ("up", ["lldp"], 2)
    ((kind, data),) = told()
    assert kind == "link.discovered"
    assert (data["a"]["device_name"], data["a"]["interface_name"]) == ("switch-1", "Gi0/1")


def test_a_link_appears_when_its_second_device_does() -> None:
    assert not store(ONE).discovered
    assert LinkEvidence.objects.count() == 0
    assert len(store(replace(TWO, snmp=replace(TWO.snmp, neighbors=()))).discovered) == 1


def test_settling_again_changes_nothing() -> None:
    store(ONE, TWO)
    report = settle_links()
    assert (len(report.kept), report.discovered, report.lost) == (1, set(), set())
    assert len(told()) == 1


def test_a_link_stands_while_one_end_reports_it_and_is_lost_with_the_last() -> None:
    store(ONE, TWO)
    silent_one = replace(ONE, snmp=replace(ONE.snmp, neighbors=()))
    assert not store(silent_one).lost
    assert LinkEvidence.objects.count() == 1
    assert store(replace(TWO, snmp=replace(TWO.snmp, neighbors=()))).lost
    link = Link.objects.get()
    assert (link.status, link.last_seen is not None, link.evidence.count()) == ("down", True, 0)
    assert told()[-1][0] == "link.lost"
    assert store(ONE).discovered == {link.pk}
    assert [kind for kind, _ in told()] == ["link.discovered", "link.lost", "link.discovered"]


def test_a_link_is_down_when_an_end_is() -> None:
    store(ONE, TWO)
    down = replace(
        ONE, snmp=replace(ONE.snmp, interfaces=tuple(replace(row, oper_status="down") for row in ONE.snmp.interfaces))
    )
    store(down)
    assert Link.objects.get().status == "down"
    store(ONE)
    assert Link.objects.get().status == "up"


def test_a_link_to_a_device_that_does_not_answer_stands_until_its_evidence_expires(settings: Any) -> None:
    silent_two = replace(TWO, snmp=replace(TWO.snmp, neighbors=()))
    store(ONE, silent_two)
    (gone,) = mark_unreachable([ONE.target])
    settle_links([gone])
    assert Link.objects.get().status == "unknown"
    assert not expire_links().lost
    Device.objects.filter(pk=gone).update(
        last_seen=timezone.now() - timedelta(seconds=settings.NMS_LINK_EXPIRY_SECONDS + 1)
    )
    assert len(expire_links().lost) == 1
    assert "switch-1 stopped answering" in told()[-1][1]["reason"]
    assert not expire_links().lost


def test_the_other_ends_evidence_outlives_a_silent_device(settings: Any) -> None:
    store(ONE, TWO)
    mark_unreachable([ONE.target])
    Device.objects.filter(name="switch-1").update(last_seen=timezone.now() - timedelta(days=9))
    assert not expire_links().lost
    assert LinkEvidence.objects.count() == 1


def test_a_link_whose_far_port_becomes_known_keeps_its_row() -> None:
    odd = replace(ONE, snmp=replace(ONE.snmp, neighbors=(neighbor(1, 2, 2, port_id="0x99", port_id_subtype=7),)))
    store(odd, replace(TWO, snmp=replace(TWO.snmp, neighbors=())))
    link = Link.objects.get()
    assert (link.b_interface, link.b_port) == (None, "0x99")
    assert not store(TWO).discovered
    link.refresh_from_db()
    assert ends(link) == ("switch-1 Gi0/1", "switch-2 Gi0/2")
    assert [kind for kind, _ in told()] == ["link.discovered", "link.changed"]
    assert told()[1][1]["b"]["interface_name"] == "Gi0/2"


def test_a_cable_moved_to_another_port_is_one_link_lost_and_one_discovered() -> None:
    store(ONE, TWO)
    report = store(
        make_profile(1, ports=3, neighbors=(neighbor(3, 2, 2),)),
        make_profile(2, ports=3, neighbors=(neighbor(2, 1, 3),)),
    )
    assert (len(report.discovered), len(report.lost)) == (1, 1)
    assert ends(Link.objects.get(last_seen=None)) == ("switch-1 Gi0/3", "switch-2 Gi0/2")


def test_settling_some_devices_leaves_the_links_of_others_as_they_are() -> None:
    ring = [
        make_profile(n, ports=2, neighbors=(neighbor(1, (n + 1) % 5, 2), neighbor(2, (n - 1) % 5, 1))) for n in range(5)
    ]
    store(*ring)
    assert Link.objects.count() == 5
    before = list(LinkEvidence.objects.order_by("id").values_list("id", "link_id", "neighbor_id"))
    for device in Device.objects.all():
        report = settle_links([device.pk])
        assert (len(report.kept), report.lost, report.discovered) == (2, set(), set())
    assert list(LinkEvidence.objects.order_by("id").values_list("id", "link_id", "neighbor_id")) == before


def test_an_unmanaged_neighbour_stays_visible_as_evidence() -> None:
    store(make_profile(1, ports=1, neighbors=(neighbor(1, 99, 1),)))
    assert Link.objects.count() == 0
    assert Device.objects.get().neighbors.get().chassis_id == mac(99)


def test_a_loopback_address_leads_to_nobody() -> None:
    stranger = neighbor(1, 99, 1, management_addresses=("127.0.0.1", "fe80::1"))
    everybodys = (InterfaceAddress(1, "127.0.0.1", 8), InterfaceAddress(1, "fe80::1", 64))
    store(make_profile(1, ports=1, neighbors=(stranger,)), make_profile(2, ports=1, addresses=everybodys))
    assert not Link.objects.exists()


def test_a_replaced_box_is_no_end_of_links_any_more() -> None:
    store(ONE, TWO)
    store(make_profile(7, at=TWO.target.address, ports=3, neighbors=(neighbor(2, 1, 1),)))
    assert [ends(link) for link in Link.objects.filter(last_seen=None)] == [("switch-1 Gi0/1", "switch-7 Gi0/2")]


def test_queries_do_not_grow_with_the_network() -> None:
    def ring(base: int, size: int) -> list[DeviceProfile]:
        return [
            make_profile(base + n, ports=2, neighbors=(neighbor(1, base + (n + 1) % size, 2),)) for n in range(size)
        ]

    def count(profiles: list[DeviceProfile]) -> int:
        ids = reconcile(profiles).device_ids
        with CaptureQueriesContext(connection) as queries:
            settle_links(ids)
        return len(queries)

    store(*ring(1000, 3))
    assert count(ring(0, 4)) == count(ring(100, 20))


def test_interfaces_that_vanish_take_their_links_down() -> None:
    store(ONE, replace(TWO, snmp=replace(TWO.snmp, neighbors=())))
    store(replace(TWO, snmp=replace(TWO.snmp, neighbors=(), interfaces=TWO.snmp.interfaces[:1])))
    link = Link.objects.get(last_seen=None)
    assert (link.b_interface, link.b_port) == (None, "Gi0/2")
    assert Interface.objects.filter(device__name="switch-2", last_seen=None).count() == 1
