from __future__ import annotations

import pytest

from api_clients.network.snmp.simulator import Agent, Fault, faults, pdu
from api_clients.network.snmp.simulator.load import load_agent
from api_clients.network.snmp.simulator.tests.conversation import SYS_NAME, ask, read_answer, request, walk
from api_clients.network.snmp.wire import ber

IF_TABLE = "1.3.6.1.2.1.2.2.1"


@pytest.fixture
def agent() -> Agent:
    return load_agent(1, interfaces=4)


def delivered(agent: Agent, fault: Fault) -> list[tuple[float, bytes]]:
    agent.fault = fault
    reply = agent.answer(request(pdu.GET, [SYS_NAME]))
    assert reply is not None
    return list(fault.deliver(reply))


def test_a_silent_agent_sends_nothing(agent: Agent) -> None:
    assert delivered(agent, faults.Silent()) == []


def test_a_lossy_agent_loses_every_second_answer(agent: Agent) -> None:
    fault = faults.Lossy(2)
    assert [len(delivered(agent, fault)) for _ in range(4)] == [0, 1, 0, 1]


def test_garbage_is_no_message(agent: Agent) -> None:
    ((_, datagram),) = delivered(agent, faults.Garbage())
    with pytest.raises((ber.BerError, AssertionError)):
        read_answer(datagram)


def test_a_truncated_answer_ends_early(agent: Agent) -> None:
    ((_, datagram),) = delivered(agent, faults.Truncated())
    with pytest.raises(ber.BerError, match="ends inside"):
        read_answer(datagram)


def test_the_wrong_request_id_is_the_only_thing_wrong(agent: Agent) -> None:
    right = ask(agent, pdu.GET, [SYS_NAME], request_id=41)
    agent.fault = faults.WrongRequestId()
    wrong = ask(agent, pdu.GET, [SYS_NAME], request_id=41)
    assert wrong.request_id != right.request_id
    assert wrong.varbinds == right.varbinds


def test_a_looping_walk_comes_back_to_where_it_was(agent: Agent) -> None:
    agent.fault = faults.GetNextLoop(IF_TABLE)
    at, seen = IF_TABLE, []
    for _ in range(200):
        at = ask(agent, pdu.GET_NEXT, [at]).varbinds[0][0]
        seen.append(at)
    assert len(set(seen)) == 88
    assert seen[:88] == seen[88:176]
    looped = ask(agent, pdu.GET_BULK, [f"{IF_TABLE}.22.3"], second=3).varbinds
    assert [name for name, _, _ in looped] == [f"{IF_TABLE}.22.4", f"{IF_TABLE}.1.1", f"{IF_TABLE}.1.2"]


def test_a_changing_table_shows_other_rows_at_the_next_request(agent: Agent) -> None:
    agent.fault = faults.ChangingTable(IF_TABLE)
    thin, full = (
        [name for name, _, _ in ask(agent, pdu.GET_BULK, [f"{IF_TABLE}.1"], second=3).varbinds] for _ in range(2)
    )
    assert thin == [f"{IF_TABLE}.1.1", f"{IF_TABLE}.1.3", f"{IF_TABLE}.2.1"]
    assert full == [f"{IF_TABLE}.1.1", f"{IF_TABLE}.1.2", f"{IF_TABLE}.1.3"]


def test_a_mended_agent_is_as_before(agent: Agent) -> None:
    before = [name for name, _, _ in walk(agent, "1.3.6.1")]
    for fault in (faults.GetNextLoop(IF_TABLE), faults.ChangingTable(IF_TABLE), faults.WrongRequestId()):
        agent.fault = fault
        ask(agent, pdu.GET, [SYS_NAME])
        agent.fault = None
        assert [name for name, _, _ in walk(agent, "1.3.6.1")] == before
