"""Polling 2,540 agents from one process: the system group with one GET, ifTable with GETBULKs.

The peer is gufo-snmp's own asyncio session, on the Rust sockets that our session drives too.
"""

from __future__ import annotations

import asyncio
import time
from statistics import median

from gufo.snmp.aio import SnmpSession as GufoSession

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.values import Community, SnmpTarget
from bench.snmp_agents import COMMUNITY, IF_TABLE, SYSTEM_GROUP, addresses, responder
from bench.table import Row

DEVICES = 2540
INTERFACES = 8
AT_ONCE = 100
RUNS = 5
REPETITIONS = 60  # for the peer, whose default of 20 takes more than twice as many requests as ours
_VARBINDS = len(SYSTEM_GROUP) + 22 * INTERFACES


def run() -> list[Row]:
    with responder(interfaces=INTERFACES) as port:
        # In turns, so that whatever else this machine does meets both.
        seconds = [(asyncio.run(_poll(port)), asyncio.run(_poll_with_gufo(port))) for _ in range(RUNS)]
    ours, peer = (median(column) for column in zip(*seconds, strict=True))
    note = f"median of {RUNS} in turns; {INTERFACES} interfaces, {_VARBINDS} varbinds a device; both rows are one run"
    name = f"poll {DEVICES:,} agents: system group and ifTable"
    return [
        _row(f"{name}, devices", DEVICES / ours, "devices/s", 1000, DEVICES / peer, note),
        _row(f"{name}, varbinds", DEVICES * _VARBINDS / ours, "varbinds/s", 150_000, DEVICES * _VARBINDS / peer, note),
    ]


def _row(name: str, measured: float, unit: str, target: float, peer: float, note: str) -> Row:
    return Row(name, measured, unit, target, "gufo-snmp's own asyncio session", peer, note, higher_is_better=True)


async def _poll(port: int) -> float:
    client = SnmpClient(timeout_seconds=2.0, max_sockets=AT_ONCE)

    async def poll(address: str) -> int:
        async with client.session(SnmpTarget(address, port), Community(COMMUNITY)) as session:
            system = await session.get_many(SYSTEM_GROUP)
            return len(system) + len(await session.walk(IF_TABLE))

    started = time.perf_counter()
    found = await asyncio.gather(*map(poll, addresses(DEVICES)))
    elapsed = time.perf_counter() - started
    assert set(found) == {_VARBINDS}, f"answers are missing: {set(found)}"
    return elapsed


async def _poll_with_gufo(port: int) -> float:
    turn = asyncio.Semaphore(AT_ONCE)

    async def poll(address: str) -> int:
        async with (
            turn,
            GufoSession(address, port=port, community=COMMUNITY, timeout=4.0, max_repetitions=REPETITIONS) as session,
        ):
            system = await session.get_many(SYSTEM_GROUP)
            return len(system) + len([row async for row in session.getbulk(IF_TABLE)])

    started = time.perf_counter()
    found = await asyncio.gather(*map(poll, addresses(DEVICES)))
    elapsed = time.perf_counter() - started
    assert set(found) == {_VARBINDS}, f"answers are missing: {set(found)}"
    return elapsed
