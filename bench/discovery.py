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
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from statistics import median
from tempfile import TemporaryDirectory

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.values import Community
from bench.snmp_agents import addresses, is_free, program, snmpd
from bench.table import Row
from nms.environment import BASE_DIR
from nms.network_management.discovery.outcome import Found, Outcome
from nms.network_management.discovery.pipeline import discover
from nms.network_management.discovery.plan import Plan, StoredCredential
from nms.network_management.discovery.targets import Scope, check_targets

AGENTS = 254
TARGET_SECONDS = 3.0
SNMP_PORT = 161
RANGE = "127.7.0.0/24"  # the same addresses as addresses(AGENTS)
LAB_BASE = "127.201.1.1"
ROUNDS = 3


def run() -> list[Row]:
    return [_one_snmpd(), _different_devices()]


def _one_snmpd() -> Row:
    # At port 161 nmap knows what to send and is fastest; only root may take it.
    with snmpd(SNMP_PORT if is_free(SNMP_PORT) else None) as port:
        seconds = median(_discovered(RANGE, port)[0] for _ in range(ROUNDS))
        peer_seconds = _nmap(port)
    return Row(
        name=f"sweep and identify a /24 with {AGENTS} agents",
        measured=seconds,
        unit="s",
        target=TARGET_SECONDS,
        peer="nmap -sU --script snmp-info,snmp-sysdescr",
        peer_measured=peer_seconds,
        note=f"median of {ROUNDS}; one snmpd answers at all addresses, seen to be one box and read once; port {port}",
    )


def _different_devices() -> Row:
    with _lab() as (first, last, port):
        rounds = [_discovered(f"{first}-{last}", port) for _ in range(ROUNDS)]
    found = rounds[0][1]
    vendors = {item.profile.identification.vendor for item in found}
    interfaces = sum(len(item.profile.snmp.interfaces) for item in found)
    return Row(
        name=f"sweep, identify and read {AGENTS} different devices completely",
        measured=median(seconds for seconds, _ in rounds),
        unit="s",
        note=f"median of {ROUNDS}; a lab of {len(vendors)} vendors and {interfaces:,} interfaces on the same machine",
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
    identified = sum(1 for item in found if item.profile.identification.vendor)
    if identified != AGENTS:
        raise RuntimeError(f"{identified} of {AGENTS} agents were identified: {Counter(map(type, outcomes))}")
    return seconds, found


async def _all(plan: Plan) -> list[Outcome]:
    async with aclosing(discover(plan, SnmpClient())) as outcomes:
        return [outcome async for outcome in outcomes]


def _nmap(port: int) -> float:
    """Return nmap's time for the same addresses."""
    # +: run a script although the port is not 161. -Pn and -T5 spare nmap what discovery does not do either.
    scripts = ",".join(f"{'' if port == SNMP_PORT else '+'}{name}" for name in ("snmp-info", "snmp-sysdescr"))
    command = [program("nmap", "nmap"), "-sU", "-n", "-Pn", "-T5", "-p", str(port), "--script", scripts]
    began = time.perf_counter()
    told = subprocess.run(
        [*command, *addresses(AGENTS)], capture_output=True, text=True, timeout=300, check=True
    ).stdout
    seconds = time.perf_counter() - began
    if (seen := told.count("| snmp-sysdescr")) != AGENTS:
        raise RuntimeError(f"nmap identified {seen} of {AGENTS} agents")
    return seconds


@contextmanager
def _lab() -> Iterator[tuple[str, str, int]]:
    """Yield the first and the last address, and the port."""
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [
                *(sys.executable, "manage.py", "lab", "--json", "--devices", str(AGENTS)),
                *("--base-address", LAB_BASE),
            ],
            cwd=BASE_DIR,
            env={**os.environ, "NMS_DATA_DIR": folder},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            devices = json.loads(process.stdout.readline())["devices"]
            yield devices[0]["address"], devices[-1]["address"], devices[0]["port"]
        finally:
            process.terminate()
            process.wait()
