"""Discovery as a stream: addresses in, outcomes out. Asyncio only; knows no database and no Django.

    sweep > log in > gather the addresses of one box > read and identify > (crawl) neighbours are the next wave

A wave's addresses are swept and logged into as they answer; boxes are told apart when the wave's last address was
asked, so that what is read, and through which address, does not depend on who answered first. Memory is bounded by
Limits, whatever the size of the ranges; a slow consumer slows the pipeline.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import chain, islice

from api_clients.network.icmp.client import IcmpClient
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.probe import probe_for
from api_clients.network.snmp.sweep import Answer, Pace, sweep
from nms.network_management.discovery.boxes import clusters
from nms.network_management.discovery.frontier import Frontier, Wave
from nms.network_management.discovery.login import Hello, log_in, preferred_probes, probe_positions
from nms.network_management.discovery.outcome import Outcome, Problem, Progress, Silent
from nms.network_management.discovery.plan import Plan
from nms.network_management.discovery.reading import Reader, guarded, incomplete_parts

_TICK_SECONDS = 0.25
_OUTCOMES_WAITING = 64


async def discover(plan: Plan, client: SnmpClient, icmp: IcmpClient | None = None) -> AsyncGenerator[Outcome]:
    """Yield outcomes until everything was looked at. Closing the generator stops all work at once.

    Both clients ask with the plan's patience, and without breakers: a sweep asks whoever may be there.
    """
    patience = plan.timeout_seconds
    pipeline = _Pipeline(
        plan,
        client.with_patience(timeout_seconds=patience, retries=plan.retries),
        (icmp or IcmpClient()).with_patience(timeout_seconds=patience, attempts=plan.retries + 1),
    )
    work = asyncio.create_task(pipeline.run())
    try:
        while (outcome := await pipeline.outcomes.get()) is not None:
            yield outcome
        await work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


@dataclass(slots=True)
class _Counters:
    total: int = 0
    done: int = 0
    alive: int = 0
    profiled: int = 0

    def seen(self) -> Progress:
        return Progress(self.total, self.done, self.alive, self.profiled)


@dataclass(slots=True)
class _Greeted:
    """What became of a chunk of addresses before anything was read."""

    hellos: list[Hello] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)


class _Pipeline:
    def __init__(self, plan: Plan, client: SnmpClient, icmp: IcmpClient) -> None:
        self._plan = plan
        self._client = client
        self._icmp = icmp
        self._logins = asyncio.Semaphore(plan.limits.logins_at_once)
        self._frontier = Frontier(
            swept=plan.ranges,
            scope=plan.scope,
            port=plan.port,
            max_addresses=plan.max_addresses,
            known=plan.known_chassis,
        )
        self._counters = _Counters(total=sum(part.size for part in plan.ranges))
        self._reader = Reader(self._client, plan)
        self.outcomes: asyncio.Queue[Outcome | None] = asyncio.Queue(_OUTCOMES_WAITING)

    async def run(self) -> None:
        """Do everything, then put the end mark. Cancelled, it puts none: nobody is there to take it."""
        ticking = asyncio.create_task(self._tick())
        try:
            await self._waves()
        except Exception:
            await self.outcomes.put(None)
            raise
        finally:
            ticking.cancel()
        await self.outcomes.put(self._counters.seen())
        await self.outcomes.put(None)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            await self.outcomes.put(self._counters.seen())

    async def _waves(self) -> None:
        for chunk in self._first_wave():
            await self._look_at(Wave(chunk, (), ()), expected=self._plan.named)
        for _ in range(self._plan.crawl_depth):
            wave = self._frontier.next_wave()
            for problem in wave.problems:
                await self.outcomes.put(problem)
            if not wave.addresses:
                return
            self._counters.total += len(wave.addresses)
            await self._look_at(wave, expected=frozenset(wave.addresses))

    def _first_wave(self) -> Iterator[tuple[str, ...]]:
        addresses = (str(address) for address in chain.from_iterable(self._plan.ranges))
        while chunk := tuple(islice(addresses, self._plan.limits.addresses_at_once)):
            yield chunk

    async def _look_at(self, wave: Wave, *, expected: frozenset[str]) -> None:
        greeted = await self._greet(wave.addresses)
        silent = tuple(address for address in wave.addresses if address not in greeted.answered)
        excused = wave.excused(hello.target.address for hello in greeted.hellos)
        await self._read_all(greeted.hellos)
        await self._tell_silence(silent, expected=expected.intersection(silent) - excused)

    async def _tell_silence(self, silent: tuple[str, ...], *, expected: frozenset[str]) -> None:
        if silent:
            self._counters.done += len(silent)
            echoes = await self._icmp.sweep(expected) if expected else []
            up = frozenset(echo.address for echo in echoes if echo.alive)
            await self.outcomes.put(Silent(silent, expected, up))

    async def _greet(self, addresses: Sequence[str]) -> _Greeted:
        """Sweep, and log in to whoever answers while the sweep goes on."""
        plan, greeted = self._plan, _Greeted()
        positions = probe_positions(plan)
        answers = sweep(
            addresses,
            [probe_for(plan.credentials[position].credential) for position in positions],
            port=plan.port,
            pace=Pace(plan.timeout_seconds, plan.retries, plan.limits.packets_per_second),
            preferred=preferred_probes(addresses, plan),
        )
        async with aclosing(answers), asyncio.TaskGroup() as tasks:
            async for answer in answers:
                greeted.answered.add(answer.address)
                self._counters.alive += 1
                tasks.create_task(self._log_in(answer, greeted))
        return greeted

    async def _log_in(self, answer: Answer, greeted: _Greeted) -> None:
        async with self._logins:
            result = await guarded(
                log_in(self._client, answer, self._plan), address=answer.address, plan=self._plan, step="credentials"
            )
        if isinstance(result, Problem):
            await self._failed(result)
        else:
            greeted.hellos.append(result)

    async def _read_all(self, hellos: Sequence[Hello]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for cluster in clusters(hellos):
                tasks.create_task(self._read_cluster(cluster))

    async def _read_cluster(self, cluster: Sequence[Hello]) -> None:
        async for result in self._reader.read(cluster):
            if isinstance(result, Problem):
                await self._failed(result)
                continue
            self._counters.done += 1
            self._counters.profiled += 1
            if self._plan.crawl_depth:
                self._frontier.add(result.profile.snmp, address=result.profile.target.address)
            await self.outcomes.put(result)
            for part in incomplete_parts(result):
                await self.outcomes.put(part)

    async def _failed(self, problem: Problem) -> None:
        self._counters.done += 1
        await self.outcomes.put(problem)
