"""Agents that break the rules, beside good ones: a clear word for each, nothing half-written, the run goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api_clients.network.snmp.simulator import AgentServer
from api_clients.network.snmp.simulator.agent import Agent
from api_clients.network.snmp.simulator.faults import (
    ChangingTable,
    Duplicating,
    Fault,
    Garbage,
    GetNextLoop,
    Lossy,
    Slow,
    Truncated,
    WrongRequestId,
)
from api_clients.network.snmp.simulator.load import load_agent, load_view
from api_clients.network.snmp.simulator.mib import MibView
from api_clients.network.snmp.wire import ber
from nms.network_management.discovery.report import report
from nms.network_management.discovery.tests.conftest import Discover
from nms.network_management.models import Device, DiscoveryRun, Interface

pytestmark = pytest.mark.django_db

GOOD = {f"127.42.0.{host}": host for host in (1, 2, 4, 5)}
BAD = "127.42.0.3"


def beside_good_ones(bad: Agent, discover: Discover, **spec: object) -> DiscoveryRun:
    with AgentServer() as server:
        server.add_all({address: load_agent(number) for address, number in GOOD.items()} | {BAD: bad})
        return discover("127.42.0.1-5", port=server.port, **{"timeout_seconds": 0.5, **spec})


def spoilt(fault: Fault) -> Agent:
    agent = load_agent(3)
    agent.fault = fault
    return agent


class AfterLogin(Fault):
    """Well-behaved for the first `requests`, then as `fault`: it breaks in the middle of being read."""

    def __init__(self, fault: Fault, *, requests: int = 3) -> None:
        self._fault = fault
        self._left = requests

    def deliver(self, reply: bytes):  # type: ignore[no-untyped-def]
        self._left -= 1
        return super().deliver(reply) if self._left >= 0 else self._fault.deliver(reply)


class Endless(MibView):
    """ifTable without end: every row has a successor."""

    def bulk(self, content: bytes, count: int) -> list[bytes]:
        column = ber.parse_oid("1.3.6.1.2.1.2.2.1.1")
        oid = ber.parse_oid_content(content)
        if oid[:7] != column[:7]:
            return super().bulk(content, count)
        start = oid[10] + 1 if len(oid) == 11 and oid[:10] == column else 1
        return [
            ber.tlv(ber.SEQUENCE, ber.object_identifier((*column, row)) + ber.integer(row))
            for row in range(start, start + count)
        ]


@pytest.mark.parametrize(
    ("bad", "code", "said"),
    [
        (lambda: spoilt(Garbage()), "malformed", "SNMP"),
        (lambda: spoilt(Garbage(b"")), "malformed", "truncated"),
        (lambda: spoilt(Truncated()), "malformed", "truncated"),
        (lambda: spoilt(WrongRequestId()), "malformed", "request"),
        (lambda: spoilt(GetNextLoop()), "unreadable", "interfaces"),
        (lambda: spoilt(GetNextLoop("1.3.6.1.2.1.2.2.1.2")), "unreadable", "advance"),
        (lambda: Agent(Endless(dict(load_view(3, interfaces=2).objects()))), "unreadable", "interfaces"),
    ],
    ids=[
        "garbage",
        "empty",
        "truncated",
        "wrong-request-id",
        "loop",
        "loop-in-a-column",
        "endless",
    ],
)
def test_a_misbehaving_agent_gets_a_clear_problem_and_the_others_are_stored(
    bad: Callable[[], Agent], code: str, said: str, discover: Discover
) -> None:
    assert_only_the_bad_one_is_missing(beside_good_ones(bad(), discover), code, said)


def test_an_agent_that_breaks_while_it_is_read_gets_a_clear_problem_and_nothing_of_it_is_stored(
    discover: Discover,
) -> None:
    run = beside_good_ones(spoilt(AfterLogin(Garbage())), discover, timeout_seconds=0.2)  # every part waits for it
    assert_only_the_bad_one_is_missing(run, "unreadable", "interfaces")


def assert_only_the_bad_one_is_missing(run: DiscoveryRun, code: str, said: str) -> None:
    found = report(run)
    assert run.state == DiscoveryRun.State.SUCCEEDED
    assert [device["address"] for device in found["devices"]] == list(GOOD)
    (problem,) = [problem for problem in found["problems"] if problem["code"] != "incomplete"]
    assert (problem["address"], problem["code"]) == (BAD, code)
    assert said in problem["message"]
    assert not Device.objects.filter(endpoints__address=BAD).exists()


@pytest.mark.parametrize("fault", [Duplicating(), Lossy(10), Slow(0.05)], ids=["duplicating", "lossy", "slow"])
def test_an_agent_on_a_bad_line_is_read_all_the_same(fault: Fault, discover: Discover) -> None:
    found = report(beside_good_ones(spoilt(fault), discover, retries=2))
    assert len(found["devices"]) == 5
    assert found["problems"] == []


@pytest.mark.parametrize("subtree", ["1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.2.2.1.3"])
def test_a_table_that_changes_while_it_is_walked_is_stored_whole_or_not_at_all(
    subtree: str, discover: Discover
) -> None:
    found = report(beside_good_ones(spoilt(ChangingTable(subtree)), discover))
    by_address = {device["address"]: device for device in found["devices"]}
    assert set(GOOD) <= set(by_address)
    if BAD not in by_address:
        (problem,) = found["problems"]
        assert (problem["address"], problem["code"]) == (BAD, "malformed")
        assert "changed while it was read" in problem["message"]
        return
    for row in by_address[BAD]["interfaces"]:
        assert row["type"] == "ethernetCsmacd"
        assert (row["mtu"], row["admin_status"], row["oper_status"]) == (1500, "up", "up")
        assert row["mac"]


def test_a_known_device_that_turns_bad_keeps_what_is_known_of_it(discover: Discover) -> None:
    beside_good_ones(load_agent(3), discover)
    before = set(Interface.objects.filter(device__endpoints__address=BAD).values_list("name", "last_seen"))
    assert len(before) == 6
    beside_good_ones(spoilt(GetNextLoop()), discover)
    after = set(Interface.objects.filter(device__endpoints__address=BAD).values_list("name", "last_seen"))
    assert after == before
