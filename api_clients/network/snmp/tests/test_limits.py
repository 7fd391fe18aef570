"""What a session costs its agent and its process: questions in flight, sockets, breakers, cancellation."""

import asyncio
import gc
import time
from pathlib import Path

import pytest

from api_clients.domain.errors import CircuitOpen, Unreachable
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.infrastructure.breaker.registry import BreakerRegistry
from api_clients.infrastructure.clock import ManualClock
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.errors import NoSuchObject
from api_clients.network.snmp.simulator import Agent, AgentServer, MibView, parse_oid
from api_clients.network.snmp.tests.fake_agent import Asked, FakeAgent, varbind
from api_clients.network.snmp.tests.snmpd import free_udp_port
from api_clients.network.snmp.values import Community, SnmpTarget
from api_clients.network.snmp.wire import ber
from api_clients.tests.waiting import eventually

NAME = "1.3.6.1.2.1.1.5.0"
V2C = Community("public")


def answer_name(asked: Asked) -> bytes:
    return asked.answer(*(varbind(oid, ber.octets("switch")) for oid in asked.oids))


class SlowAgent:
    """Answers after a while, and notes how many questions it had at once."""

    def __init__(self, agent: FakeAgent, seconds: float) -> None:
        self.waiting = self.most = 0
        self._agent = agent
        self._seconds = seconds
        agent.on_request = self._on_request

    def _on_request(self, asked: Asked) -> None:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        asyncio.get_running_loop().call_later(self._seconds, self._answer, answer_name(asked), self._agent.peer)

    def _answer(self, datagram: bytes, peer: tuple[str, int]) -> None:
        self.waiting -= 1
        self._agent.peer = peer
        self._agent.send(datagram)


@pytest.mark.parametrize("allowed", [1, 2, 5])
async def test_no_more_questions_are_in_flight_to_one_agent_than_allowed(fake_agent, allowed):
    slow = SlowAgent(fake_agent, 0.02)
    async with SnmpClient(max_concurrent_per_device=allowed).session(fake_agent.target, V2C) as session:
        answers = await asyncio.gather(*(session.get(NAME) for _ in range(20)))
    assert answers == [b"switch"] * 20
    assert slow.most == allowed


async def test_sessions_wait_for_a_socket_when_all_are_taken(fake_agent):
    slow = SlowAgent(fake_agent, 0.02)
    client = SnmpClient(max_sockets=3)

    async def ask() -> object:
        async with client.session(fake_agent.target, V2C) as session:
            return await session.get(NAME)

    assert await asyncio.gather(*(ask() for _ in range(12))) == [b"switch"] * 12
    assert slow.most == 3


async def test_no_descriptor_is_left_open(fake_agent):
    fake_agent.on_request = answer_name
    client = SnmpClient()
    gc.collect()
    before = _descriptors()
    for _ in range(50):
        async with client.session(fake_agent.target, V2C) as session:
            await asyncio.gather(*(session.get(NAME) for _ in range(4)))
    gc.collect()
    # Threads that other tests left to end may open one in between.
    eventually(lambda: _descriptors() <= before, otherwise="descriptors are left open")


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_cancelled_question_leaves_the_session_usable(fake_agent):
    async with SnmpClient().session(fake_agent.target, V2C) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await session.walk("1.3.6.1.2.1.1")
        fake_agent.on_request = answer_name
        assert await session.get(NAME) == b"switch"


async def test_an_agent_that_is_silent_is_asked_so_many_times_and_no_more(fake_agent):
    async with SnmpClient(timeout_seconds=0.1, retries=3).session(fake_agent.target, V2C) as session:
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"4 x 0\.1 s"):
            await session.walk("1.3.6.1.2.1.1")
        assert 0.35 < time.monotonic() - started < 10.0
    assert len(fake_agent.seen) == 4


async def test_a_device_that_keeps_silent_is_left_alone_until_its_breaker_lets_a_trial_through(fake_agent):
    clock = ManualClock()
    registry = BreakerRegistry(clock=clock, default_policy=BreakerPolicy(failure_threshold=2, recovery_seconds=30.0))
    client = SnmpClient(timeout_seconds=0.05, retries=0, breakers=registry)
    async with client.session(fake_agent.target, V2C) as session:
        for _ in range(2):
            with pytest.raises(Unreachable):
                await session.get(NAME)
        asked = len(fake_agent.seen)
        with pytest.raises(CircuitOpen):
            await session.walk(NAME)
        assert len(fake_agent.seen) == asked
        clock.advance(31.0)
        fake_agent.on_request = answer_name
        assert await session.get(NAME) == b"switch"
        assert await session.get(NAME) == b"switch"


async def test_one_dead_device_does_not_block_another_and_refusals_trip_nothing(fake_agent):
    registry = BreakerRegistry(default_policy=BreakerPolicy(failure_threshold=1))
    client = SnmpClient(timeout_seconds=5.0, retries=0, breakers=registry)
    async with client.session(SnmpTarget("127.0.0.1", free_udp_port()), V2C) as dead:
        with pytest.raises(Unreachable):
            await dead.get(NAME)
    fake_agent.on_request = lambda asked: asked.refuse(2)
    async with client.session(fake_agent.target, V2C) as session:
        for _ in range(3):
            with pytest.raises(NoSuchObject):
                await session.get(NAME)


async def test_a_cancelled_operation_gives_its_trial_back(fake_agent):
    clock = ManualClock()
    registry = BreakerRegistry(clock=clock, default_policy=BreakerPolicy(failure_threshold=1, recovery_seconds=30.0))
    client = SnmpClient(timeout_seconds=0.1, retries=0, breakers=registry)
    async with client.session(fake_agent.target, V2C) as session:
        with pytest.raises(Unreachable):
            await session.get(NAME)
        clock.advance(31.0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await session.get(NAME)
        fake_agent.on_request = answer_name
        assert await session.get(NAME) == b"switch"


async def test_tables_of_long_values_are_walked_side_by_side() -> None:
    """Each walk meets the limit of a datagram on its own; none pays for how often the others met it."""
    tables = [f"1.3.6.1.4.1.99999.{table}" for table in range(1, 9)]
    long = ber.octets("x" * 500)
    objects = {parse_oid(f"{table}.{row}"): long for table in tables for row in range(1, 21)}
    server = AgentServer()
    server.add("127.0.0.1", Agent(MibView(objects), max_message_bytes=65507))
    with server:
        async with SnmpClient(max_concurrent_per_device=8).session(
            SnmpTarget("127.0.0.1", server.port), V2C
        ) as session:
            walked = await asyncio.gather(*(session.walk(table) for table in tables))
    assert [len(rows) for rows in walked] == [20] * len(tables)
