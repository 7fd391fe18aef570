"""Sweeping addresses for agents: who answers to what, and what answers that no client can use."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from api_clients.network.snmp.probe import Probe, probe_for, read_greeting
from api_clients.network.snmp.simulator.agent import Agent
from api_clients.network.snmp.simulator.faults import Fault, Garbage, Lossy, Silent, Slow, Truncated, WrongRequestId
from api_clients.network.snmp.simulator.mib import MibView
from api_clients.network.snmp.simulator.server import AgentServer
from api_clients.network.snmp.sweep import Answer, Pace, sweep
from api_clients.network.snmp.values import Community, UsmUser
from api_clients.network.snmp.wire import ber

PUBLIC = probe_for(Community("public"))
SECRET = probe_for(Community("secret"))
ENGINE = probe_for(UsmUser("operator"))
QUICK = Pace(timeout_seconds=0.3, retries=1)
SPACED = Pace(timeout_seconds=1.0, retries=0)  # as long between two probes as there can be


def agent(*communities: str, fault: Fault | None = None) -> Agent:
    view = MibView({ber.parse_oid("1.3.6.1.2.1.1.2.0"): ber.object_identifier("1.3.6.1.4.1.8072.3.2.10")})
    made = Agent(view, communities=communities or ("public",))
    made.fault = fault
    return made


async def answers(
    server: AgentServer,
    probes: Sequence[Probe],
    *extra: str,
    preferred: dict[str, int] | None = None,
    pace: Pace = QUICK,
) -> dict[str, Answer]:
    addresses = [*server.agents, *extra]
    found = sweep(addresses, probes, port=server.port, pace=pace, preferred=preferred)
    return {answer.address: answer async for answer in found}


async def test_every_agent_answers_to_its_own_community() -> None:
    with AgentServer() as server:
        server.add_all({"127.31.0.1": agent("public"), "127.31.0.2": agent("secret"), "127.31.0.3": agent("other")})
        found = await answers(server, [PUBLIC, SECRET])
    assert {address: answer.probe for address, answer in found.items()} == {"127.31.0.1": 0, "127.31.0.2": 1}


async def test_an_agent_that_knows_no_community_answers_the_engine_discovery() -> None:
    with AgentServer() as server:
        server.add("127.31.0.4", agent("unknown"))
        found = await answers(server, [PUBLIC, ENGINE])
    assert found["127.31.0.4"].probe == 1


async def test_a_v1_community_is_asked_in_v1() -> None:
    with AgentServer() as server:
        server.add("127.31.0.5", agent("public"))
        found = await answers(server, [probe_for(Community("public", version="1"))])
    assert found["127.31.0.5"].probe == 0


async def test_an_agent_that_takes_the_first_community_never_sees_the_second() -> None:
    with AgentServer() as server:
        both = agent("public", "secret")
        server.add("127.31.0.6", both)
        server.add("127.31.0.7", agent(fault=Silent()))
        await answers(server, [PUBLIC, SECRET], pace=SPACED)
    assert both.requests == 1


async def test_the_probe_that_worked_last_time_is_the_first() -> None:
    with AgentServer() as server:
        both = agent("public", "secret")
        server.add("127.31.0.8", both)
        found = await answers(server, [PUBLIC, SECRET], preferred={"127.31.0.8": 1}, pace=SPACED)
    assert found["127.31.0.8"].probe == 1
    assert both.requests == 1


async def test_a_lost_answer_is_asked_for_again() -> None:
    with AgentServer() as server:
        server.add("127.31.0.9", agent(fault=Lossy()))
        found = await answers(server, [PUBLIC])
    assert found["127.31.0.9"].probe == 0


async def test_an_answer_that_comes_during_the_retry_counts() -> None:
    with AgentServer() as server:
        server.add("127.31.0.10", agent(fault=Slow(0.4)))
        found = await answers(server, [PUBLIC])
    assert found["127.31.0.10"].probe == 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Garbage(b"HTTP/1.1 400 Bad Request"), "tag 0x48"),
        (Garbage(b""), "truncated"),
        (Truncated(), "truncated"),
        (WrongRequestId(), "another request's ID"),
    ],
)
async def test_an_unusable_answer_is_reported_with_its_fault(fault: Fault, reason: str) -> None:
    with AgentServer() as server:
        server.add_all({"127.31.0.11": agent(fault=fault), "127.31.0.12": agent()})
        found = await answers(server, [PUBLIC])
    assert found["127.31.0.12"].probe == 0
    assert found["127.31.0.11"].probe is None
    assert reason in found["127.31.0.11"].fault


async def test_ipv6_agents_answer_too() -> None:
    with AgentServer() as server:
        server.add("::1", agent())
        found = await answers(server, [PUBLIC], "127.31.0.13")
    assert list(found) == ["::1"]


async def test_a_sweep_ends_at_once_when_all_have_answered() -> None:
    with AgentServer() as server:
        server.add_all({f"127.31.1.{host}": agent() for host in range(1, 200)})
        began = time.monotonic()
        pace = Pace(timeout_seconds=20.0)
        found = [answer async for answer in sweep(list(server.agents), [PUBLIC], port=server.port, pace=pace)]
        took = time.monotonic() - began
    assert len(found) == 199
    assert took < 20.0  # the timeout: waiting for it would show


async def test_silence_costs_two_timeouts_however_many_addresses_are_silent() -> None:
    began = time.monotonic()
    silent = [f"127.31.{net}.{host}" for net in range(4) for host in range(250)]
    with AgentServer() as server:
        server.add("127.31.9.1", agent())
        found = [item async for item in sweep([*silent, "127.31.9.1"], [PUBLIC], port=server.port, pace=QUICK)]
    assert [answer.address for answer in found] == ["127.31.9.1"]
    assert 0.6 <= time.monotonic() - began < 30


async def test_leaving_a_sweep_early_closes_its_sockets() -> None:
    with AgentServer() as server:
        server.add("127.31.0.14", agent())
        found = sweep(["127.31.0.14", "127.31.0.15"], [PUBLIC], port=server.port)
        assert (await anext(found)).address == "127.31.0.14"
        await found.aclose()  # pytest turns an unclosed socket or a pending task into a failure


@pytest.mark.parametrize("cut", range(1, 40))
def test_no_prefix_of_an_answer_passes_for_one(cut: int) -> None:
    datagram = agent().answer(PUBLIC.message(7))
    assert datagram is not None
    assert read_greeting(datagram).request_id == 7
    with pytest.raises(ber.BerError):
        read_greeting(datagram[: len(datagram) - cut])


def test_a_request_id_survives_the_way_there_and_back_whatever_its_size() -> None:
    for request_id in (0, 1, 127, 128, 255, 32768, 2**31 - 1):
        for probe in (PUBLIC, ENGINE):
            datagram = agent().answer(probe.message(request_id))
            assert datagram is not None
            assert read_greeting(datagram).request_id == request_id
