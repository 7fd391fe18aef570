"""The crawl's frontier: where neighbours lead, what is left out, and that the order of answers does not matter."""

from __future__ import annotations

import ipaddress
from itertools import permutations

import pytest

from nms.network_management.discovery.frontier import Frontier, Wave
from nms.network_management.discovery.targets import Scope, parse_target
from nms.network_management.discovery.tests.builders import lldp_neighbor, profile

SCOPE = Scope(
    [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
)
MAC = "02:00:00:00:00:0"


def frontier(*swept: str, max_addresses: int = 1000, known: dict[str, str] | None = None) -> Frontier:
    ranges = tuple(parse_target(text) for text in swept)
    return Frontier(swept=ranges, scope=SCOPE, port=161, max_addresses=max_addresses, known=known)


def test_neighbours_are_followed_by_their_management_addresses() -> None:
    crawl = frontier("10.0.0.1")
    crawl.add(profile("r1", lldp_neighbor("r2", "10.0.0.2"), lldp_neighbor("r10", "10.0.0.10")), address="10.0.0.1")
    assert crawl.next_wave().addresses == ("10.0.0.2", "10.0.0.10")
    assert crawl.next_wave() == Wave((), (), ())


def test_what_was_swept_or_followed_is_not_asked_again() -> None:
    crawl = frontier("10.0.0.0/24")
    crawl.add(profile("r1", lldp_neighbor("r2", "10.0.0.2"), lldp_neighbor("r3", "10.0.1.3")), address="10.0.0.1")
    assert crawl.next_wave().addresses == ("10.0.1.3",)
    crawl.add(profile("r3", lldp_neighbor("r1", "10.0.0.1"), lldp_neighbor("r3", "10.0.1.3")), address="10.0.1.3")
    assert crawl.next_wave().addresses == ()


def test_a_box_known_by_its_chassis_is_not_asked_at_its_other_addresses() -> None:
    crawl = frontier("10.0.0.1")
    crawl.add(profile("r1", chassis=MAC + "1"), address="10.0.0.1")
    crawl.add(profile("r2", lldp_neighbor("r1", "10.9.9.9", chassis=MAC + "1")), address="10.0.0.2")
    assert crawl.next_wave().addresses == ()


def test_a_neighbour_outside_the_allowed_ranges_is_skipped_and_said_so_once() -> None:
    crawl = frontier("10.0.0.1")
    for _ in range(2):
        crawl.add(profile("r1", lldp_neighbor("isp", "203.0.113.9")), address="10.0.0.1")
    wave = crawl.next_wave()
    assert wave.addresses == ()
    (problem,) = wave.problems
    assert (problem.kind, problem.address) == ("outside_ranges", "203.0.113.9")
    assert "isp" in problem.message
    assert "r1 (10.0.0.1)" in problem.message


def test_a_neighbour_with_one_address_inside_is_asked_there_alone() -> None:
    crawl = frontier("10.0.0.1")
    crawl.add(profile("r1", lldp_neighbor("edge", "203.0.113.9", "10.0.0.9")), address="10.0.0.1")
    wave = crawl.next_wave()
    assert (wave.addresses, wave.problems) == (("10.0.0.9",), ())


def test_without_management_address_the_arp_tables_of_all_devices_are_searched_for_chassis_and_port() -> None:
    crawl = frontier("10.0.0.1", "10.0.0.2")
    silent_chassis = lldp_neighbor("sw1", chassis=MAC + "5")
    silent_port = lldp_neighbor("sw2", chassis=MAC + "6", port_mac=MAC + "7")
    crawl.add(profile("r1", silent_chassis, silent_port), address="10.0.0.1")
    crawl.add(profile("r2", arp={"10.0.0.5": MAC + "5", "10.0.0.7": MAC + "7"}), address="10.0.0.2")
    assert crawl.next_wave().addresses == ("10.0.0.5", "10.0.0.7")


def test_a_neighbour_known_from_an_earlier_discovery_is_asked_where_it_was_then() -> None:
    crawl = frontier("10.0.0.1", known={MAC + "8": "10.0.0.8"})
    crawl.add(profile("r1", lldp_neighbor("sw1", chassis=MAC + "8")), address="10.0.0.1")
    assert crawl.next_wave().addresses == ("10.0.0.8",)


def test_a_neighbour_nobody_knows_an_address_of_is_reported() -> None:
    crawl = frontier("10.0.0.1")
    crawl.add(profile("r1", lldp_neighbor("phone", chassis=MAC + "8")), address="10.0.0.1")
    (problem,) = crawl.next_wave().problems
    assert problem.kind == "no_address"
    assert "phone" in problem.message


@pytest.mark.parametrize("useless", ["127.0.0.1", "0.0.0.0", "224.0.0.5", "fe80::1", "not an address"])
def test_an_announced_address_that_leads_nowhere_is_no_address(useless: str) -> None:
    crawl = frontier("10.0.0.1")
    crawl.add(profile("r1", lldp_neighbor("r2", useless)), address="10.0.0.1")
    assert crawl.next_wave().addresses == ()


def test_loopback_addresses_lead_on_where_the_network_lives_on_loopback() -> None:
    crawl = frontier("127.0.0.1")
    crawl.add(profile("r1", lldp_neighbor("r2", "127.0.0.2")), address="127.0.0.1")
    assert crawl.next_wave().addresses == ("127.0.0.2",)


def test_a_box_that_answers_at_one_of_its_addresses_excuses_the_others() -> None:
    crawl = frontier("10.0.0.1")
    crawl.add(profile("r1", lldp_neighbor("r2", "10.0.0.2", "fd00::2")), address="10.0.0.1")
    wave = crawl.next_wave()
    assert wave.excused(["10.0.0.2"]) == {"fd00::2"}
    assert wave.excused([]) == frozenset()


def test_a_crawl_stops_at_the_limit_of_addresses_and_says_so() -> None:
    crawl = frontier("10.0.0.1", max_addresses=3)
    crawl.add(profile("r1", *(lldp_neighbor(f"n{host}", f"10.0.1.{host}") for host in range(1, 6))), address="10.0.0.1")
    wave = crawl.next_wave()
    assert len(wave.addresses) == 2
    assert len(wave.problems) == 1
    assert "NMS_DISCOVERY_MAX_ADDRESSES" in wave.problems[0].message


def test_the_next_wave_is_the_same_in_whatever_order_devices_answered() -> None:
    heard = [
        ("10.0.0.1", profile("r1", lldp_neighbor("r9", "10.0.0.9"), lldp_neighbor("sw", chassis=MAC + "5"))),
        ("10.0.0.2", profile("r2", lldp_neighbor("r9", "10.0.0.9", "10.0.0.10"), arp={"10.0.0.50": MAC + "5"})),
        ("10.0.0.3", profile("r3", lldp_neighbor("isp", "203.0.113.9"), arp={"10.0.0.5": MAC + "5"})),
        ("10.0.0.4", profile("r4", lldp_neighbor("isp", "203.0.113.9"), chassis=MAC + "4")),
    ]
    waves = set()
    for order in permutations(heard):
        crawl = frontier(*(address for address, _ in heard))
        for address, said in order:
            crawl.add(said, address=address)
        waves.add(crawl.next_wave())
    assert len(waves) == 1
    assert waves.pop().addresses == ("10.0.0.5", "10.0.0.9", "10.0.0.10")
