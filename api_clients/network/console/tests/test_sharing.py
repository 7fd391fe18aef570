"""Consoles that others use at the same time, and many consoles at once."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from api_clients.domain.errors import CircuitOpen, ServiceError, Unreachable
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.errors import Busy, Silent
from api_clients.network.console.session import ConsoleSession
from api_clients.network.console.simulator import Faults, SimulatedConsole, cisco, linux, serve_consoles, vpcs
from api_clients.network.console.stream import TelnetStream
from api_clients.network.console.values import ConsoleTarget

QUICK = ConsoleClient(arrival_seconds=2.0, command_seconds=3.0, deadline_seconds=60.0)  # where no answer comes
PATIENT = ConsoleClient(arrival_seconds=30.0, command_seconds=30.0, deadline_seconds=60.0)  # where one does


def at(console: SimulatedConsole, device_type: str = "") -> ConsoleTarget:
    return ConsoleTarget("127.0.0.1", console.port, device_type)


async def test_a_command_that_somebody_typed_into_is_put_again() -> None:
    faults = Faults(intruder="xyz", intrusions=2)
    with serve_consoles([SimulatedConsole(vpcs(), faults=faults)]) as (console,):
        async with PATIENT.session(at(console, "vpcs")) as session:
            (interface,) = await session.interfaces()
            assert str(interface.addresses[0]) == "10.0.0.1/24"
        assert [command for command in console.device.commands if "xyz" in command]


async def test_somebody_who_never_stops_typing_makes_it_busy_never_a_wrong_answer() -> None:
    with serve_consoles([SimulatedConsole(vpcs(), faults=Faults(intruder="xyz"))]) as (console,):
        async with PATIENT.session(at(console, "vpcs")) as session:
            with pytest.raises(Busy, match="somebody else types"):
                await session.interfaces()


async def test_a_user_at_the_same_console_does_not_change_the_answers() -> None:
    with serve_consoles([cisco()]) as (console,):
        over = asyncio.Event()

        async def user() -> None:
            async with await TelnetStream.connect("127.0.0.1", console.port) as stream:
                while not over.is_set():
                    await stream.write(b"show ip arp\r")
                    await asyncio.sleep(0.15)

        typing = asyncio.create_task(user())
        try:
            for _ in range(3):
                async with ConsoleClient().session(at(console, "cisco")) as session:
                    found = await session.interfaces()
                    assert [item.name for item in found] == ["FastEthernet0/0", "FastEthernet0/1", "Loopback0"]
                    assert str(found[0].addresses[0]) == "10.0.12.1/24"
        finally:
            over.set()
            await typing


@pytest.mark.parametrize(
    "line",
    ["*Mar  1 00:12:01.123: %LINK-3-UPDOWN: Interface FastEthernet0/1, changed state to up", "%SYS-5-CONFIG_I: x"],
)
async def test_log_lines_in_the_middle_of_answers_are_left_out(line: str) -> None:
    with serve_consoles([SimulatedConsole(cisco(), faults=Faults(log_line=line))]) as (console,):
        async with PATIENT.session(at(console, "cisco")) as session:
            assert len(await session.interfaces()) == 3
            assert "%" not in (await session.configuration()).text


async def test_fifty_consoles_are_asked_at_once_and_the_sick_ones_hold_nobody() -> None:
    sick = [SimulatedConsole(vpcs(), faults=Faults(silent=True)) for _ in range(3)]
    slow = [SimulatedConsole(vpcs(f"S{number}"), faults=Faults(delay_seconds=0.2)) for number in range(3)]
    well = [SimulatedConsole(vpcs(f"P{number}", address=f"10.0.0.{number}/24")) for number in range(1, 45)]
    client = ConsoleClient(arrival_seconds=6.0)
    with serve_consoles([*sick, *slow, *well]) as consoles:
        replies = await client.ask_all([at(console, "vpcs") for console in consoles], ConsoleSession.interfaces)
    assert [type(reply.error) for reply in replies[:3]] == [Silent] * 3
    assert [reply.error for reply in replies[3:]] == [None] * 47
    assert [str(reply.value[0].addresses[0]) for reply in replies[6:] if reply.value] == [
        f"10.0.0.{number}/24" for number in range(1, 45)
    ]
    assert max(reply.seconds for reply in replies[3:]) < 6.0 <= min(reply.seconds for reply in replies[:3])


async def test_each_session_ends_by_its_own_deadline() -> None:
    with serve_consoles([SimulatedConsole(cisco(), faults=Faults(delay_seconds=0.3))]) as (console,):
        started = monotonic()
        with pytest.raises(ServiceError):
            async with ConsoleClient().session(at(console, "cisco"), deadline_seconds=1.0) as session:
                await session.interfaces()
        assert monotonic() - started < 15.0  # two seconds of it are for leaving the console as it was


async def test_a_console_that_falls_silent_in_between_is_silent_not_busy() -> None:
    with serve_consoles([vpcs()]) as (console,):
        async with QUICK.session(at(console, "vpcs"), deadline_seconds=8.0) as session:
            await session.interfaces()
            console.faults = Faults(silent=True)
            with pytest.raises(Silent, match="fell silent"):
                await session.interfaces()
            with pytest.raises(Silent, match="fell silent"):
                await session.show("show ip")


async def test_a_console_at_which_somebody_elses_ping_runs_is_busy_from_the_first_prompt_on() -> None:
    async def ping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(8):  # keys are swallowed, as VPCS does while it pings
            writer.write(f"84 bytes from 10.0.0.2 icmp_seq={number} ttl=64 time=0.155 ms\r\n".encode())
            await asyncio.sleep(0.4)

    server = await asyncio.start_server(ping, "127.0.0.1", 0)
    target = ConsoleTarget("127.0.0.1", server.sockets[0].getsockname()[1], "vpcs")
    try:
        with pytest.raises(Busy, match="keeps printing"):
            async with QUICK.session(target):
                pass
    finally:
        server.close()


async def test_a_session_that_waits_for_its_turn_past_its_deadline_is_busy() -> None:
    with serve_consoles([vpcs()]) as (console,):
        client = ConsoleClient()
        async with client.session(at(console, "vpcs")):
            with pytest.raises(Busy, match="another session of ours"):
                async with client.session(at(console, "vpcs"), deadline_seconds=0.3):
                    pass


async def test_a_cancelled_session_lets_the_console_go() -> None:
    with serve_consoles([vpcs()]) as (console,):
        client = ConsoleClient()

        async def hold() -> None:
            async with client.session(at(console, "vpcs")):
                await asyncio.sleep(30)

        holding = asyncio.create_task(hold())
        await asyncio.sleep(0.5)
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        async with client.session(at(console, "vpcs"), deadline_seconds=30.0) as session:
            assert await session.hostname() == "PC1"


async def test_a_console_that_stays_away_opens_its_circuit_and_others_are_not_touched() -> None:
    breakers = BreakerRegistry(default_policy=BreakerPolicy(failure_threshold=2, recovery_seconds=60.0))
    client = ConsoleClient(breakers=breakers)
    with serve_consoles([vpcs(), linux()]) as (away, there):
        target = at(away, "vpcs")
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(away.stop(), away.loop))
        for _ in range(2):
            with pytest.raises(Unreachable):
                async with client.session(target):
                    pass
        with pytest.raises(CircuitOpen):
            async with client.session(target):
                pass
        async with client.session(at(there, "linux")) as session:
            assert await session.hostname() == "box"


async def test_every_question_is_measured_by_its_name_and_outcome() -> None:
    class Meter:
        def __init__(self) -> None:
            self.seen: list[tuple[str, str, str]] = []

        def observe(self, service: str, operation: str, outcome: str, seconds: float) -> None:
            self.seen.append((service, operation, outcome))

    meter = Meter()
    with serve_consoles([vpcs()]) as (console,):
        async with ConsoleClient(meter=meter).session(at(console, "vpcs")) as session:
            await session.interfaces()
            with pytest.raises(ServiceError):
                await session.routes()
    assert meter.seen == [
        ("console", "session", "success"),
        ("console", "interfaces", "success"),
        ("console", "routes", "NotSupported"),
    ]
