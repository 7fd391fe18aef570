"""Walking one agent, beside net-snmp's snmpbulkwalk: net-snmp's own agent, and a table so large that the client counts.

The peer gets the repetitions with which it is fastest.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from statistics import median

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.values import Community, SnmpTarget
from bench.snmp_agents import COMMUNITY, IF_TABLE, program, responder, snmpd
from bench.table import Row

MIB_2 = "1.3.6.1.2.1"
INTERFACES = 2000
RUNS = 5


def run() -> list[Row]:
    with snmpd() as port:
        agent = _compare(f"walk {MIB_2} of snmpd", port, MIB_2)
    with responder(interfaces=INTERFACES) as port:
        table = _compare(f"walk an ifTable of {INTERFACES:,} interfaces", port, IF_TABLE)
    return [agent, table]


def _compare(name: str, port: int, root: str) -> Row:
    repetitions = max((10, 50, 100), key=lambda count: _rate(_bulk_walker(port, root, count)))
    peer_walk = _bulk_walker(port, root, repetitions)
    # In turns, so that whatever else this machine does meets both.
    rates = [(_rate(lambda: asyncio.run(_walk(port, root))), _rate(peer_walk)) for _ in range(RUNS)]
    ours, peer = (median(column) for column in zip(*rates, strict=True))
    note = f"median of {RUNS} in turns; snmpbulkwalk -Cr{repetitions}, the fastest of 10, 50 and 100"
    return Row(name, ours, "varbinds/s", None, "net-snmp's snmpbulkwalk", peer, note, higher_is_better=True)


def _rate(walk: Callable[[], int]) -> float:
    started = time.perf_counter()
    varbinds = walk()
    return varbinds / (time.perf_counter() - started)


async def _walk(port: int, root: str) -> int:
    async with SnmpClient().session(SnmpTarget("127.0.0.1", port), Community(COMMUNITY)) as session:
        return len(await session.walk(root))


def _bulk_walker(port: int, root: str, repetitions: int) -> Callable[[], int]:
    walker = program("snmpbulkwalk", "snmp")
    options = ["-v2c", "-c", COMMUNITY, "-On", "-Oq", f"-Cr{repetitions}"]

    def walk() -> int:
        done = subprocess.run(
            [walker, *options, f"127.0.0.1:{port}", root],
            env={**os.environ, "MIBS": ""},
            capture_output=True,
            timeout=60,
            check=True,
        )
        return done.stdout.count(b"\n.1.") + 1

    return walk
