"""Sweeping a /24 of 254 SNMP agents and identifying each, beside nmap's SNMP script on the same agents.

One net-snmp agent answers on every loopback address. As root it takes port 161, at which nmap knows what to
send and is fastest; elsewhere the script is forced (`+`) on a private port.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from statistics import median

from api_clients.network.icmp.client import IcmpClient
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.values import Community, SnmpTarget
from bench.snmp_agents import COMMUNITY, SYSTEM_GROUP, addresses, is_free, program, snmpd
from bench.table import Row

AGENTS = 254
RUNS = 5
_SNMP_PORT = 161


def run() -> list[Row]:
    with snmpd(_SNMP_PORT if is_free(_SNMP_PORT) else None) as port:
        read = median(asyncio.run(_sweep(port)) for _ in range(RUNS))
        nmap = _sweep_with_nmap(port)
    note = f"median of {RUNS}; echo, then one GET of the system group; nmap -T5 with snmp-sysdescr at port {port}"
    return [Row("sweep a /24 of 254 agents, system group of each", read, "s", 3.0, "nmap", nmap, note)]


async def _sweep(port: int) -> float:
    """Seconds to ask every address whether it is there, and who is there what it is."""
    client = SnmpClient()
    started = time.perf_counter()
    echoes = await IcmpClient().sweep(addresses(AGENTS))

    async def describe(address: str) -> dict[str, object]:
        async with client.session(SnmpTarget(address, port), Community(COMMUNITY)) as session:
            return dict(await session.get_many(SYSTEM_GROUP))

    found = await asyncio.gather(*(describe(echo.address) for echo in echoes if echo.alive))
    elapsed = time.perf_counter() - started
    assert len(found) == AGENTS, f"{len(found)} agents answered"
    assert all(SYSTEM_GROUP[0] in system for system in found)
    return elapsed


def _sweep_with_nmap(port: int) -> float:
    script = "snmp-sysdescr" if port == _SNMP_PORT else "+snmp-sysdescr"
    command = [program("nmap", "nmap"), "-n", "-Pn", "-sU", "-T5", "-p", str(port), "--script", script]
    started = time.perf_counter()
    done = subprocess.run([*command, *addresses(AGENTS)], capture_output=True, text=True, timeout=300, check=True)
    elapsed = time.perf_counter() - started
    described = done.stdout.count("| snmp-sysdescr")
    assert described == AGENTS, f"nmap described {described} agents"
    return elapsed
