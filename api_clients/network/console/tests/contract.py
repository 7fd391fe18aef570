"""What every console keeps to, simulated or real: derive, fill in what is asked for, and pytest runs it all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest

from api_clients.domain.errors import InvalidRequest, ServiceError, Unreachable
from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.errors import Busy
from api_clients.network.console.session import ConsoleSession
from api_clients.network.console.stream import TelnetStream
from api_clients.network.console.values import ConsoleInterface, ConsoleTarget, Ping

CANARY = "half-typed-by-somebody"


@dataclass(frozen=True)
class Rig:
    """A running console on 127.0.0.1; `carried_out` holds what it was made to do so far, where that can be told."""

    port: int
    carried_out: Callable[[], str] = str


class ConsoleContract:
    device_type: str
    name: str
    address: str  # one that `interfaces` must tell, with its prefix length
    mac: str | None  # of the interface with that address
    reachable: str  # an address that answers its ping

    def rig(self) -> AbstractAsyncContextManager[Rig]:
        raise NotImplementedError

    async def carried_out(self, rig: Rig, console: ConsoleSession) -> str:
        return rig.carried_out()

    def target(self, rig: Rig, device_type: str | None = None) -> ConsoleTarget:
        return ConsoleTarget("127.0.0.1", rig.port, self.device_type if device_type is None else device_type)

    def check(self, interfaces: tuple[ConsoleInterface, ...]) -> None:
        found = {str(address): item.mac for item in interfaces for address in item.addresses}
        assert self.address in found
        assert found[self.address] == self.mac

    async def test_a_late_joiner_learns_its_name_and_addresses(self) -> None:
        async with self.rig() as rig, ConsoleClient().session(self.target(rig)) as console:
            assert await console.hostname() == self.name
            self.check(await console.interfaces())

    async def test_the_prompt_tells_the_dialect_where_the_type_is_not_known(self) -> None:
        async with self.rig() as rig:
            async with ConsoleClient().session(self.target(rig)) as console:
                told = console.dialect
            async with ConsoleClient().session(self.target(rig, "qemu")) as console:
                assert console.dialect == told
                self.check(await console.interfaces())

    async def test_what_somebody_left_half_typed_is_never_carried_out(self) -> None:
        async with self.rig() as rig:
            async with await TelnetStream.connect("127.0.0.1", rig.port) as other:
                await other.write(b"\r")
                await asyncio.sleep(0.2)
                await other.write(CANARY.encode())
                await asyncio.sleep(0.2)
            async with ConsoleClient().session(self.target(rig)) as console:
                self.check(await console.interfaces())
                assert CANARY not in await self.carried_out(rig, console)

    async def test_sessions_of_one_client_take_turns(self) -> None:
        async with self.rig() as rig:
            client = ConsoleClient()
            replies = await client.ask_all([self.target(rig)] * 3, lambda console: console.interfaces())
            assert [reply.error for reply in replies] == [None] * 3
            assert all(reply.value == replies[0].value for reply in replies)

    async def test_two_clients_at_once_are_answered_right_or_told_that_it_is_busy(self) -> None:
        async with self.rig() as rig:
            asked = [ConsoleClient().ask_all([self.target(rig)], lambda console: console.interfaces()) for _ in "ab"]
            for (reply,) in await asyncio.gather(*asked):
                assert reply.error is None or isinstance(reply.error, Busy), reply.error
                if reply.value is not None:
                    self.check(reply.value)

    async def test_it_pings(self) -> None:
        async with self.rig() as rig, ConsoleClient().session(self.target(rig)) as console:
            found = await console.ping(self.reachable, count=3)
            assert isinstance(found, Ping)
            assert (found.address, found.sent, found.received) == (self.reachable, 3, 3)
            assert found.rtt_avg_seconds is not None
            assert 0 < found.rtt_avg_seconds < 1

    async def test_a_line_typed_by_an_operator_comes_back_with_what_was_printed(self) -> None:
        async with self.rig() as rig, ConsoleClient().session(self.target(rig)) as console:
            assert await console.show("nonsense") != ""
            self.check(await console.interfaces())

    @pytest.mark.parametrize("command", ["", "   ", "a\rb", "a\nb", "\x03", "x" * 501])
    async def test_a_command_that_is_no_line_is_refused_before_anything_is_typed(self, command: str) -> None:
        async with self.rig() as rig, ConsoleClient().session(self.target(rig)) as console:
            with pytest.raises(InvalidRequest):
                await console.show(command)

    @pytest.mark.parametrize("address", ["", "localhost", "10.0.0.1; reboot", "10.0.0.300", "-c 5"])
    async def test_only_addresses_are_pinged(self, address: str) -> None:
        async with self.rig() as rig, ConsoleClient().session(self.target(rig)) as console:
            with pytest.raises(InvalidRequest):
                await console.ping(address)

    async def test_a_stopped_console_is_unreachable_and_says_why(self) -> None:
        async with self.rig() as rig:
            pass
        with pytest.raises(Unreachable, match="refused"):
            async with ConsoleClient().session(self.target(rig)):
                pass

    async def test_what_it_cannot_tell_is_not_supported_rather_than_empty(self) -> None:
        async with self.rig() as rig, ConsoleClient().session(self.target(rig)) as console:
            told = await asyncio.gather(console.routes(), return_exceptions=True)
            assert all(isinstance(item, tuple | ServiceError) for item in told)
            assert all(item != () for item in told)
