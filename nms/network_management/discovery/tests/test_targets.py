"""Targets: what is accepted, what it covers, and what is refused with which words."""

from __future__ import annotations

import ipaddress

import pytest

from nms.network_management.discovery.targets import (
    AddressRange,
    Scope,
    TargetInvalid,
    check_targets,
    merge,
    parse_target,
)

PRIVATE = Scope([ipaddress.ip_network(text) for text in ("10.0.0.0/8", "192.168.0.0/16", "fc00::/7")])


def addresses(text: str) -> list[str]:
    return [str(address) for address in parse_target(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.0/30", ["10.0.0.1", "10.0.0.2"]),
        ("10.0.0.1/30", ["10.0.0.1", "10.0.0.2"]),
        ("10.0.0.0/31", ["10.0.0.0", "10.0.0.1"]),
        ("10.0.0.7/32", ["10.0.0.7"]),
        ("10.0.0.7", ["10.0.0.7"]),
        (" 10.0.0.7 ", ["10.0.0.7"]),
        ("10.0.0.254-10.0.1.1", ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
        ("10.0.0.3-5", ["10.0.0.3", "10.0.0.4", "10.0.0.5"]),
        ("fd00::/126", ["fd00::1", "fd00::2", "fd00::3"]),
        ("fd00::/127", ["fd00::", "fd00::1"]),
        ("FD00:0::1", ["fd00::1"]),
        ("::ffff:10.0.0.1", ["10.0.0.1"]),
    ],
)
def test_a_target_stands_for_its_host_addresses(text: str, expected: list[str]) -> None:
    assert addresses(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "router1",
        "10.0.0",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "300.1.1.1",
        "10.0.0.1-",
        "10.0.0.9-3",
        "10.0.0.1-fd00::1",
        "10.0.0.1-999",
        "224.0.0.1",
        "224.0.0.0/24",
        "0.0.0.0",
        "255.255.255.255",
        "fe80::1%eth0",
        "10.0.0.1/24/24",
        "10.0.0.1; rm -rf /",
    ],
)
def test_what_is_no_target_is_refused_by_name(text: str) -> None:
    with pytest.raises(TargetInvalid) as refused:
        parse_target(text)
    assert text.split("-")[0] in str(refused.value)


def test_a_range_outside_the_settings_is_refused_with_both_ranges_named() -> None:
    with pytest.raises(TargetInvalid, match=r"11\.0\.0\.0/24 is outside .* 10\.0\.0\.0/8"):
        check_targets(["11.0.0.0/24"], scope=PRIVATE, max_addresses=1000)


def test_a_range_that_only_begins_inside_is_outside() -> None:
    with pytest.raises(TargetInvalid, match="outside"):
        check_targets(["10.255.255.0-11.0.0.1"], scope=PRIVATE, max_addresses=1000)


def test_adjoining_allowed_ranges_count_as_one() -> None:
    halves = Scope([ipaddress.ip_network("10.0.0.0/25"), ipaddress.ip_network("10.0.0.128/25")])
    assert check_targets(["10.0.0.0/24"], scope=halves, max_addresses=1000)


@pytest.mark.parametrize(("text", "size"), [("10.0.0.0/8", "16,777,214"), ("fd00::/64", "18,446,744,073,709,551,615")])
def test_a_range_too_big_is_refused_with_its_size(text: str, size: str) -> None:
    with pytest.raises(TargetInvalid, match=f"covers {size} addresses, more than the 65,536"):
        check_targets([text], scope=PRIVATE, max_addresses=65536)


def test_a_slash_16_is_within_the_usual_limit() -> None:
    (covered,) = check_targets(["10.1.0.0/16"], scope=PRIVATE, max_addresses=65536)
    assert covered.size == 65534


def test_many_small_ranges_are_refused_by_their_sum() -> None:
    with pytest.raises(TargetInvalid, match="together cover 762 addresses"):
        check_targets(["10.0.0.0/24", "10.0.2.0/24", "10.0.4.0/24"], scope=PRIVATE, max_addresses=500)


def test_duplicates_and_overlaps_are_looked_at_once() -> None:
    merged = check_targets(
        ["10.0.0.0/24", "10.0.0.7", "10.0.0.200-10.0.1.3", "10.0.0.0/24"], scope=PRIVATE, max_addresses=1000
    )
    assert [(str(part.first), str(part.last)) for part in merged] == [("10.0.0.1", "10.0.1.3")]


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(TargetInvalid) as refused:
        check_targets(["10.0.0.0/8", "8.8.8.8", "nonsense"], scope=PRIVATE, max_addresses=65536)
    assert len(str(refused.value).splitlines()) == 3


def test_merging_keeps_address_families_apart() -> None:
    one = AddressRange(ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("10.0.0.2"), "a")
    other = AddressRange(ipaddress.ip_address("::a00:3"), ipaddress.ip_address("::a00:4"), "b")
    assert merge([other, one]) == (one, other)
