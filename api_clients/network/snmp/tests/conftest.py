from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from api_clients.network.snmp.simulator import Agent, AgentServer
from api_clients.network.snmp.tests.fake_agent import FakeAgent
from api_clients.network.snmp.tests.snmpd import Snmpd
from api_clients.network.snmp.tests.table_agent import USER, table_view
from api_clients.network.snmp.values import SnmpTarget


@pytest.fixture(scope="session")
def snmpd(program: Callable[[str], str]) -> Iterator[Snmpd]:
    """One agent for all tests that only read, or that write what no other test reads."""
    agent = Snmpd(program("snmpd"))
    agent.start()
    yield agent
    agent.remove()


@pytest.fixture
def own_snmpd(program: Callable[[str], str]) -> Iterator[Snmpd]:
    """An agent that one test may stop and restart."""
    agent = Snmpd(program("snmpd"))
    agent.start()
    yield agent
    agent.remove()


@pytest.fixture
async def fake_agent() -> AsyncIterator[FakeAgent]:
    agent = FakeAgent()
    await agent.start()
    yield agent
    agent.stop()


@pytest.fixture
def agent() -> Iterator[Agent]:
    with AgentServer() as server:
        made = Agent(table_view(), users=[USER])
        server.add("127.0.0.1", made)
        made.target = SnmpTarget("127.0.0.1", server.port)
        yield made
