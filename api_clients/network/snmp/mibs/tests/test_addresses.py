import pytest

from api_clients.network.snmp.mibs.addresses import (
    inet_addresses,
    ipv4_addresses,
    ipv6_addresses,
    merge,
    read_addresses,
)
from api_clients.network.snmp.recorded import RecordedSession
from api_clients.network.snmp.values import InterfaceAddress

V6 = "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1"
PREFIX = "1.3.6.1.2.1.4.32.1.5"


@pytest.mark.parametrize(
    ("index", "row", "expected"),
    [
        (
            "1.4.192.0.2.1",
            {3: 7, 4: 1, 5: f"{PREFIX}.7.1.4.192.0.2.0.24"},
            [InterfaceAddress(7, "192.0.2.1", 24)],
        ),
        (f"2.16.{V6}", {3: 2, 4: 1, 5: f"{PREFIX}.2.2.16.{V6}.64"}, [InterfaceAddress(2, "2001:db8::1", 64)]),
        (
            "4.20.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.9.0.0.0.2",
            {3: 2, 4: 1, 5: "0.0"},
            [InterfaceAddress(2, "fe80::9", None)],
        ),
        ("1.4.192.0.2.255", {3: 7, 4: 3}, []),  # broadcast
        ("1.4.192.0.2.1", {4: 1}, []),  # no interface
        ("1.4.127.0.0.1", {3: 1, 5: f"{PREFIX}.1.1.4.127.0.0.0.0"}, [InterfaceAddress(1, "127.0.0.1", None)]),
        (
            "3.8.192.0.2.9.0.0.0.7",  # ipv4z: zone index 7
            {3: 7, 4: 1, 5: f"{PREFIX}.7.3.8.192.0.2.0.0.0.0.7.24"},
            [InterfaceAddress(7, "192.0.2.9", 24)],
        ),
        ("16.1.2", {3: 1}, []),
    ],
)
def test_ip_address_table(index, row, expected):
    assert inet_addresses({index: row}) == expected


def test_ip_addr_table():
    table = {
        "10.0.0.1": {2: 3, 3: "255.255.255.0"},
        "10.0.0.2": {2: 3, 3: bytes([255, 255, 255, 252])},
        "10.0.0.3": {2: 4},
        "10.0.0": {2: 4},
        "10.0.0.4": {3: "255.0.0.0"},
    }
    assert ipv4_addresses(table) == [
        InterfaceAddress(3, "10.0.0.1", 24),
        InterfaceAddress(3, "10.0.0.2", 30),
        InterfaceAddress(4, "10.0.0.3", None),
    ]


def test_the_old_ipv6_table_with_and_without_a_length():
    assert ipv6_addresses({f"5.{V6}": {2: 64}, f"6.16.{V6}": {2: 48}, "5.1.2": {2: 1}}) == [
        InterfaceAddress(5, "2001:db8::1", 64),
        InterfaceAddress(6, "2001:db8::1", 48),
    ]


@pytest.mark.parametrize(("sent", "length"), [(128, 128), (0, None), (-1, None), (129, None), (70000, None)])
def test_an_impossible_prefix_length_is_not_known(sent, length):
    (found,) = ipv6_addresses({f"5.{V6}": {2: sent}})
    assert found.prefix_length == length


def test_a_known_prefix_length_beats_an_unknown_one_and_nothing_doubles():
    first, second = InterfaceAddress(1, "10.0.0.1", None), InterfaceAddress(1, "10.0.0.1", 24)
    assert merge([first, second, InterfaceAddress(1, "10.0.0.1", 16)]) == (second,)
    assert merge([second, first]) == (second,)


async def test_a_vendor_table_is_asked_only_where_the_standard_ones_know_no_ipv6():
    cisco = "1.3.6.1.4.1.9.1.1"
    table = "1.3.6.1.4.1.9.10.86.1.1.2.1"
    agent = RecordedSession(
        {
            "1.3.6.1.2.1.4.20.1.2.10.0.0.1": 3,
            "1.3.6.1.2.1.4.20.1.3.10.0.0.1": "255.255.255.0",
            f"{table}.3.2.16.{V6}": 3,
            f"{table}.5.2.16.{V6}": f"1.3.6.1.4.1.9.10.86.1.1.1.1.5.3.2.16.{V6}.64",
        }
    )
    both = (InterfaceAddress(3, "10.0.0.1", 24), InterfaceAddress(3, "2001:db8::1", 64))
    assert await read_addresses(agent, cisco) == both
    assert await read_addresses(agent, "1.3.6.1.4.1.2636.1") == both[:1]
