from __future__ import annotations

from pathlib import Path

import pytest

from api_clients.network.snmp.simulator import load_snmprec, parse_oid
from api_clients.network.snmp.wire import ber

EXAMPLE = b"""\
1.3.6.1.2.1.1.5.0|4|caf\xc3\xa9 | bar
1.3.6.1.2.1.1.2.0|6|.1.3.6.1.4.1.9.1.1
1.3.6.1.2.1.1.3.0|67|4294967295
# a comment
1.3.6.1.2.1.2.2.1.6.1|4x|001122AABBCC\r
1.3.6.1.2.1.2.2.1.6.2|4x|
1.3.6.1.2.1.2.2.1.5.1|66|1000000000
1.3.6.1.2.1.2.2.1.8.1|2|-1
1.3.6.1.2.1.2.2.1.8.2|2|
1.3.6.1.2.1.2.2.1.9.1|65|many
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.4.20.1.1.10.0.0.1|64|10.0.0.1
1.3.6.1.2.1.4.20.1.1.10.0.0.2|64x|0a000002
1.3.6.1.9.1|5|
no line at all
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / "switch.snmprec"
    path.write_bytes(EXAMPLE)
    return path


def test_every_tag_is_encoded_as_its_type(example: Path) -> None:
    objects = load_snmprec(example).objects
    assert objects == {
        parse_oid("1.3.6.1.2.1.1.5.0"): ber.octets("caf\u00e9 | bar"),
        parse_oid("1.3.6.1.2.1.1.2.0"): ber.object_identifier("1.3.6.1.4.1.9.1.1"),
        parse_oid("1.3.6.1.2.1.1.3.0"): ber.time_ticks(4294967295),
        parse_oid("1.3.6.1.2.1.2.2.1.6.1"): ber.octets(bytes.fromhex("001122aabbcc")),
        parse_oid("1.3.6.1.2.1.2.2.1.6.2"): ber.octets(b""),
        parse_oid("1.3.6.1.2.1.2.2.1.5.1"): ber.gauge32(1000000000),
        parse_oid("1.3.6.1.2.1.2.2.1.8.1"): ber.integer(-1),
        parse_oid("1.3.6.1.2.1.31.1.1.1.6.1"): ber.counter64(2**64 - 1),
        parse_oid("1.3.6.1.2.1.4.20.1.1.10.0.0.1"): ber.ip_address("10.0.0.1"),
        parse_oid("1.3.6.1.2.1.4.20.1.1.10.0.0.2"): ber.ip_address("10.0.0.2"),
        parse_oid("1.3.6.1.9.1"): ber.null(),
    }


def test_lines_without_a_value_are_left_out_and_counted(example: Path) -> None:
    recording = load_snmprec(example)
    assert recording.name == "switch"
    assert [number for number, _ in recording.skipped] == [9, 10, 15]


def test_a_file_of_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.snmprec"
    path.write_text("\n")
    with pytest.raises(ValueError, match=r"empty\.snmprec"):
        load_snmprec(path)
