"""Hosts to look at, inside what is allowed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import pytest

from common.domain.hosts import Host, HostsInvalid, hosts_of

ALLOWED = [ipaddress.ip_network("10.0.0.0/16"), ipaddress.ip_network("fd00::/8")]
NAMES = {"inside.example.org": ["10.0.0.7"], "outside.example.org": ["192.0.2.1"], "both": ["10.0.0.8", "192.0.2.1"]}


def resolve(name: str) -> Sequence[str]:
    if name not in NAMES:
        raise OSError("unknown")
    return NAMES[name]


def hosts(*entries: str, most: int = 1024) -> list[tuple[str, str]]:
    return [(str(one.address), one.name) for one in hosts_of(entries, allowed=ALLOWED, most=most, resolve=resolve)]


def test_names_are_checked_by_their_form_without_anybody_who_knows_them() -> None:
    assert hosts_of(["nobody.example.org", "10.0.0.5"], allowed=ALLOWED, most=9, resolve=None) == [
        Host(ipaddress.ip_address("10.0.0.5"))
    ]
    with pytest.raises(HostsInvalid, match="is no name of a host"):
        hosts_of(["nobody..x"], allowed=ALLOWED, most=9, resolve=None)


@pytest.mark.parametrize(
    ("entry", "addresses"),
    [
        ("10.0.0.5", ["10.0.0.5"]),
        (" 10.0.0.5 ", ["10.0.0.5"]),
        ("10.0.0.4/30", ["10.0.0.5", "10.0.0.6"]),
        ("10.0.0.5/32", ["10.0.0.5"]),
        ("10.0.0.4/31", ["10.0.0.4", "10.0.0.5"]),
        ("10.0.0.5-7", ["10.0.0.5", "10.0.0.6", "10.0.0.7"]),
        ("10.0.0.255-10.0.1.0", ["10.0.0.255", "10.0.1.0"]),
        ("fd00::1-fd00::2", ["fd00::1", "fd00::2"]),
        ("inside.example.org", ["10.0.0.7"]),
    ],
)
def test_addresses_networks_ranges_and_names(entry: str, addresses: list[str]) -> None:
    assert [address for address, _ in hosts(entry)] == addresses


def test_each_host_once_and_a_name_stays_one() -> None:
    assert hosts("inside.example.org", "10.0.0.7", "10.0.0.6-8") == [
        ("10.0.0.7", "inside.example.org"),
        ("10.0.0.6", ""),
        ("10.0.0.8", ""),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        *("", "10.0.0", "10.0.0.5/8", "10.0.0.9-5", "10.0.0.5-fd00::1", "10.0.0.5-300", "10.0.0.5:9090", "0.0.0.0"),
        *("192.0.2.1", "10.0.0.0/8", "10.0.255.255-10.1.0.0", "outside.example.org", "both", "nobody", "a b", "../x"),
        *("224.0.0.1", "::ffff:192.0.2.1", "10.0.0.0/16", "http://10.0.0.1", "-x", "a..b"),
    ],
)
def test_what_is_no_host_or_not_allowed_or_too_much_is_refused_by_its_index(entry: str) -> None:
    with pytest.raises(HostsInvalid) as refused:
        hosts("10.0.0.1", entry)
    assert refused.value.index == 1


def test_all_together_may_not_be_too_many() -> None:
    with pytest.raises(HostsInvalid, match="more than 3 hosts"):
        hosts("10.0.0.1", "10.0.0.2-4", most=3)
