"""The contract of every client of devices, kept by ICMP and its TCP probe as far as it has any errors."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from api_clients.network.icmp.client import IcmpClient
from api_clients.tests.device_contract import DeviceContract


class Host:
    """A port of this machine that takes connections, or has no room for one more."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self._waiting: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]

    @property
    def asked(self) -> int:
        raise AssertionError("the kernel answers, and does not tell")

    def answer(self) -> None:
        raise AssertionError("nothing brings it back")

    def be_silent(self) -> None:
        """Fill the line of those who wait to be accepted: to the next SYN nothing is said."""
        for _ in range(3):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", self.port))
            self._waiting.append(waiting)

    def be_garbled(self) -> None:
        raise AssertionError("a port says no words that could be nonsense")

    def close(self) -> None:
        for each in (self._listener, *self._waiting):
            each.close()


class TestIcmp(DeviceContract):
    service = "icmp"
    no_errors = "a host that keeps silent is a finding, not an error; there is no login and no circuit"

    def make_client(self, **given: Any) -> IcmpClient:
        return IcmpClient(timeout_seconds=1.0, **given)

    @asynccontextmanager
    async def raise_device(self) -> AsyncIterator[Host]:
        host = Host()
        yield host
        host.close()

    async def ask(self, client: IcmpClient, device: Host) -> Any:
        probe = await client.probe_port("127.0.0.1", device.port)
        return probe.state == "open"
