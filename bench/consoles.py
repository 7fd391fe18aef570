"""Fifty consoles asked for their addresses at once: simulated PCs and routers, in a process of their own.

Each session connects, finds the prompt of a console that shows no banner, asks, reads and leaves. The peer is the same
work one console after another, as a script with a telnet library does it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from statistics import median

from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.session import ConsoleSession
from api_clients.network.console.simulator import cisco, serve_consoles, vpcs
from api_clients.network.console.values import ConsoleTarget
from bench.table import Row

CONSOLES = 50
ROUTERS = 10
RUNS = 5
TARGET_SECONDS = 5.0  # of the 30 s that profiling 50 nodes may take


def run() -> list[Row]:
    with _consoles() as targets:
        together = median(asyncio.run(_ask(targets)) for _ in range(RUNS))
        one_by_one = asyncio.run(_ask_one_by_one(targets))
    note = (
        f"{CONSOLES - ROUTERS} VPCS and {ROUTERS} Cisco consoles, simulated in a process of their own; median of {RUNS}"
    )
    name = f"addresses of {CONSOLES} consoles, all at once"
    return [Row(name, together, "s", TARGET_SECONDS, "one after another", one_by_one, note)]


async def _ask(targets: list[ConsoleTarget]) -> float:
    started = time.perf_counter()
    replies = await ConsoleClient().ask_all(targets, ConsoleSession.interfaces)
    elapsed = time.perf_counter() - started
    assert all(reply.value and reply.value[0].addresses for reply in replies), [reply.error for reply in replies]
    return elapsed


async def _ask_one_by_one(targets: list[ConsoleTarget]) -> float:
    return sum([await _ask([target]) for target in targets])


@contextmanager
def _consoles() -> Iterator[list[ConsoleTarget]]:
    near, far = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(far,), daemon=True)
    process.start()
    try:
        ports: list[int] = near.recv()
        yield [
            ConsoleTarget("127.0.0.1", port, "dynamips" if number < ROUTERS else "vpcs")
            for number, port in enumerate(ports)
        ]
    finally:
        process.terminate()
        process.join(10)


def _serve(pipe: Connection) -> None:
    routers = [cisco(f"R{number}") for number in range(ROUTERS)]
    pcs = [vpcs(f"PC{number}", address=f"10.0.0.{number + 1}/24") for number in range(CONSOLES - ROUTERS)]
    with serve_consoles([*routers, *pcs]) as consoles:
        pipe.send([console.port for console in consoles])
        time.sleep(600)
