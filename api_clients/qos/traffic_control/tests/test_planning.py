"""Plans, made of a state and changes: pure, as tables; and what comes back from outside, which is not believed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest, Rejected
from api_clients.domain.operation import Operation, example_of, operations_of
from api_clients.infrastructure.clock import SystemClock
from api_clients.qos.traffic_control.client import TrafficControlClient
from api_clients.qos.traffic_control.examples import CHANGES, INTERFACE, STATE
from api_clients.qos.traffic_control.planning import in_units, make_plan, undo_of
from api_clients.qos.traffic_control.simulator import TrafficControlSimulator, make_simulator
from api_clients.qos.traffic_control.values import Filter, Qdisc, State
from api_clients.qos.traffic_control.wire import WORD
from api_clients.simulation import InProcessTransport
from api_clients.tests.connected import connected

Change = dict[str, Any]
DEAF = Qdisc("cake", "1:", "root")


@pytest.fixture
def simulator() -> TrafficControlSimulator:
    return make_simulator()


@pytest.fixture
def client(simulator: TrafficControlSimulator) -> Iterator[TrafficControlClient]:
    wire = InProcessTransport(simulator, clock=SystemClock())
    with connected(TrafficControlClient, "host://local", wire=wire) as client:
        yield client


def planned(*changes: Change, state: State = STATE) -> tuple[tuple[str, ...], ...]:
    return tuple(step.command for step in make_plan("eth0", "", state, changes).steps)


def words(command: tuple[str, ...]) -> str:
    return " ".join(command)


def test_a_ceil_that_was_the_rate_goes_with_it() -> None:
    ((*command,),) = planned({"do": "set_class", "class_id": "1:1", "rate_bps": 80_000_000})
    assert "rate 80000000bit ceil 80000000bit" in words(tuple(command))


def test_a_ceil_of_its_own_stays_and_so_does_the_priority() -> None:
    ((*command,),) = planned({"do": "set_class", "class_id": "1:20", "rate_bps": 50_000_000})
    assert "rate 50000000bit ceil 100000000bit prio 3" in words(tuple(command))


def test_the_undo_says_every_number_that_was() -> None:
    (step,) = make_plan("eth0", "", STATE, CHANGES).steps
    assert [words(command) for command in step.undo] == [
        "class change dev eth0 parent 1:1 classid 1:10 htb rate 5000000bit ceil 10000000bit burst 1600b cburst 1600b"
        " prio 0 quantum 62500"
    ]


def test_a_removed_root_is_put_back_from_the_top() -> None:
    (step,) = make_plan("eth0", "", STATE, [{"do": "remove_qdisc"}]).steps
    assert words(step.command) == "qdisc del dev eth0 root"
    begin = [words(command).split(" htb ")[0] for command in step.undo]
    assert begin[0] == "qdisc add dev eth0 root handle 1:"
    assert [line.split()[-1] for line in begin[1:4]] == ["1:1", "1:10", "1:20"]
    assert begin[4] == "qdisc add dev eth0 parent 1:10 handle 10: pfifo limit 50"
    assert begin[5].startswith(
        "filter add dev eth0 parent 1: protocol ip prio 5 u32 match u32 0x000013c4 0x0000ffff at 20"
    )


def test_steps_are_taken_back_last_first() -> None:
    plan = make_plan(
        "eth0",
        "",
        STATE,
        [
            {"do": "add_class", "parent": "1:1", "class_id": "1:30", "rate_bps": 1_000_000},
            {"do": "add_filter", "priority": 9, "class_id": "1:30", "protocol": "udp", "destination_port": 53},
        ],
    )
    assert [words(command) for command in undo_of(plan)] == [
        "filter del dev eth0 parent 1: protocol ip prio 9",
        "class del dev eth0 classid 1:30",
    ]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"source": "10.0.0.0/8"}, "match ip src 10.0.0.0/8 flowid"),
        ({"destination": "2001:db8::/32"}, "protocol ipv6 prio 9 u32 match ip6 dst 2001:db8::/32 flowid"),
        ({"protocol": "tcp", "destination_port": 443}, "match ip protocol 6 0xff match ip dport 443 0xffff flowid"),
        ({"kind": "flower", "protocol": "udp", "source_port": 53}, "flower ip_proto udp src_port 53 classid 1:10"),
        ({"kind": "fw", "mark": 7}, "protocol all prio 9 handle 7 fw classid 1:10"),
    ],
)
def test_what_a_filter_matches_becomes_words_of_tc(change: Change, match: str) -> None:
    (command,) = planned({"do": "add_filter", "priority": 9, "class_id": "1:10", **change})
    assert match in words(command)


@pytest.mark.parametrize(
    ("delay_ms", "jitter_ms", "said"),
    [(1500, 0, "delay 1500000us"), (1000, 2000, "delay 1000000us 2000000us"), (0.25, 0.001, "delay 250us 1us")],
)
def test_delays_of_a_second_and_more_are_whole_microseconds(delay_ms: float, jitter_ms: float, said: str) -> None:
    (command,) = planned({"do": "set_netem", "delay_ms": delay_ms, "jitter_ms": jitter_ms}, state=State())
    assert words(command).endswith(said)
    assert all(WORD.fullmatch(word) for word in command)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"do": "nothing"}, "change 1"),
        ({"do": "set_class", "class_id": "1:10"}, "a class is given a rate"),
        ({"do": "set_class", "class_id": "1:99", "rate_bps": 8}, "eth0 has no class 1:99"),
        ({"do": "set_class", "class_id": "1:10", "rate_bps": 0}, "rate_bps: .*greater than or equal to 8"),
        ({"do": "set_class", "class_id": "1:10", "rate_bps": -5}, "rate_bps"),
        ({"do": "set_class", "class_id": "1:10", "rate_bps": "fast"}, "rate_bps"),
        ({"do": "set_class", "class_id": "1:10; reboot", "rate_bps": 8}, "class_id"),
        ({"do": "set_class", "class_id": "1:10", "rate_bps": 20_000_000}, "ceil of 10 Mbit/s is below the rate of 20"),
        ({"do": "set_class", "class_id": "1:10", "rate_bps": 8, "colour": "red"}, "colour"),
        ({"do": "add_class", "parent": "1:1", "class_id": "1:10", "rate_bps": 8}, "has a class 1:10 already"),
        ({"do": "add_class", "parent": "2:1", "class_id": "1:30", "rate_bps": 8}, "should be below a qdisc htb 1:"),
        ({"do": "add_class", "parent": "1:77", "class_id": "1:30", "rate_bps": 8}, "no class 1:77"),
        ({"do": "remove_class", "class_id": "1:1"}, "in use by class 1:10, class 1:20"),
        ({"do": "remove_class", "class_id": "1:10"}, "in use by the filter of priority 5"),
        ({"do": "remove_qdisc", "parent": "1:20"}, "nothing was put at 1:20"),
        (
            {"do": "set_tbf", "parent": "1:20", "handle": "10:", "rate_bps": 8, "burst_bytes": 9},
            "has a qdisc 10: already",
        ),
        ({"do": "set_netem", "jitter_ms": 5}, "a jitter needs a delay"),
        ({"do": "set_netem", "loss_percent": 101}, "loss_percent"),
        ({"do": "add_filter", "priority": 5, "class_id": "1:10", "protocol": "tcp"}, "priority 5 at 1: is taken"),
        ({"do": "add_filter", "priority": 9, "class_id": "1:10"}, "has to match something"),
        ({"do": "add_filter", "priority": 9, "class_id": "1:10", "source": "10.0.0.1/8"}, "source"),
        ({"do": "add_filter", "priority": 9, "class_id": "1:10", "destination_port": 80}, "a port needs protocol"),
        ({"do": "add_filter", "priority": 9, "class_id": "1:99", "protocol": "tcp"}, "no class 1:99"),
        ({"do": "remove_filter", "priority": 77}, "no filter of priority 77"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_by_name(
    client: TrafficControlClient, change: Change, said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        client.plan_changes(INTERFACE, [change])


@pytest.mark.parametrize("changes", [[], [{"do": "remove_qdisc"}] * 201])
def test_a_plan_has_some_changes_and_not_too_many(client: TrafficControlClient, changes: list[Change]) -> None:
    with pytest.raises(InvalidRequest, match="from 1 to 200 changes"):
        client.plan_changes(INTERFACE, changes)


@pytest.mark.parametrize(
    "state",
    [
        State(qdiscs=(DEAF,)),
        replace(STATE, filters=(Filter("u32", "1:", "ip", 5, "", "1:10", {"matches": [], "actions": [{}]}),)),
        replace(STATE, filters=(Filter("bpf", "1:", "all", 5, "", "1:10", {}),)),
    ],
)
def test_what_could_not_be_put_back_is_not_taken_away(state: State) -> None:
    with pytest.raises(ValueError, match="could not be put back"):
        make_plan("eth0", "", state, [{"do": "remove_qdisc"}])


def test_a_plan_goes_through_json_and_back(client: TrafficControlClient) -> None:
    plan = client.plan_class_rate(INTERFACE, "1:10", 8_000_000)
    sent = json.loads(json.dumps(asdict(plan)))
    applied = client.apply(sent)
    assert next(one for one in applied.state.classes if one.id == "1:10").rate_bps == 8_000_000
    back = client.rollback(json.loads(json.dumps(asdict(applied))))
    assert back.is_identical
    with pytest.raises(Rejected, match="has changed since"):
        client.rollback(applied)  # once is enough


def _evil_command(document: Any) -> None:
    document["steps"][0]["command"] = ["qdisc", "del", "dev", "eth0", "root"]


def _evil_undo(document: Any) -> None:
    document["steps"][0]["undo"] = [["qdisc", "del", "dev", "eth0", "root"]]


def _other_interface(document: Any) -> None:
    document["interface"] = "../eth0"


def _other_fingerprint(document: Any) -> None:
    document["fingerprint"] = "0" * 32


def _no_state(document: Any) -> None:
    del document["state"]


@pytest.mark.parametrize("alter", [_evil_command, _evil_undo, _other_interface, _other_fingerprint, _no_state])
def test_a_plan_that_was_altered_does_nothing(
    client: TrafficControlClient, simulator: TrafficControlSimulator, alter: Any
) -> None:
    document = json.loads(json.dumps(asdict(client.plan_class_rate(INTERFACE, "1:10", 8_000_000))))
    alter(document)
    before = copy.deepcopy(simulator.state)
    asked = len(simulator.received)
    with pytest.raises(InvalidRequest):
        client.apply(document)
    assert len(simulator.received) == asked
    assert simulator.state == before


@pytest.mark.parametrize("operation", operations_of(TrafficControlClient), ids=lambda operation: operation.name)
def test_the_simulator_answers_every_example(client: TrafficControlClient, operation: Operation) -> None:
    getattr(client, operation.name)(**example_of(TrafficControlClient, operation))


def test_what_the_simulator_lacks_leaves_everything_as_it_was(
    client: TrafficControlClient, simulator: TrafficControlSimulator
) -> None:
    before = copy.deepcopy(simulator.state)
    with pytest.raises(Rejected, match="no module sch_netem"):
        client.apply(client.plan_emulation(INTERFACE))
    assert simulator.state == before


def test_rates_are_of_the_time_between_two_readings(client: TrafficControlClient) -> None:
    assert {one.rate_bps for one in client.statistics(INTERFACE)} == {None}
    assert {one.rate_bps for one in client.statistics(INTERFACE, seconds=2.0)} == {1_000_000.0}
    with pytest.raises(InvalidRequest, match="seconds"):
        client.statistics(INTERFACE, seconds=11)


@pytest.mark.parametrize(
    ("bps", "text"), [(8, "8 bit/s"), (64_000, "64 kbit/s"), (5_000_000, "5 Mbit/s"), (1_500_000_000, "1.5 Gbit/s")]
)
def test_rates_are_told_in_units(bps: int, text: str) -> None:
    assert in_units(bps) == text
