"""The process's clients: one set, measured, with a breaker for each device."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, CollectorRegistry

from api_clients.clients import Clients
from api_clients.container import make_container
from api_clients.domain.errors import CircuitOpen, Unreachable
from api_clients.network.snmp.simulator import Agent, AgentServer, MibView, Silent, parse_oid
from api_clients.network.snmp.values import Community, SnmpTarget
from api_clients.network.snmp.wire.ber import octets
from common.application.clients import clients

NAME = "1.3.6.1.2.1.1.5.0"


@pytest.fixture
def agent() -> Agent:
    return Agent(MibView({parse_oid(NAME): octets("r1")}))


@pytest.fixture
def server(agent: Agent) -> Iterator[AgentServer]:
    server = AgentServer()
    server.add("127.0.0.1", agent)
    with server:
        yield server


def ask(ready: Clients, port: int) -> object:
    async def question() -> object:
        client = ready.get("snmp")
        async with client.session(SnmpTarget("127.0.0.1", port), Community("public")) as session:
            return await session.get(NAME)

    return asyncio.run(question())


def attempts(outcome: str) -> float:
    labels = {"service": "snmp", "operation": "get", "outcome": outcome}
    return REGISTRY.get_sample_value("nms_client_requests_total", labels) or 0.0


def test_a_process_has_one_set_of_clients() -> None:
    assert clients() is clients()


@pytest.mark.django_db  # another collector of the registry reads the position of the events
def test_every_question_to_a_device_is_counted(server: AgentServer) -> None:
    before = attempts("success")
    assert ask(clients(), server.port) == b"r1"
    assert attempts("success") == before + 1


def test_a_device_that_stays_silent_is_not_asked_again_and_again(
    agent: Agent, server: AgentServer, tmp_path: Path
) -> None:
    file = tmp_path / "clients.yaml"
    file.write_text(
        "services:\n  snmp:\n    options: {timeout_seconds: 0.1, retries: 0}\n    breaker: {failure_threshold: 2}\n"
    )
    ready = make_container(clients_file=file, prometheus_registry=CollectorRegistry()).clients()
    agent.fault = Silent()
    for _ in range(2):
        with pytest.raises(Unreachable):
            ask(ready, server.port)
    with pytest.raises(CircuitOpen) as refusal:
        ask(ready, server.port)
    # The catalogue's word, since the file says nothing of it: shorter than a round of watching.
    assert 0 < refusal.value.retry_in_seconds <= 10
