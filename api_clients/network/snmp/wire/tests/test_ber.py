from __future__ import annotations

import pytest

from api_clients.network.snmp.wire import ber


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "020100"),
        (127, "02017f"),
        (128, "02020080"),
        (-1, "0201ff"),
        (-128, "020180"),
        (-129, "0202ff7f"),
        (2147483647, "02047fffffff"),
        (-2147483648, "020480000000"),
    ],
)
def test_integers_take_the_fewest_octets_that_keep_the_sign(value: int, encoded: str) -> None:
    assert ber.integer(value).hex() == encoded


def test_a_counter_of_sixty_four_bits_needs_nine_octets_at_its_top() -> None:
    assert ber.counter64(2**64 - 1).hex() == "460900ffffffffffffffff"


def test_counters_wrap_and_gauges_latch() -> None:
    assert ber.counter32(2**32 + 5) == ber.counter32(5)
    assert ber.gauge32(2**40) == ber.gauge32(2**32 - 1)


@pytest.mark.parametrize(
    ("dotted", "content"),
    [
        ("1.3.6.1.2.1.1.5.0", "2b06010201010500"),
        ("1.3.6.1.4.1.30065.1.3011", "2b0601040181ea7101" + "9743"),
        ("0.0", "00"),
        ("2.999.3", "883703"),
        ("1.3.4294967295", "2b8fffffff7f"),
        ("1.0.8802.1.1.2", "28c462010102"),
    ],
)
def test_object_identifiers_survive_the_way_there_and_back(dotted: str, content: str) -> None:
    oid = ber.parse_oid(dotted)
    assert ber.oid_content(oid).hex() == content
    assert ber.parse_oid_content(bytes.fromhex(content)) == oid
    assert ber.parse_oid("." + dotted) == oid


@pytest.mark.parametrize(
    "dotted", ["", "1", "1.", "a.b", "3.1", "1.40", "1.3.-1", "1.3.4294967296", "1.3" + ".1" * 127]
)
def test_what_is_no_object_identifier_is_refused(dotted: str) -> None:
    with pytest.raises(ber.BerError):
        ber.parse_oid(dotted)


@pytest.mark.parametrize("content", ["", "2b86", "2b" + "01" * 128, "2b908080808000"])
def test_oid_octets_that_break_the_rules_are_refused(content: str) -> None:
    with pytest.raises(ber.BerError):
        ber.parse_oid_content(bytes.fromhex(content))


@pytest.mark.parametrize("data", ["", "30", "3080", "3005", "3085000000000000", "308203e8"])
def test_lengths_that_reach_past_the_data_are_refused(data: str) -> None:
    with pytest.raises(ber.BerError):
        ber.header(bytes.fromhex(data), 0)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65000])
def test_values_of_every_length_can_be_read_back(size: int) -> None:
    encoded = ber.octets(b"x" * size)
    assert ber.read_octets(encoded, 0) == (b"x" * size, len(encoded))
