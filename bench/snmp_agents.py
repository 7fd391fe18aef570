"""The agents that the SNMP benchmarks ask: net-snmp's snmpd on every loopback address, or many fast responders."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

COMMUNITY = "public"
SYSTEM_GROUP = [f"1.3.6.1.2.1.1.{column}.0" for column in range(1, 8)]
IF_TABLE = "1.3.6.1.2.1.2.2"
_CONFIGURATION = "rocommunity public\nsysDescr NMS benchmark agent\nsysServices 72\n"
_GREETING = bytes.fromhex("301f02010104067075626c6963a1120201010201000201003007300506012b0500")  # GETNEXT of 1.3


class ProgramMissing(RuntimeError):
    """A program that the benchmark compares with is not installed; the message names its package."""


def program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise ProgramMissing(f"{name} is missing: apt-get install {package}")
    return found


def addresses(count: int) -> list[str]:
    """`count` host addresses of consecutive /24s from 127.7.0.0 on."""
    return [f"127.7.{number // 254}.{number % 254 + 1}" for number in range(count)]


@contextlib.contextmanager
def snmpd(port: int | None = None) -> Iterator[int]:
    """One net-snmp agent that answers on all of 127.0.0.0/8; yields its port."""
    chosen = port or _free_port()
    with tempfile.TemporaryDirectory(prefix="nms-bench-") as folder:
        configuration = Path(folder, "snmpd.conf")
        configuration.write_text(_CONFIGURATION)
        environment = {**os.environ, "SNMPCONFPATH": folder, "SNMP_PERSISTENT_DIR": f"{folder}/state", "MIBS": ""}
        agent = subprocess.Popen(
            [program("snmpd", "snmpd"), "-f", "-Lf", f"{folder}/log", "-I", "-smux", f"udp:0.0.0.0:{chosen}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(chosen)
            yield chosen
        finally:
            agent.terminate()
            agent.wait(timeout=10)


@contextlib.contextmanager
def responder(*, interfaces: int) -> Iterator[int]:
    """bench/snmp_responder.py in a process of its own; yields its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.snmp_responder", "--interfaces", str(interfaces)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait(timeout=10)
        process.stdout.close()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether this process may bind the UDP port on every address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 15
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.connect(("127.0.0.1", port))
        while time.monotonic() < deadline:
            try:
                probe.send(_GREETING)
                probe.recv(2048)
            except OSError:
                time.sleep(0.05)
                continue
            return
    raise RuntimeError(f"snmpd does not answer at port {port}")
