"""Values as agents send them, broken ones included, and what is made of them."""

import pytest

from api_clients.network.snmp.mibs import decoding


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"GigabitEthernet0/1", "GigabitEthernet0/1"),
        (b"core\x00\x00", "core"),
        ("Zürich".encode(), "Zürich"),
        (b"Z\xfcrich", "Zürich"),
        (b"one\r\ntwo\rthree", "one\ntwo\nthree"),
        (b"\x01\x02\x7f bell\x07 ", "bell"),
        (b"\xff\xfe\xfd", "ÿþý"),
        (None, ""),
        (7, "7"),
    ],
)
def test_text_is_decoded_whatever_the_agent_sent(value, expected):
    assert decoding.text(value) == expected


def test_a_name_stays_on_one_line():
    assert decoding.line(b"uplink\n\tto\tcore\r\n") == "uplink to core"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (bytes.fromhex("001122aabbcc"), "00:11:22:aa:bb:cc"),
        (b"0:11:22:AA:BB:CC", "00:11:22:aa:bb:cc"),
        (b"00 11 22 AA BB CC ", "00:11:22:aa:bb:cc"),
        (b"00-11-22-aa-bb-cc", "00:11:22:aa:bb:cc"),
        (b"0011.22AA.BBCC", "00:11:22:aa:bb:cc"),
        (b"001122AABBCC", "00:11:22:aa:bb:cc"),
        (bytes(6), None),
        (b"", None),
        (b"nonsense", None),
        (bytes(20), None),
        ("00:11:22:aa:bb:cc", None),  # an OID or address is no octet string
        (None, None),
    ],
)
def test_a_mac_address_is_six_octets_or_their_printed_form(value, expected):
    assert decoding.mac(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(5, 5), (b" 42 ", 42), (b"-3", -3), (b"4.5", None), (b"9" * 5000, None), (None, None)]
)
def test_numbers_may_come_as_text(value, expected):
    assert decoding.integer(value) == expected


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ("1.4.192.0.2.1", ("192.0.2.1", 6)),
        ("1.192.0.2.1", ("192.0.2.1", 5)),  # without the length
        ("2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1", ("2001:db8::1", 18)),
        ("4.20.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.3", ("fe80::1", 22)),  # zone index 3
        ("3.8.10.0.0.1.0.0.0.9", ("10.0.0.1", 10)),
        ("16.3.97.98.99", None),  # dns
        ("1.4.192.0", None),
        ("1.4.192.0.2.999", None),
        ("", None),
    ],
)
def test_an_inet_address_in_an_index(index, expected):
    assert decoding.inet_address(decoding.arcs(index)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (bytes([192, 0, 2, 1]), "192.0.2.1"),
        (b"1::1", "49.58.58.49"),  # four octets are an address, whatever they look like
        (b"10.0.0.1", "10.0.0.1"),  # eight characters, no zone index
        (b"2001:db8::1:2:3a", "2001:db8::1:2:3a"),  # sixteen
        (b"2001:db8:0:1::1:2:3a", "2001:db8:0:1:0:1:2:3a"),  # twenty
        (bytes(15) + b"\x01", "::1"),
        (bytes([10, 0, 0, 1, 0, 0, 0, 7]), None),
        (b"", None),
        (b"nowhere", None),
        (7, None),
        (None, None),
    ],
)
def test_an_address_as_a_value(value, expected):
    assert decoding.address_value(value) == expected


@pytest.mark.parametrize(
    ("mask", "length"),
    [("255.255.255.0", 24), ("255.255.255.255", 32), ("0.0.0.0", 0), ("255.0.255.0", None), (None, None), ("x", None)],
)
def test_a_netmask_becomes_a_prefix_length(mask, length):
    assert decoding.prefix_length(mask) == length


def test_bits_count_from_the_highest_bit_of_the_first_octet():
    names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
    assert decoding.bits(b"\x28\x80", names) == ("c", "e", "i")
    assert decoding.bits(b"28 80", names) == ("c", "e", "i")
    assert decoding.bits(b"", names) == ()
    assert decoding.bits(None, names) == ()
