"""The contract of every client of devices, kept by SNMP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.tests.fake_agent import Asked, FakeAgent, varbind
from api_clients.network.snmp.values import Community
from api_clients.network.snmp.wire import ber
from api_clients.tests.device_contract import DeviceContract

NAME = "1.3.6.1.2.1.1.5.0"
COMMUNITY = "community-of-the-tests"


class Agent(FakeAgent):
    @property
    def asked(self) -> int:
        return len(self.seen)

    def answer(self) -> None:
        self.on_request = self._name

    def be_silent(self) -> None:
        self.on_request = lambda _: None

    def be_garbled(self) -> None:
        self.on_request = lambda _: b"\x30\x03\xff\xff\xff"

    def _name(self, asked: Asked) -> bytes:
        return asked.answer(*(varbind(oid, ber.octets("switch")) for oid in asked.oids))


class TestSnmp(DeviceContract):
    service = "snmp"
    secrets = (COMMUNITY,)

    def make_client(self, **given: Any) -> SnmpClient:
        return SnmpClient(timeout_seconds=0.4, retries=0, **given)

    @asynccontextmanager
    async def raise_device(self) -> AsyncIterator[Agent]:
        agent = Agent()
        agent.answer()
        await agent.start()
        yield agent
        agent.stop()

    async def ask(self, client: SnmpClient, device: Agent) -> Any:
        async with client.session(device.target, Community(COMMUNITY)) as session:
            return await session.get(NAME)
