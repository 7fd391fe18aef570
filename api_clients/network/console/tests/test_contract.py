"""The contract of every client of devices, kept by consoles."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.simulator import linux, serve_consoles
from api_clients.network.console.values import ConsoleTarget, Login
from api_clients.simulation import FaultyProxy, faulty_proxy, garbage, hang
from api_clients.tests.device_contract import DeviceContract

PASSWORD = "password-of-the-console"


class Line:
    """A console behind a proxy that can fail in its stead."""

    def __init__(self, proxy: FaultyProxy) -> None:
        self._proxy = proxy
        self.target = ConsoleTarget("127.0.0.1", proxy.port, "linux")

    @property
    def asked(self) -> int:
        return len(self._proxy.received)

    def answer(self) -> None:
        self._proxy.clear()

    def be_silent(self) -> None:
        self._proxy.inject(hang(30.0))

    def be_garbled(self) -> None:
        self._proxy.inject(garbage(b"\xff\xfd\x01\x00\xfe nonsense"))


class TestConsole(DeviceContract):
    service = "console"
    secrets = (PASSWORD,)

    def make_client(self, **given: Any) -> ConsoleClient:
        return ConsoleClient(arrival_seconds=1.5, command_seconds=3.0, deadline_seconds=4.5, **given)

    @asynccontextmanager
    async def raise_device(self) -> AsyncIterator[Line]:
        with (
            serve_consoles([linux()]) as (console,),
            faulty_proxy(
                lambda: socket.create_connection(("127.0.0.1", console.port)), url="telnet://127.0.0.1:{port}"
            ) as proxy,
        ):
            yield Line(proxy)

    async def ask(self, client: ConsoleClient, device: Line) -> Any:
        async with client.session(device.target, Login("admin", PASSWORD)) as session:
            return await session.hostname()
