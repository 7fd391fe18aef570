"""Sweeping and identifying a /24 of 254 agents, by the discovery pipeline and by nmap's SNMP scripts in the same run.

One snmpd on 0.0.0.0 answers on every 127.x.y.z. Discovery asks each address for its system group, sees that one box is
behind them, and reads that box; so that nobody thinks the figure hangs on this, it also reads a lab of 254 different
devices completely (interfaces, addresses, inventory, neighbours), for which nmap has no like.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from api_clients.network.snmp.values import Community
from bench.table import Row
from nms.environment import BASE_DIR
from nms.network_management.discovery.outcome import Found, Outcome
from nms.network_management.discovery.pipeline import discover
from nms.network_management.discovery.plan import Plan, StoredCredential
from nms.network_management.discovery.targets import Scope, check_targets

AGENTS = 254
TARGET_SECONDS = 3.0
RANGE = "127.200.1.0/24"
LAB_BASE = "127.201.1.1"
ROUNDS = 3


def run() -> list[Row]:
    return [_one_snmpd(), _different_devices()]


def _one_snmpd() -> Row:
    with _snmpd() as port:
        seconds = min(_discovered(RANGE, port)[0] for _ in range(ROUNDS))
        peer_seconds = _nmap(port)
    return Row(
        name=f"sweep and identify a /24 with {AGENTS} agents",
        measured=seconds,
        unit="s",
        target=TARGET_SECONDS,
        peer="nmap -sU --script snmp-info,snmp-sysdescr",
        peer_measured=peer_seconds,
        note="one net-snmp snmpd answers at all addresses and is read once",
    )


def _different_devices() -> Row:
    with _lab() as (addresses, port):
        seconds, found = min(
            (_discovered(f"{addresses[0]}-{addresses[-1]}", port) for _ in range(ROUNDS)), key=lambda r: r[0]
        )
        vendors = Counter(item.profile.identification.vendor for item in found)
    return Row(
        name=f"sweep, identify and read {AGENTS} different devices completely",
        measured=seconds,
        unit="s",
        note=f"lab of {len(vendors)} vendors, {sum(len(item.profile.snmp.interfaces) for item in found):,} interfaces",
    )


def _discovered(targets: str, port: int) -> tuple[float, list[Found]]:
    """Return how long it took; fails where not every agent was identified."""
    scope = Scope([ipaddress.ip_network("127.0.0.0/8")])
    plan = Plan(
        ranges=check_targets([targets], scope=scope, max_addresses=1024),
        credentials=(StoredCredential(None, Community("public")),),
        scope=scope,
        port=port,
    )
    began = time.perf_counter()
    outcomes = asyncio.run(_all(plan))
    seconds = time.perf_counter() - began
    found = [outcome for outcome in outcomes if isinstance(outcome, Found)]
    identified = sum(1 for item in found if item.profile.identification.os)
    if identified != AGENTS:
        raise RuntimeError(f"{identified} of {AGENTS} agents were identified: {Counter(map(type, outcomes))}")
    return seconds, found


async def _all(plan: Plan) -> list[Outcome]:
    async with aclosing(discover(plan)) as outcomes:
        return [outcome async for outcome in outcomes]


def _nmap(port: int) -> float | None:
    """Return nmap's time for the same question, None where it is not installed or may not scan UDP (it needs root)."""
    nmap = shutil.which("nmap")
    if nmap is None or os.geteuid() != 0:
        return None
    began = time.perf_counter()
    # +: run the scripts although the port is not 161. -Pn and T5 spare nmap what discovery does not do either.
    told = subprocess.run(
        [nmap, "-sU", "-n", "-Pn", "-T5", "-p", str(port), "--script", "+snmp-info,+snmp-sysdescr", RANGE],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    ).stdout
    seconds = time.perf_counter() - began
    # nmap also asks the two addresses of the range that are nobody's; here the one snmpd answers at them as well.
    if (seen := len(re.findall("snmp-sysdescr", told))) < AGENTS:
        raise RuntimeError(f"nmap identified {seen} of {AGENTS} agents")
    return seconds


@contextmanager
def _snmpd() -> Iterator[int]:
    port = _free_port()
    snmpd = shutil.which("snmpd", path=f"{os.environ['PATH']}:/usr/sbin") or "snmpd"
    with TemporaryDirectory() as folder:
        configuration = Path(folder, "snmpd.conf")
        configuration.write_text(f"rocommunity public 127.0.0.0/8\nagentAddress udp:0.0.0.0:{port}\n")
        process = subprocess.Popen(
            [snmpd, "-f", "-Lf", "/dev/null", "-I", "-smux", "-C", "-c", str(configuration), "-p", f"{folder}/pid"],
            env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": folder},
        )
        try:
            time.sleep(1.5)
            yield port
        finally:
            process.terminate()
            process.wait()


@contextmanager
def _lab() -> Iterator[tuple[list[str], int]]:
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [
                *(sys.executable, "manage.py", "lab", "--json", "--devices", str(AGENTS)),
                *("--base-address", LAB_BASE, "--port", str(_free_port())),
            ],
            cwd=BASE_DIR,
            env={**os.environ, "NMS_DATA_DIR": folder},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            devices = json.loads(process.stdout.readline())["devices"]
            yield [device["address"] for device in devices], devices[0]["port"]
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("0.0.0.0", 0))
        port: int = bound.getsockname()[1]
        return port
