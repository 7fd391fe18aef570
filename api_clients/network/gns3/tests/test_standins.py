"""What GNS3 servers start in the tests really relays frames, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from api_clients.network.gns3.tests import servers
from api_clients.tests.servers import free_port
from api_clients.tests.waiting import eventually

needs = pytest.mark.needs
QUIET_SECONDS = 0.2
BROADCAST, ADA, BOB, EVE = (
    bytes.fromhex(mac) for mac in ("ffffffffffff", "02000000000a", "02000000000b", "02000000000e")
)


class Program:
    """A stand-in under test, and the server's side of its protocol."""

    def __init__(self, path: Path) -> None:
        port = free_port()
        self._process = subprocess.Popen([path, "-H", f"127.0.0.1:{port}"])
        self._connection = _connect(port)
        self._answers = self._connection.makefile("r", newline="\r\n")

    def ask(self, line: str) -> list[str]:
        self._connection.sendall(line.encode() + b"\n")
        lines = [self._answers.readline().rstrip()]
        while lines[-1][:4] == "101 ":
            lines.append(self._answers.readline().rstrip())
        return lines

    def hang_up(self) -> int:
        self._answers.close()
        self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        return self._process.wait(20)

    def end(self) -> None:
        self._process.kill()
        self._process.wait(20)


class Host:
    """What is at the other end of a tunnel."""

    def __init__(self) -> None:
        self.here, self.there = free_port(), free_port()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.here))
        self._socket.settimeout(QUIET_SECONDS)

    @property
    def ends(self) -> str:
        return f"{self.there} 127.0.0.1 {self.here}"

    def send(self, frame: bytes) -> None:
        self._socket.sendto(frame, ("127.0.0.1", self.there))

    def next(self) -> bytes:
        """Wait for a frame."""
        self._socket.settimeout(10)
        try:
            return self._socket.recv(65535)
        finally:
            self._socket.settimeout(QUIET_SECONDS)

    def received(self, expected: int = 0) -> list[bytes]:
        """All that has come once so many are there: wait for these, and look whether there are more."""
        frames = [self.next() for _ in range(expected)]
        while True:
            try:
                frames.append(self._socket.recv(65535))
            except TimeoutError:
                return frames

    def close(self) -> None:
        self._socket.close()


@contextmanager
def _running(tmp_path: Path, name: str) -> Iterator[Program]:
    path = tmp_path / name
    servers._write_program(path)
    program = Program(path)
    try:
        yield program
    finally:
        program.end()


@pytest.fixture
def ubridge(tmp_path: Path) -> Iterator[Program]:
    with _running(tmp_path, "ubridge") as program:
        yield program


@pytest.fixture
def dynamips(tmp_path: Path) -> Iterator[Program]:
    with _running(tmp_path, "dynamips") as program:
        yield program


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    with ExitStack() as stack:
        made = [Host() for _ in range(3)]
        for host in made:
            stack.callback(host.close)
        yield made


@pytest.fixture
def bridged(ubridge: Program, hosts: list[Host]) -> Program:
    for line in ("create b", f"add_nio_udp b {hosts[0].ends}", f"add_nio_udp b {hosts[1].ends}", "start b"):
        assert ubridge.ask(f"bridge {line}") == ["100-OK"]
    return ubridge


def _frame(to: bytes, source: bytes, *, payload: bytes = b"\x08\x00payload", vlan: int | None = None) -> bytes:
    tag = b"" if vlan is None else b"\x81\x00" + vlan.to_bytes(2, "big")
    return to + source + tag + payload


def test_a_bridge_relays_frames_both_ways(bridged: Program, hosts: list[Host]) -> None:
    hosts[0].send(b"there")
    hosts[1].send(b"and back")
    assert (hosts[1].received(1), hosts[0].received(1)) == ([b"there"], [b"and back"])


def test_a_stopped_bridge_relays_nothing(bridged: Program, hosts: list[Host]) -> None:
    bridged.ask("bridge stop b")
    hosts[0].send(b"lost")
    assert hosts[1].received() == []


@pytest.mark.parametrize(
    ("filtered", "arrive"),
    [("frequency_drop -1", 0), ("frequency_drop 2", 5), ("packet_loss 100", 0), ("packet_loss 0", 10), ("delay 1", 10)],
)
def test_a_filter_loses_what_it_says(bridged: Program, hosts: list[Host], filtered: str, arrive: int) -> None:
    assert bridged.ask(f"bridge add_packet_filter b f {filtered}") == ["100-OK"]
    for _ in range(10):
        hosts[0].send(b"frame")
    assert len(hosts[1].received(arrive)) == arrive


def test_a_delay_holds_frames_back_and_its_end_lets_them_pass(bridged: Program, hosts: list[Host]) -> None:
    bridged.ask("bridge add_packet_filter b f delay 400")
    assert _seconds_of(b"late", hosts) >= 0.4
    bridged.ask("bridge reset_packet_filters b")
    assert min(_seconds_of(b"prompt", hosts) for _ in range(5)) < 0.4


def _seconds_of(frame: bytes, hosts: list[Host]) -> float:
    started = time.monotonic()
    hosts[0].send(frame)
    assert hosts[1].next() == frame
    return time.monotonic() - started


def test_a_capture_is_a_pcap_file_that_grows(bridged: Program, hosts: list[Host], tmp_path: Path) -> None:
    path = tmp_path / "a capture.pcap"
    assert bridged.ask(f'bridge start_capture b "{path}"') == ["100-OK"]
    hosts[0].send(b"captured")
    hosts[1].next()
    written = path.read_bytes()
    assert struct.unpack("<I", written[:4]) == (0xA1B2C3D4,)
    assert struct.unpack("<II", written[32:40]) == (8, 8)
    assert written[40:] == b"captured"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("bridge create b", 206),
        ("bridge start other", 208),
        ("bridge add_nio_tap b tap0", 202),
        ("bridge add_packet_filter b f bpf 'icmp'", 204),
        ("bridge add_nio_udp b 1 2", 206),
        ("bridge add_packet_filter b f delay soon", 215),
        ("bridge create", 215),
        ("brctl create x", 201),
        ("unclosed 'quote", 200),
        ("bridge", 200),
    ],
)
def test_what_cannot_be_done_is_refused_and_the_bridge_goes_on(
    bridged: Program, hosts: list[Host], line: str, code: int
) -> None:
    (answer,) = bridged.ask(line)
    assert answer.startswith(f"{code}-")
    hosts[0].send(b"still")
    assert hosts[1].received(1) == [b"still"]


def test_a_standin_ends_when_its_server_hangs_up(ubridge: Program, dynamips: Program) -> None:
    assert (ubridge.hang_up(), dynamips.hang_up()) == (0, 0)


def _received(hosts: list[Host], *expected: int) -> list[list[bytes]]:
    return [host.received(count) for host, count in zip(hosts, expected, strict=True)]


def _wire(dynamips: Program, module: str, hosts: list[Host]) -> None:
    dynamips.ask(f'{module} create "SW 1"')
    for number, host in enumerate(hosts):
        dynamips.ask(f"nio create_udp n{number} {host.ends}")
        assert dynamips.ask(f'{module} add_nio "SW 1" n{number}') == ["100-OK"]


def test_a_switch_learns_where_hosts_are(dynamips: Program, hosts: list[Host]) -> None:
    _wire(dynamips, "ethsw", hosts)
    hello, answer = _frame(BROADCAST, ADA), _frame(ADA, BOB)
    hosts[0].send(hello)
    assert _received(hosts, 0, 1, 1) == [[], [hello], [hello]]
    hosts[1].send(answer)
    assert _received(hosts, 1, 0, 0) == [[answer], [], []]
    assert dynamips.ask('ethsw show_mac_addr_table "SW 1"') == [
        "101 0200.0000.000a  1 n0",
        "101 0200.0000.000b  1 n1",
        "100-OK",
    ]


def test_a_hub_repeats_everything(dynamips: Program, hosts: list[Host]) -> None:
    _wire(dynamips, "nio_bridge", hosts)
    for frame in (_frame(BROADCAST, ADA), _frame(ADA, BOB)):
        hosts[1].send(frame)
        assert _received(hosts, 1, 0, 1) == [[frame], [], [frame]]


def test_vlans_are_apart_and_a_trunk_carries_them_tagged(dynamips: Program, hosts: list[Host]) -> None:
    _wire(dynamips, "ethsw", hosts)
    for line in ("set_access_port 'SW 1' n0 10", "set_access_port 'SW 1' n1 20", "set_dot1q_port 'SW 1' n2 1"):
        assert dynamips.ask(f"ethsw {line}") == ["100-OK"]
    hosts[0].send(_frame(BROADCAST, ADA))
    assert _received(hosts, 0, 0, 1) == [[], [], [_frame(BROADCAST, ADA, vlan=10)]]
    hosts[2].send(_frame(BROADCAST, EVE, vlan=20))
    assert _received(hosts, 0, 1, 0) == [[], [_frame(BROADCAST, EVE)], []]
    hosts[0].send(_frame(BROADCAST, ADA, vlan=20))  # an access port takes no tags
    assert _received(hosts, 0, 0, 0) == [[], [], []]


def test_a_port_that_leaves_the_switch_hears_nothing_more(dynamips: Program, hosts: list[Host]) -> None:
    _wire(dynamips, "ethsw", hosts)
    hosts[1].send(_frame(BROADCAST, BOB))
    hosts[0].next()
    assert dynamips.ask('ethsw remove_nio "SW 1" n1') == ["100-OK"]
    assert dynamips.ask("nio delete n1") == ["100-OK"]
    hosts[0].send(_frame(BOB, ADA))
    assert hosts[1].received() == []
    assert dynamips.ask("nio list") == ["101 n0", "101 n2", "100-OK"]
    assert dynamips.ask("nio delete n1")[0].startswith("208-")


def test_a_standin_starts_in_a_moment(tmp_path: Path) -> None:
    servers._write_program(tmp_path / "ubridge")
    spent = []
    for _ in range(5):
        started = time.monotonic()
        said = subprocess.run([tmp_path / "ubridge", "-v"], capture_output=True, text=True, timeout=10).stdout
        spent.append(time.monotonic() - started)
    assert said == "ubridge version 0.9.19\n"
    assert min(spent) < 0.5


@needs("vpcs")
@pytest.mark.parametrize("ends_by", ["SIGTERM", "the death of its parent"])
def test_vpcs_ends_with_whoever_started_it(tmp_path: Path, ends_by: str) -> None:
    servers._write_program(tmp_path / "vpcs")
    console = free_port()
    options = ["-p", str(console), "-i", "1", "-F", "-R", "-s", str(free_port()), "-c", str(free_port())]
    code = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(60)"
    parent = [] if ends_by == "SIGTERM" else [sys.executable, "-c", code]
    process = subprocess.Popen([*parent, str(tmp_path / "vpcs"), *options], cwd=tmp_path)
    try:
        _connect(console).close()
    finally:
        process.terminate() if ends_by == "SIGTERM" else process.kill()
        process.wait(20)
    eventually(lambda: not _runs(str(console)), seconds=20)


ENDED_AT_ONCE = """
import os, signal
from api_clients.network.gns3.tests.standins import vpcs
spawn = os.posix_spawn
def spawn_and_be_told_to_end(*arguments, **options):
    print(spawn(*arguments, **options), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
os.posix_spawn = spawn_and_be_told_to_end
vpcs.main(["60"], "/bin/sleep")
"""


def test_vpcs_does_not_outlive_who_is_told_to_end_while_starting_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDED_AT_ONCE], cwd=servers.ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert not Path("/proc", done.stdout.strip()).exists()


def _runs(argument: str) -> bool:
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if b"-p" in words and argument.encode() in words:
                    return True
        except OSError:
            continue
    return False


def _connect(port: int) -> socket.socket:
    def connection() -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            return None

    return eventually(connection, seconds=30, otherwise=f"nobody listens on {port}")
