"""The command socket: answers in pieces, refusals in Suricata's words, and arguments as it wants them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_clients.domain.errors import InvalidRequest, Malformed, Rejected, Unreachable
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.security.suricata.client import SuricataClient
from api_clients.security.suricata.reading import counters, failed_rules, size_of, value
from api_clients.security.suricata.simulated import SimulatedEngine
from api_clients.security.suricata.simulator import SuricataSocketSimulator
from api_clients.simulation import drip, garbage, serve_socket
from api_clients.tests.connected import client_at


class Rig:
    def __init__(self, folder: Path) -> None:
        self.engine = SimulatedEngine()
        self.simulator = SuricataSocketSimulator(self.engine)
        self.socket = folder / "s"

    def client(self, **connection: float) -> SuricataClient:
        return client_at(SuricataClient, f"unix://{self.socket}", connection=ConnectionSettings(**connection))

    def sent(self) -> dict[str, object]:
        return json.loads(self.simulator.received[-1])


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    with serve_socket(rig.simulator, path=rig.socket):
        yield rig


def test_the_state_of_the_engine(rig: Rig) -> None:
    status = rig.client().status()
    assert (status.version, status.uptime_seconds) == ("7.0.10 RELEASE", 86_400)
    assert (status.running_mode, status.capture_mode) == ("workers", "AF_PACKET_DEV")
    assert rig.client().interfaces() == ("eth0", "eth1")
    assert [item.dropped for item in rig.client().all_interface_statistics()] == [625, 625]
    assert "dump-counters" in rig.client().commands()


def test_an_answer_that_arrives_in_many_reads_is_one(rig: Rig) -> None:
    rig.simulator.inject(drip(0.0005))
    assert rig.client().counters()["capture.kernel_drops"] == 1_250


def test_a_command_that_drips_past_its_deadline_is_given_up(rig: Rig) -> None:
    rig.simulator.inject(drip(0.05))
    client = rig.client(read_timeout_seconds=30.0)
    client.deadline_seconds = 1.0
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"deadline|said nothing") as caught:
        client.counters()
    assert caught.value.timed_out
    assert time.monotonic() - started < 10  # what is said takes twice that and more


def test_a_refusal_is_rejected_in_suricatas_words(rig: Rig) -> None:
    with pytest.raises(Rejected, match="Unable to get value"):
        rig.client().configuration_value("no.such.variable")
    with pytest.raises(Rejected, match="Unable to find interface"):
        rig.client().interface_statistics("eth9")


@pytest.mark.parametrize("answer", [b"\n", b"OK\n", b'{"return":"MAYBE"}\n', b"[]\n", b'{"return":"OK","message":3}\n'])
def test_an_answer_that_is_none_is_malformed(rig: Rig, answer: bytes) -> None:
    rig.simulator.inject(garbage(answer))
    with pytest.raises(Malformed):
        rig.client().configuration_value("x")


def test_an_empty_value_of_the_configuration_is_one() -> None:
    assert (value(""), value("1024")) == ("", "1024")
    with pytest.raises(ValueError, match="not a text"):
        value(None)


def test_an_answer_beyond_the_limit_is_refused(rig: Rig) -> None:
    rig.simulator.inject(garbage(b'{"return":"OK","message":"' + b"x" * 200_000 + b'"}\n'))
    with pytest.raises(Malformed, match="more than 100000 bytes"):
        rig.client(max_response_bytes=100_000).configuration_value("x")


def test_a_value_of_a_set_goes_as_the_socket_wants_it(rig: Rig) -> None:
    client = rig.client()
    assert client.dataset_lookup("bad-domains", "string", "evil.example").is_member
    assert rig.sent()["arguments"] == {
        "setname": "bad-domains",
        "settype": "string",
        "datavalue": "ZXZpbC5leGFtcGxl",
    }
    assert not client.dataset_lookup("bad-domains", "string", "good.example").is_member
    assert client.dataset_add("bad-addresses", "ip", "2001:DB8::0:1").said == "data added"
    assert rig.sent()["arguments"]["datavalue"] == "2001:db8::1"
    assert client.dataset_lookup("bad-addresses", "ip", "2001:db8::1").is_member
    assert not client.dataset_remove("bad-addresses", "ip", "2001:db8::1").is_member
    assert not client.dataset_lookup("bad-addresses", "ip", "2001:db8::1").is_member
    with pytest.raises(Rejected, match="set not found or wrong type"):
        client.dataset_lookup("none", "md5", "0" * 32)
    assert client.dataset_dump() == "datasets dump done"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("md5", "abc"),
        ("sha256", "z" * 64),
        ("ipv4", "2001:db8::1"),
        ("ip", "host"),
        ("string", ""),
        ("string", "x" * 2001),
    ],
)
def test_a_value_that_is_not_of_its_type_is_not_sent(rig: Rig, kind: str, value: str) -> None:
    with pytest.raises(InvalidRequest, match="value"):
        rig.client().dataset_add("bad-domains", kind, value)
    assert rig.simulator.received == []


def test_marks_are_put_on_a_host_and_taken_off(rig: Rig) -> None:
    client = rig.client()
    assert client.hostbits("198.51.100.1") == ()
    (mark,) = client.add_hostbit("198.51.100.1", "watched", 60)
    assert (mark.name, mark.expires_in_seconds) == ("watched", 60)
    assert client.remove_hostbit("198.51.100.1", "watched") == ()
    with pytest.raises(Rejected, match="hostbit not found"):
        client.add_hostbit("198.51.100.1", "unknown", 60)
    with pytest.raises(InvalidRequest, match="no address"):
        client.hostbits("nobody")
    with pytest.raises(InvalidRequest, match="expires_in_seconds"):
        client.add_hostbit("198.51.100.1", "watched", 0)


def test_limits_of_memory_are_told_in_bytes_and_set(rig: Rig) -> None:
    limits = {item.name: item.limit_bytes for item in rig.client().memcaps()}
    assert (limits["stream"], limits["applayer-proto-http"]) == (64 * 1024**2, None)
    assert rig.client().set_memcap("flow", "256MB").limit_bytes == 256 * 1024**2
    with pytest.raises(InvalidRequest, match="no size"):
        rig.client().set_memcap("flow", "lots")
    with pytest.raises(Rejected, match="Memcap value not found"):
        rig.client().memcap("none")


def test_rules_are_loaded_anew_with_waiting_and_without(rig: Rig) -> None:
    (statistics,) = rig.client().reload_rules()
    assert (statistics.loaded, statistics.failed) == (3, 0)
    assert statistics.last_reload is not None
    assert rig.client().reload_rules_nonblocking() == "done"
    assert rig.engine.reloads == 2
    rig.engine.failed = [{"tenant_id": 0, "rule": "alert x", "filename": "/r/local.rules", "line": 3}]
    (failed,) = rig.client().failed_rules()
    assert (failed.filename, failed.line) == ("/r/local.rules", 3)


def test_statistics_come_without_a_time_where_suricata_does_not_tell_it(rig: Rig) -> None:
    del rig.engine._commands["ruleset-reload-time"]
    (statistics,) = rig.client().ruleset_statistics()
    assert (statistics.loaded, statistics.last_reload) == (3, None)


def test_a_command_longer_than_suricata_reads_is_not_sent(rig: Rig) -> None:
    with pytest.raises(InvalidRequest, match="no name"):
        rig.client().configuration_value("x" * 5_000)
    assert rig.simulator.received == []


def test_figures_tell_drops_as_a_share_and_memory_as_a_sum(rig: Rig) -> None:
    figures = {item.name: item.value for item in rig.client().figures()}
    assert figures["packets.dropped.share"] == pytest.approx(100 * 1_250 / 1_251_250)
    assert figures["memory.used"] == 4_587_520 + 23_986_176 + 7_154_304
    assert figures["flows.current"] == 311


def test_counters_that_are_no_tree_are_not_read() -> None:
    with pytest.raises(ValueError, match="tree"):
        counters([])
    assert counters({"detect": {"engines": [{"id": 0}], "alert": 3}, "x": True}) == {"detect.alert": 3}


@pytest.mark.parametrize(("size", "read"), [("64mb", 64 * 1024**2), ("1gb", 1024**3), ("512", 512), ("3kb", 3072)])
def test_sizes(size: str, read: int) -> None:
    assert size_of(size) == read


def test_a_failed_rule_without_a_reason_is_one_all_the_same() -> None:
    (failed,) = failed_rules([{"rule": "alert x"}])
    assert (failed.error, failed.line) == ("", 0)
