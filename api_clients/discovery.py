"""Finds services in a network: ports that are open, and what answers there, by a real request and never by the port.

    table = identifications(CATALOG)                      # what each service says of itself, and where it is found
    for found in discover([Place("10.0.0.5")], table): ...

A service takes part by an `identification.py` beside its client (domain/identification.py). Which addresses may be
asked is for the caller to know.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from api_clients.catalog import Catalog
from api_clients.domain.identification import Identification
from api_clients.infrastructure.asking import TIMEOUT_SECONDS, Asker, bracketed

CONNECTIONS = 256  # attempts under way at once
ASKED_AT_ONCE = 16
BATCH = 4096  # ports that are tried before anybody is asked whether to stop

Table = Mapping[str, Identification]


@dataclass(frozen=True, slots=True)
class Place:
    """An address to look at; `name` is how its operator calls it, and stands in the addresses that are found."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A service that proved to be one; `url` is an instance's address as the configuration takes it."""

    service: str
    url: str
    evidence: str
    version: str = ""
    needs_login: bool = False


def _never() -> bool:
    return False


def identifications(catalog: Catalog) -> dict[str, Identification]:
    """The services that say how they are recognised, by name."""
    table: dict[str, Identification] = {}
    for entry in catalog.values():
        name = f"{entry.client.partition(':')[0].rpartition('.')[0]}.identification"
        if importlib.util.find_spec(name) is not None:
            table[entry.name] = importlib.import_module(name).IDENTIFICATION
    return table


def known_ports(table: Table) -> tuple[int, ...]:
    """Where services are looked for unasked."""
    return tuple(sorted({port for one in table.values() for port in one.ports}))


def candidates(port: int, table: Table) -> tuple[str, ...]:
    """Who may be at a port: those that name it; at one that nobody names, everybody."""
    return tuple(name for name, one in table.items() if port in one.ports) or tuple(table)


def identify(place: Place, port: int, table: Table, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Found | None:
    """Ask who is at an open port; the first candidate that recognises itself it is."""
    asker = Asker(place.address, port, name=place.name, timeout_seconds=timeout_seconds)
    for name in candidates(port, table):
        if asker.is_mute:
            return None
        recognised = table[name].recognise(asker)
        if recognised is not None:
            url = f"{table[name].scheme or asker.scheme}://{bracketed(place.name or place.address)}:{port}"
            return Found(name, url, recognised.evidence, recognised.version, recognised.needs_login)
    return None


def discover(
    places: Sequence[Place],
    table: Table,
    *,
    ports: Sequence[int] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    should_stop: Callable[[], bool] = _never,
) -> Iterator[Found]:
    """Look at `ports` (all that services name, without it) of every place. `should_stop` is asked by this thread alone;
    once it says so nobody is asked any more.
    """
    wanted = tuple(ports) if ports is not None else known_ports(table)
    pairs = [(place, port) for place in places for port in wanted]
    stopping = threading.Event()
    with ThreadPoolExecutor(ASKED_AT_ONCE, thread_name_prefix="identify") as pool:
        for begin in range(0, len(pairs), BATCH):
            if should_stop():
                return
            opened = asyncio.run(_open(pairs[begin : begin + BATCH], timeout_seconds))
            ask = partial(_identify, table=table, timeout_seconds=timeout_seconds, stopping=stopping)
            for found in pool.map(ask, opened):
                if found is not None:
                    yield found
                if should_stop():
                    stopping.set()


def _identify(
    pair: tuple[Place, int], *, table: Table, timeout_seconds: float, stopping: threading.Event
) -> Found | None:
    return None if stopping.is_set() else identify(*pair, table, timeout_seconds=timeout_seconds)


async def _open(pairs: Iterable[tuple[Place, int]], timeout_seconds: float) -> list[tuple[Place, int]]:
    """Those that accept a connection."""
    room = asyncio.Semaphore(CONNECTIONS)

    async def accepts(place: Place, port: int) -> bool:
        async with room:
            try:
                async with asyncio.timeout(timeout_seconds):
                    _, writer = await asyncio.open_connection(place.address, port)
            except (OSError, TimeoutError):
                return False
            writer.close()
            return True

    pairs = list(pairs)
    accepted = await asyncio.gather(*(accepts(*pair) for pair in pairs))
    return [pair for pair, accepts_it in zip(pairs, accepted, strict=True) if accepts_it]
