"""What is made of the lines of an EVE log, and what a search finds in them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_clients.domain.errors import InvalidRequest
from api_clients.security.suricata.client import SuricataClient
from api_clients.security.suricata.eve.decoding import decode
from api_clients.security.suricata.files import SuricataOptions
from api_clients.security.suricata.simulator import make_simulator
from api_clients.tests.connected import client_at, client_of
from api_clients.tests.contracts import contract_file

LINE = b'{"timestamp":"2026-11-20T18:25:03.000300+0100","event_type":"flow","flow_id":7,"src_ip":"203.0.113.9"'


def client_for(eve: Path, **options: object) -> SuricataClient:
    checked = SuricataOptions(eve_file=eve, rules_folder=eve.parent, **options)
    return client_at(SuricataClient, f"unix://{eve.parent}/no-socket", options=checked)


def alert(at: datetime, sid: int, *, severity: int = 1, src: str = "203.0.113.9", **more: object) -> bytes:
    document = {
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f%z"),
        "event_type": "alert",
        "src_ip": src,
        "dest_ip": "192.0.2.10",
        "proto": "TCP",
        "alert": {"signature_id": sid, "gid": 1, "rev": 1, "severity": severity, "signature": f"Rule {sid}", **more},
    }
    return json.dumps(document).encode() + b"\n"


def test_every_record_of_a_real_log_is_an_event() -> None:
    sample = contract_file("suricata/eve-sample.jsonl")
    client = client_for(sample)
    page = client.events(limit=10_000)
    assert (len(page.events), page.skipped, page.at_end) == (1_000, 0, True)
    assert {event.type for event in page.events} >= {"flow", "netflow", "http", "fileinfo", "stats", "dhcp", "alert"}
    assert all(event.timestamp is not None for event in page.events)
    (found,) = client.alerts(severities=[1]).alerts
    assert (found.signature_id, found.signature) == (2019739, "ET TROJAN W32/AlienSpy RAT Checkin")
    assert client.alerts(severities=[2, 3]).alerts == ()
    assert len(client.search(types=["dhcp"]).events) == 1


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        (LINE + b"}", "flow_id", 7),
        (b"<128>Jan 11 09:57:56 dev-box suricata[3282]: " + LINE + b"}", "flow_id", 7),
        (LINE + b"}\r", "flow_id", 7),
        (LINE + b',"dest_ip":"\xff\xfe"}', "dest_ip", "\ufffd\ufffd"),
        (LINE + b',"flow_id":8}', "flow_id", 8),
        (LINE + b',"flow_id":123456789012345678901234567890}', "src_ip", "203.0.113.9"),
        (LINE + b',"x":1e999,"y":NaN,"z":-Infinity}', "flow_id", 7),
        (LINE + b',"src_port":"ssh"}', "src_port", None),
        (LINE + b',"proto":null}', "proto", ""),
        (LINE + b',"timestamp":"yesterday"}', "timestamp", None),
        (LINE + b',"timestamp":"2026-11-20T18:25:03"}', "timestamp", None),
        (LINE[:60] + LINE + b"}", "flow_id", 7),
    ],
)
def test_what_real_logs_hold_is_taken(line: bytes, field: str, value: object) -> None:
    event = decode(line)
    assert event is not None
    assert event.type == "flow"
    assert getattr(event, field) == value
    json.dumps(event.data, allow_nan=False)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        LINE,
        b"[1]",
        b"null",
        b'{"timestamp":"2026-11-20T18:25:03+0000"}',
        b'{"event_type":3}',
        b'{"event_type":"flow"',
        b'{"a":' * 100_000,
        b'{"event_type":"x","n":' + b"9" * 5_000 + b"}garbage",
        b"\x00" * 100,
    ],
)
def test_what_holds_no_event_is_none(line: bytes) -> None:
    assert decode(line) is None


@given(st.binary(max_size=200))
def test_no_bytes_are_too_much(line: bytes) -> None:
    decode(line)
    decode(b'{"event_type":"x"' + line)


def test_lines_without_an_event_are_counted_and_passed(tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    eve.write_bytes(b"cut off\n\n" + LINE + b"}\n" + b"\x00" * 50 + b"\n" + LINE + b"}\n")
    page = client_for(eve).events()
    assert (len(page.events), page.skipped) == (2, 2)


def test_a_line_beyond_every_record_is_passed_over(tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    eve.write_bytes(LINE + b',"x":"' + b"a" * 3_000_000 + b'"}\n' + LINE + b"}\n")
    client = client_for(eve)
    position, found = "start", 0
    for _ in range(6):
        page = client.events(position=position, limit=5)
        found, position = found + len(page.events), page.position
    assert (found, page.at_end) == (1, True)
    assert len(client.search().events) >= 1


NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.fixture
def searched(tmp_path: Path) -> SuricataClient:
    """Alerts of an hour, one a minute, over three files."""
    for name, minutes in (("eve.json.2", range(20)), ("eve.json.1", range(20, 40)), ("eve.json", range(40, 60))):
        (tmp_path / name).write_bytes(
            b"".join(
                alert(NOW + timedelta(minutes=minute), 1000 + minute, severity=1 + minute % 3, src=f"10.0.{minute}.1")
                for minute in minutes
            )
        )
        moment = (NOW + timedelta(minutes=max(minutes))).timestamp()
        os.utime(tmp_path / name, (moment, moment))
    return client_for(tmp_path / "eve.json")


def sids(found: object) -> list[int]:
    return [item.signature_id for item in found.alerts]


def test_alerts_come_newest_first_through_all_files(searched: SuricataClient) -> None:
    found = searched.alerts(limit=1000)
    assert sids(found) == [1000 + minute for minute in range(59, -1, -1)]
    assert (found.is_complete, found.oldest) == (True, NOW)


def test_alerts_are_chosen_by_severity_time_address_and_signature(searched: SuricataClient) -> None:
    assert sids(searched.alerts(severities=[1], limit=2)) == [1057, 1054]
    since, until = NOW + timedelta(minutes=30), NOW + timedelta(minutes=32)
    assert sids(searched.alerts(since=since, until=until)) == [1031, 1030]
    assert sids(searched.alerts(address="10.0.3.0/24")) == [1003]
    assert sids(searched.alerts(signature="1007")) == [1007]
    assert sids(searched.alerts(signature="rule 101", limit=3)) == [1019, 1018, 1017]


@pytest.mark.parametrize("text", ["BÜRO", "büro", "Büro/ß"])
def test_a_text_beyond_ascii_is_found_in_upper_and_lower_case(tmp_path: Path, text: str) -> None:
    eve = tmp_path / "eve.json"
    eve.write_bytes(LINE + b"}\n" + LINE + ',"host":"BÜRO/ß"}\n'.encode() + LINE + b',"host":"\xff"}\n')
    (event,) = client_for(eve).search(text=text).events
    assert event.data["host"] == "BÜRO/ß"


def test_a_search_that_the_limit_ends_says_how_far_it_came(searched: SuricataClient) -> None:
    found = searched.alerts(limit=30)
    assert (len(found.alerts), found.is_complete) == (30, False)
    assert found.oldest == NOW + timedelta(minutes=30)


def test_a_search_is_bounded_in_bytes(tmp_path: Path) -> None:
    eve = tmp_path / "eve.json"
    eve.write_bytes(b"".join(alert(NOW + timedelta(seconds=item), item) for item in range(60_000)))
    found = client_for(eve, search_bytes=64 * 1024).search(signature="no such rule")
    assert found.events == ()
    assert not found.is_complete
    assert found.scanned_bytes <= 4 * 1024 * 1024


def test_search_takes_src_dest_types_and_text(searched: SuricataClient) -> None:
    assert len(searched.search(src="10.0.5.1").events) == 1
    assert searched.search(dest="10.0.5.1").events == ()
    assert len(searched.search(dest="192.0.2.0/24", limit=1000).events) == 60
    assert searched.search(types=["dns"]).events == ()
    assert len(searched.search(text='"SIGNATURE": "rule 1005"').events) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"src": "nowhere"},
        {"limit": 0},
        {"since": datetime(2026, 1, 1)},
        {"since": NOW, "until": NOW},
        {"text": "x" * 501},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(searched: SuricataClient, arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        searched.search(**arguments)


def test_active_alerts_are_those_of_the_window_one_for_each_rule_and_pair(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    eve = tmp_path / "eve.json"
    eve.write_bytes(
        alert(now - timedelta(hours=1), 1)
        + alert(now - timedelta(minutes=3), 2, severity=3)
        + alert(now - timedelta(minutes=2), 3, metadata={"signature_severity": ["Critical"]})
        + alert(now - timedelta(minutes=1), 2, severity=3)
        + alert(now, 2, severity=3, src="203.0.113.77")
    )
    found = client_for(eve).active_alerts()
    assert [(item.id, item.severity, item.labels["count"]) for item in found] == [
        ("1:2:203.0.113.77:192.0.2.10", "low", "1"),
        ("1:2:203.0.113.9:192.0.2.10", "low", "2"),
        ("1:3:203.0.113.9:192.0.2.10", "critical", "1"),
    ]
    assert found[1].since is not None
    assert abs(found[1].since - (now - timedelta(minutes=3))) < timedelta(seconds=1)


def test_the_simulators_alerts_are_active_at_its_own_time() -> None:
    found = client_of(SuricataClient, make_simulator()).active_alerts()
    assert [(item.title, item.severity) for item in found] == [
        ("SITE login attempt from outside", "high"),
        ('SITE "odd" user agent; old', "low"),
    ]


def test_no_alerts_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "eve.json").touch()
    client = client_for(tmp_path / "eve.json")
    assert client.active_alerts() == ()
    assert client.alerts().is_complete
    assert client.events().at_end
