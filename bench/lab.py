"""The lab's agents against net-snmp's snmpd: how many requests one process answers in a second.

The load comes from a window of requests in flight over one socket, spread over all addresses. Both are asked the same
thing in the same way: the lab at 40 addresses, and small agents at 2,540, each with its own address and content;
snmpd is one agent bound to 0.0.0.0, which answers on every loopback address.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from api_clients.network.snmp.simulator import AgentServer, load_addresses, load_agent, pdu
from api_clients.network.snmp.wire import ber
from bench.table import Row
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.topology import draw_topology

REQUESTS = 20_000
ROUNDS = 4
WINDOW = 64
TARGET = 5_000.0
COMMUNITY = "public"
SYSTEM = [f"1.3.6.1.2.1.1.{number}.0" for number in range(1, 7)]
IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.8"
_BUFFER_BYTES = 4 << 20
_LOST_AFTER_SECONDS = 2.0


Addresses = list[tuple[str, int]]


def run() -> list[Row]:
    questions = {
        "GET of the system group": _packets(pdu.GET, SYSTEM),
        "GETBULK 25 in ifTable": _packets(pdu.GET_BULK, [IF_OPER_STATUS], second=25),
    }
    with _snmpd() as snmpd, _process(_serve_lab, 40) as lab, _process(_serve_load, 2540) as load:
        runs = {
            (agents, question): (addresses, packets)
            for agents, addresses in (("snmpd", snmpd), ("40", lab), ("2,540", load))
            for question, packets in questions.items()
            if addresses
        }
        rates = _best_rates(runs)
    return [
        _row(f"{question}, {agents} agents in one process", rates[(agents, question)], rates.get(("snmpd", question)))
        for agents in ("40", "2,540")
        for question in questions
    ]


def _row(name: str, rate: float, peer: float | None) -> Row:
    return Row(
        name,
        rate,
        "requests/s",
        target=TARGET,
        peer="net-snmp snmpd",
        peer_measured=peer,
        note="" if peer else "snmpd is not installed",
        higher_is_better=True,
    )


def _best_rates(runs: dict[tuple[str, str], tuple[Addresses, list[bytes]]]) -> dict[tuple[str, str], float]:
    """The best of several rounds, in turn: what else the machine does meanwhile can only take away, from each alike."""
    rates = dict.fromkeys(runs, 0.0)
    for addresses, packets in runs.values():
        _measure(addresses, packets, len(addresses) + WINDOW)  # builds what is built at the first request
    for _ in range(ROUNDS):
        for key, (addresses, packets) in runs.items():
            rates[key] = max(rates[key], _measure(addresses, packets, REQUESTS))
    return rates


def _measure(addresses: Sequence[tuple[str, int]], packets: Sequence[bytes], count: int) -> float:
    """Answers per second with WINDOW requests in flight. Raises TimeoutError where answers stay away."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        client.bind(("127.0.0.1", 0))
        client.settimeout(_LOST_AFTER_SECONDS)
        started = time.perf_counter()
        for sent in range(WINDOW):
            client.sendto(packets[sent % len(packets)], addresses[sent % len(addresses)])
        sent = WINDOW
        for _ in range(count):
            client.recv(65535)
            if sent < count:
                client.sendto(packets[sent % len(packets)], addresses[sent % len(addresses)])
                sent += 1
        return count / (time.perf_counter() - started)


def _packets(kind: int, oids: Sequence[str], *, second: int = 0, count: int = 997) -> list[bytes]:
    """The same question under many request-ids, as pollers ask it."""
    varbinds = b"".join(ber.tlv(ber.SEQUENCE, ber.object_identifier(oid) + ber.null()) for oid in oids)
    rest = ber.integer(0) + ber.integer(second) + ber.tlv(ber.SEQUENCE, varbinds)
    head = ber.integer(pdu.V2C) + ber.octets(COMMUNITY)
    return [
        ber.tlv(ber.SEQUENCE, head + ber.tlv(kind, ber.integer(0x1000000 + number) + rest)) for number in range(count)
    ]


@contextlib.contextmanager
def _process(serve: Callable[[Connection, int], None], count: int) -> Iterator[Addresses]:
    """Agents in a process of their own, as the lab runs."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, count), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve_lab(ready: Connection, count: int) -> None:
    lab = GeneratedLab(draw_topology(devices=count, base_address="127.19.0.1"), community=COMMUNITY)
    lab.start()
    ready.send([(device.address, lab.port) for device in lab.devices])
    time.sleep(3600)


def _serve_load(ready: Connection, count: int) -> None:
    server = AgentServer()
    server.add_all({address: load_agent(number) for number, address in enumerate(load_addresses(count))})
    ready.send([(address, server.port) for address in server.agents])
    server.serve()


@contextlib.contextmanager
def _snmpd() -> Iterator[Addresses]:
    """Net-snmp's agent on a free port of every address; no address where it is not installed."""
    program = shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        yield []
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "snmpd.conf"
        configuration.write_text(f"agentAddress udp:0.0.0.0:{port}\nrocommunity {COMMUNITY}\n")
        process = subprocess.Popen(
            [program, "-f", "-Ln", "-C", "-c", str(configuration), "-I", "-smux", "-p", f"{folder}/pid"],
            env={"MIBS": "", "SNMP_PERSISTENT_DIR": folder, "PATH": "/usr/bin:/usr/sbin"},
        )
        try:
            _await_answer(("127.0.0.1", port))
            yield [(address, port) for address in load_addresses(40)]
        finally:
            process.terminate()
            process.wait()


def _await_answer(address: tuple[str, int]) -> None:
    (packet,) = _packets(pdu.GET, SYSTEM, count=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        for _ in range(50):
            client.sendto(packet, address)
            with contextlib.suppress(OSError):
                client.recv(65535)
                return
    raise TimeoutError(f"snmpd does not answer at {address[0]}:{address[1]}")
