from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import pytest

from api_clients.network.snmp.simulator import pdu
from api_clients.network.snmp.simulator.tests.conversation import ask, walk
from api_clients.network.snmp.wire import ber
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.serving import LabError
from nms.network_management.lab.tests.reading import (
    IF_TABLE,
    IF_X_TABLE,
    LLDP,
    SYS_NAME,
    column,
    expected_links,
    links_heard,
    number,
)
from nms.network_management.lab.topology import draw_topology


@pytest.fixture
def lab() -> Iterator[GeneratedLab]:
    lab = GeneratedLab(draw_topology(devices=40, seed=3, base_address="127.79.0.1"))
    with lab:
        yield lab


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lldp_tells_exactly_the_links_of_the_topology_at_both_ends(seed: int) -> None:
    with GeneratedLab(draw_topology(devices=45, seed=seed, base_address="127.79.1.1")) as lab:
        assert links_heard(lab) == dict.fromkeys(expected_links(lab), 2)


def test_management_addresses_in_the_index_lead_to_the_neighbour(lab: GeneratedLab) -> None:
    addresses = {device.address: device.agent for device in lab.devices}
    agent = lab.device("core-1").agent
    names = column(agent, f"{LLDP}.4.1.1.9")
    rows = column(agent, f"{LLDP}.4.2.1.3")
    assert len(rows) == len(names) == 8
    for index in rows:
        time_mark, port, remote, subtype, length, *octets = index.split(".")
        assert (subtype, length) == ("1", "4")
        neighbour = addresses[".".join(octets)]
        assert ask(neighbour, pdu.GET, [SYS_NAME]).varbinds[0][2] == names[f"{time_mark}.{port}.{remote}"]


def test_a_pulled_cable_is_down_at_both_ends_and_leaves_lldp(lab: GeneratedLab) -> None:
    link = lab.topology.links[10]
    lab.link_down(link)
    assert links_heard(lab) == dict.fromkeys(
        expected_links(lab) - {frozenset(((link.a.device, link.a.interface), (link.b.device, link.b.interface)))}, 2
    )
    for end in (link.a, link.b):
        assert status(lab, end.device, end.interface) == (1, 2)
    lab.link_up(link)
    assert links_heard(lab) == dict.fromkeys(expected_links(lab), 2)
    assert status(lab, link.a.device, link.a.interface) == (1, 1)


def test_counters_move_while_the_link_is_up_and_rest_while_it_is_down(lab: GeneratedLab) -> None:
    link = lab.topology.links[0]
    agent = lab.device(link.a.device).agent
    oid = f"{IF_X_TABLE}.6.{index_of(lab, link.a.device, link.a.interface)}"

    def read() -> int:
        return number(ask(agent, pdu.GET, [oid]).varbinds[0][2])

    first, second = read(), read()
    assert second > first > 0
    lab.link_down(link)
    assert read() == read() >= second
    lab.link_up(link)
    before = read()
    assert read() > before


def test_disabling_a_port_over_snmp_takes_the_link_down_at_both_ends(lab: GeneratedLab) -> None:
    link = lab.topology.links[3]
    agent = lab.device(link.a.device).agent
    oid = f"{IF_TABLE}.7.{index_of(lab, link.a.device, link.a.interface)}"
    assert ask(agent, pdu.SET, [oid], values=[ber.integer(2)], community="private").status == 0
    assert status(lab, link.a.device, link.a.interface) == (2, 2)
    assert status(lab, link.b.device, link.b.interface) == (1, 2)
    assert ask(agent, pdu.SET, [oid], values=[ber.integer(3)], community="private").status == pdu.WRONG_VALUE
    ask(agent, pdu.SET, [oid], values=[ber.integer(1)], community="private")
    assert status(lab, link.b.device, link.b.interface) == (1, 1)


def test_a_new_name_is_announced_to_the_neighbours(lab: GeneratedLab) -> None:
    link = lab.topology.links[0]
    set_name = ask(
        lab.device(link.a.device).agent, pdu.SET, [SYS_NAME], values=[ber.octets("renamed")], community="private"
    )
    assert set_name.status == 0
    assert b"renamed" in column(lab.device(link.b.device).agent, f"{LLDP}.4.1.1.9").values()


def test_a_reboot_starts_uptime_and_counts_the_boot(lab: GeneratedLab) -> None:
    uptime = "1.3.6.1.2.1.1.3.0"
    boots = "1.3.6.1.6.3.10.2.1.2.0"
    agent = lab.device("core-1").agent
    assert number(ask(agent, pdu.GET, [uptime]).varbinds[0][2]) > 86400 * 100
    lab.reboot("core-1")
    assert number(ask(agent, pdu.GET, [uptime]).varbinds[0][2]) < 100 * 60
    assert number(ask(agent, pdu.GET, [boots]).varbinds[0][2]) == 2


def test_every_table_speaks_of_interfaces_that_exist(lab: GeneratedLab) -> None:
    for device in lab.devices:
        indexes = {number(content) for content in column(device.agent, f"{IF_TABLE}.1").values()}
        assert set(map(int, column(device.agent, f"{IF_X_TABLE}.1"))) == indexes
        addresses = column(device.agent, "1.3.6.1.2.1.4.20.1.2")
        assert device.address in addresses
        assert {number(content) for content in addresses.values()} <= indexes
        assert {number(content) for content in column(device.agent, "1.3.6.1.2.1.4.34.1.3").values()} <= indexes
        assert {int(index.split(".")[0]) for index in column(device.agent, "1.3.6.1.2.1.4.22.1.2")} <= indexes
        assert {number(content) for content in column(device.agent, "1.3.6.1.2.1.4.24.4.1.5").values()} <= indexes


def test_prefixes_of_both_address_tables_agree(lab: GeneratedLab) -> None:
    agent = lab.device("dist-1").agent
    masks = column(agent, "1.3.6.1.2.1.4.20.1.3")
    pointers = column(agent, "1.3.6.1.2.1.4.34.1.5")
    assert len(masks) == len(pointers) == 6
    for address, mask in masks.items():
        length = ber.parse_oid_content(pointers[f"1.4.{address}"])[-1]
        assert length == ipaddress.ip_network(f"0.0.0.0/{ipaddress.ip_address(mask)}").prefixlen


def test_devices_that_have_a_serial_serve_it(lab: GeneratedLab) -> None:
    for device in lab.topology.devices:
        if device.platform.entity:
            agent = lab.device(device.name).agent
            classes = column(agent, "1.3.6.1.2.1.47.1.1.1.1.5")
            (chassis,) = (index for index, kind in classes.items() if number(kind) == 3)
            assert column(agent, "1.3.6.1.2.1.47.1.1.1.1.11")[chassis] == device.serial.encode()


def test_engine_ids_differ_and_are_served(lab: GeneratedLab) -> None:
    served = {ask(device.agent, pdu.GET, ["1.3.6.1.6.3.10.2.1.1.0"]).varbinds[0][2] for device in lab.devices}
    assert served == {device.agent.engine.engine_id for device in lab.devices}
    assert len(served) == 40


def test_every_object_is_walked_in_order(lab: GeneratedLab) -> None:
    for device in lab.devices:
        assert len(walk(device.agent, "1")) == len(device.agent.view)


def test_a_device_or_port_that_does_not_exist_is_refused_with_what_does(lab: GeneratedLab) -> None:
    with pytest.raises(LabError, match=r"no device 'core-9'.*such as edge-1"):
        lab.link_at("core-9", "Ethernet1")
    with pytest.raises(LabError, match="it has links on Ethernet"):
        lab.link_at("core-1", "Ethernet99")


def index_of(lab: GeneratedLab, device: str, interface: str) -> int:
    (found,) = (node for node in lab.topology.devices if node.name == device)
    return found.interface(interface).port.index


def status(lab: GeneratedLab, device: str, interface: str) -> tuple[int, int]:
    """(ifAdminStatus, ifOperStatus)."""
    index = index_of(lab, device, interface)
    answer = ask(lab.device(device).agent, pdu.GET, [f"{IF_TABLE}.7.{index}", f"{IF_TABLE}.8.{index}"])
    return number(answer.varbinds[0][2]), number(answer.varbinds[1][2])
