"""From evidence to links: every kind of chassis and port ID, and what must hold for any network."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.network_management.topology.links import merge_views, resolve
from nms.network_management.topology.values import FoundLink, Hearing, Node, Port

ids = count(1)


def find_links(nodes: list[Node], hearings: list[Hearing]) -> list[FoundLink]:
    """The links that `hearings` vouch for; unresolved hearings make none."""
    return merge_views(resolve(nodes, hearings))


def node(number: int, *, ports: int = 4, **values: object) -> Node:
    """Switch `number` has chassis MAC 00:00:<number>:00 and ports number*100+1...; port p is Gi0/p."""
    return replace(
        Node(
            id=number,
            name=f"sw{number}",
            chassis_subtype=4,
            chassis_id=f"aa:00:00:00:{number:02x}:00",
            serial=f"SER{number}",
            addresses={f"10.0.0.{number}": None, f"10.{number}.1.1": number * 100 + 1},
            ports=tuple(
                Port(
                    id=number * 100 + port,
                    if_index=port,
                    name=f"Gi0/{port}",
                    description=f"GigabitEthernet0/{port}",
                    alias=f"line {number}-{port}",
                    mac=f"aa:00:00:00:{number:02x}:{port:02x}",
                )
                for port in range(1, ports + 1)
            ),
        ),
        **values,  # type: ignore[arg-type]
    )


def hears(here: int, port: int, **values: object) -> Hearing:
    """Port `port` of switch `here` hears Gi0/1 of switch 2, unless `values` say otherwise."""
    heard = Hearing(
        id=next(ids),
        device_id=here,
        interface_id=here * 100 + port,
        protocol="lldp",
        chassis_subtype=4,
        chassis_id="aa:00:00:00:02:00",
        port_subtype=5,
        port_id="Gi0/1",
    )
    return replace(heard, **values)  # type: ignore[arg-type]


def lldp(here: int, port: int, there: int, there_port: int) -> Hearing:
    return hears(here, port, chassis_id=f"aa:00:00:00:{there:02x}:00", port_id=f"Gi0/{there_port}")


def cdp(here: int, port: int, device_id: str, port_id: str, **values: object) -> Hearing:
    named = {"protocol": "cdp", "chassis_subtype": None, "chassis_id": device_id, "port_subtype": None}
    return hears(here, port, **{**named, "port_id": port_id, **values})


def ends(links: list[FoundLink]) -> list[tuple[int, int]]:
    return [(link.a.interface_id, link.b.interface_id) for link in links]


SWITCHES = [node(1), node(2), node(3)]

IDENTIFIED = [
    ("the chassis MAC", {}),
    ("the MAC of an interface", {"chassis_id": "aa:00:00:00:02:03"}),
    ("the MAC in capitals", {"chassis_id": "AA:00:00:00:02:03"}),
    ("a network address", {"chassis_subtype": 5, "chassis_id": "10.0.0.2"}),
    ("a port component, announced so by the device", {"chassis_subtype": 1, "chassis_id": "shelf-9"}),
    ("an interface alias, announced so by the device", {"chassis_subtype": 2, "chassis_id": "uplink"}),
    ("an interface name, announced so by the device", {"chassis_subtype": 6, "chassis_id": "mgmt0"}),
    ("a locally assigned text, announced so by the device", {"chassis_subtype": 7, "chassis_id": "box"}),
    ("nothing that matches, but a management address", {"chassis_id": "ff", "management_addresses": ("10.0.0.2",)}),
]


@pytest.mark.parametrize(("what", "announced"), IDENTIFIED)
def test_a_neighbour_is_found_by_its_chassis_id_of_every_subtype(what: str, announced: dict[str, object]) -> None:
    second = node(2)
    if announced.get("chassis_subtype") in {1, 2, 6, 7}:
        second = node(2, **announced)
    assert ends(find_links([node(1), second, node(3)], [hears(1, 1, **announced)])) == [(101, 201)], what


PORTS = [
    ("interface name", 5, "Gi0/1", ""),
    ("interface name, given as ifDescr", 5, "GigabitEthernet0/1", ""),
    ("interface alias", 1, "line 2-1", ""),
    ("interface alias, given as ifName", 1, "Gi0/1", ""),
    ("MAC address", 3, "aa:00:00:00:02:01", ""),
    ("MAC address in capitals", 3, "AA:00:00:00:02:01", ""),
    ("network address", 4, "10.2.1.1", ""),
    ("local text that is the name", 7, "Gi0/1", ""),
    ("local text that is the ifIndex", 7, "1", ""),
    ("port component", 2, "Gi0/1", ""),
    ("agent circuit ID", 6, "Gi0/1", ""),
    ("unknown ID, the description tells", 7, "0x2f", "GigabitEthernet0/1"),
]


@pytest.mark.parametrize(("what", "subtype", "port_id", "description"), PORTS)
def test_a_port_is_found_by_its_id_of_every_subtype(what: str, subtype: int, port_id: str, description: str) -> None:
    heard = hears(1, 1, port_subtype=subtype, port_id=port_id, port_description=description)
    assert ends(find_links(SWITCHES, [heard])) == [(101, 201)], what


def test_what_a_device_announces_of_its_own_port_decides_before_any_guess() -> None:
    ports = node(2).ports
    told = (replace(ports[0], announced_subtype=7, announced_id="2"), *ports[1:])  # "2" is the ifIndex of another
    assert ends(find_links([node(1), replace(node(2), ports=told)], [hears(1, 1, port_subtype=7, port_id="2")])) == [
        (101, 201)
    ]


def test_ports_that_share_a_mac_are_told_apart_by_their_description() -> None:
    shared = tuple(replace(port, mac="aa:00:00:00:02:00") for port in node(2).ports)
    heard = hears(1, 1, port_subtype=3, port_id="aa:00:00:00:02:00", port_description="Gi0/3")
    assert ends(find_links([node(1), replace(node(2), ports=shared)], [heard])) == [(101, 203)]


CDP = [
    ("sw2", "GigabitEthernet0/1", ()),
    ("sw2.example.org", "GigabitEthernet0/1", ()),
    ("SW2", "Gi0/1", ()),
    ("SER2(sw-renamed)", "GigabitEthernet0/1", ()),
    ("renamed(SER2)", "GigabitEthernet0/1", ()),
    ("aa:00:00:00:02:01", "Gi0/1", ()),
    ("renamed", "Gi0/1", ("10.0.0.2",)),
]


@pytest.mark.parametrize(("device_id", "port_id", "addresses"), CDP)
def test_a_cdp_neighbour_is_found_by_its_device_id_and_port(
    device_id: str, port_id: str, addresses: tuple[str, ...]
) -> None:
    assert ends(find_links(SWITCHES, [cdp(1, 1, device_id, port_id, management_addresses=addresses)])) == [(101, 201)]


def test_a_name_alone_makes_no_link() -> None:
    assert find_links(SWITCHES, [cdp(1, 1, "sw2", "Ethernet9/9")]) == []
    assert find_links(SWITCHES, [hears(1, 1, chassis_subtype=7, chassis_id="sw2", system_name="sw2")]) == []


def test_devices_with_one_name_are_told_apart_by_their_addresses_or_not_at_all() -> None:
    twins = [node(1), node(2, name="switch"), node(3, name="switch")]
    assert find_links(twins, [cdp(1, 1, "switch", "Gi0/1")]) == []
    told = cdp(1, 1, "switch", "Gi0/1", management_addresses=("10.0.0.3",))
    assert ends(find_links(twins, [told])) == [(101, 301)]


def test_devices_with_one_chassis_id_are_told_apart_by_who_hears_whom() -> None:
    twins = [node(1), node(2), node(3, chassis_id="aa:00:00:00:02:00")]
    assert find_links(twins, [lldp(1, 1, 2, 1)]) == []
    assert ends(find_links(twins, [lldp(1, 1, 2, 1), lldp(3, 1, 1, 1)])) == [(101, 301)]


def test_both_views_and_both_protocols_fall_together() -> None:
    views = [lldp(1, 1, 2, 1), lldp(2, 1, 1, 1), cdp(1, 1, "sw2", "Gi0/1"), cdp(2, 1, "sw1", "GigabitEthernet0/1")]
    (link,) = find_links(SWITCHES, views)
    assert link.protocols == ("cdp", "lldp")
    assert link.hearings == {views[0].id: True, views[1].id: False, views[2].id: True, views[3].id: False}


def test_one_view_is_enough() -> None:
    assert ends(find_links(SWITCHES, [lldp(2, 3, 1, 4)])) == [(104, 203)]


def test_parallel_links_stay_apart() -> None:
    views = [lldp(1, 1, 2, 1), lldp(1, 2, 2, 2), lldp(2, 2, 1, 2)]
    assert ends(find_links(SWITCHES, views)) == [(101, 201), (102, 202)]


def test_an_unknown_neighbour_makes_no_link() -> None:
    assert find_links(SWITCHES, [hears(1, 1, chassis_id="ff:00:00:00:00:01", system_name="sw2")]) == []


def test_a_far_port_that_is_unknown_leaves_that_end_open() -> None:
    (link,) = find_links(SWITCHES, [hears(1, 1, port_id="eth99")])
    assert (link.a.interface_id, link.b.device_id, link.b.interface_id, link.b.port) == (101, 2, 0, "eth99")


def test_a_view_that_cannot_name_the_far_port_joins_the_one_that_can() -> None:
    views = [hears(1, 1, port_id="eth99"), lldp(2, 3, 1, 1)]
    (link,) = find_links(SWITCHES, views)
    assert (link.a.interface_id, link.b.interface_id, len(link.hearings)) == (101, 203, 2)


def test_two_views_that_cannot_name_the_far_port_are_of_one_cable() -> None:
    one, other = hears(1, 1, port_id="eth99"), hears(2, 3, chassis_id="aa:00:00:00:01:00", port_id="eth98")
    assert ends(find_links(SWITCHES, [one, other])) == [(101, 203)]


def test_of_several_open_views_between_two_devices_none_is_guessed_together() -> None:
    views = [
        hears(1, 1, port_id="x1"),
        hears(1, 2, port_id="x2"),
        hears(2, 3, chassis_id="aa:00:00:00:01:00", port_id="y"),
    ]
    assert len(find_links(SWITCHES, views)) == 3


def test_lldp_and_cdp_with_two_names_of_an_unknown_port_are_of_one_cable() -> None:
    views = [hears(1, 1, port_id="x"), cdp(1, 1, "whatever(SER2)", "eth-x")]
    (link,) = find_links(SWITCHES, views)
    assert link.protocols == ("cdp", "lldp")


def test_a_port_behind_an_unmanaged_switch_has_a_link_to_each_it_hears() -> None:
    assert ends(find_links(SWITCHES, [lldp(1, 1, 2, 1), lldp(1, 1, 3, 1)])) == [(101, 201), (101, 301)]


def test_a_port_that_hears_itself_makes_no_link_and_a_cable_back_into_the_device_does() -> None:
    assert find_links(SWITCHES, [lldp(1, 1, 1, 1)]) == []
    (link,) = find_links(SWITCHES, [lldp(1, 1, 1, 2), lldp(1, 2, 1, 1)])
    assert (link.a.interface_id, link.b.interface_id, sorted(link.hearings.values())) == (101, 102, [False, True])


cables = st.sets(
    st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 5), st.integers(1, 6)).filter(lambda c: c[0] < c[2]),
    max_size=8,
).filter(lambda found: len({end for c in found for end in (c[:2], c[2:])}) == 2 * len(found))


@given(cables, st.data())
def test_any_network_is_found_whole_whatever_subset_of_views_exists_in_whatever_order(
    network: set[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    switches = [node(number, ports=6) for number in range(1, 6)]
    views = []
    for a, a_port, b, b_port in network:
        both = [lldp(a, a_port, b, b_port), lldp(b, b_port, a, a_port)]
        views += data.draw(st.sampled_from([both, both[:1], both[1:]]))
    views = data.draw(st.permutations(views))
    expected = sorted((a * 100 + a_port, b * 100 + b_port) for a, a_port, b, b_port in network)
    links = find_links(switches, views)
    assert ends(links) == expected
    assert sorted(hearing for link in links for hearing in link.hearings) == sorted(view.id for view in views)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(0, 3), st.integers(0, 5)), max_size=10))
def test_whatever_is_heard_each_hearing_vouches_for_one_link_at_most(raw: list[tuple[int, int, int, int]]) -> None:
    views = [lldp(*numbers) for numbers in raw]
    found = [hearing for link in find_links(SWITCHES, views) for hearing in link.hearings]
    assert len(found) == len(set(found))
    assert set(found) <= {view.id for view in views}
