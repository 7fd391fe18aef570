"""What an operator does with the kernel's traffic control, in namespaces, with real traffic."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pyroute2 import netns

from api_clients.domain.errors import InvalidRequest, Overloaded, Rejected, Unauthorized
from api_clients.domain.values import Labels
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.qos.traffic_control.client import TrafficControlClient, TrafficControlOptions
from api_clients.qos.traffic_control.exclusion import alone
from api_clients.qos.traffic_control.tests.lab import INTERFACE, RIGHT, Lab, a_lab
from api_clients.qos.traffic_control.values import State, Statistics
from api_clients.tests.connected import connected
from api_clients.tests.waiting import eventually

pytestmark = [pytest.mark.needs("ip"), pytest.mark.root]
MBIT = 1_000_000
SHAPING = [
    {"do": "set_htb", "default_class": "10"},
    {"do": "add_class", "parent": "1:", "class_id": "1:1", "rate_bps": 100 * MBIT},
    {"do": "add_class", "parent": "1:1", "class_id": "1:10", "rate_bps": 4 * MBIT, "ceil_bps": 4 * MBIT},
    {"do": "add_class", "parent": "1:1", "class_id": "1:20", "rate_bps": 50 * MBIT, "priority": 3},
    {"do": "set_tbf", "parent": "1:20", "handle": "20:", "rate_bps": 20 * MBIT, "burst_bytes": 20_000},
    {"do": "add_filter", "priority": 5, "class_id": "1:20", "protocol": "tcp", "destination_port": 8080},
    {"do": "add_filter", "priority": 6, "class_id": "1:20", "source": "10.0.0.0/8", "destination": "192.0.2.0/24"},
]


@pytest.fixture(scope="module")
def _lab() -> Iterator[Lab]:
    with a_lab() as lab:
        yield lab


@pytest.fixture
def lab(_lab: Lab) -> Iterator[Lab]:
    yield _lab
    subprocess.run(["tc", "-n", _lab.left, "qdisc", "del", "dev", INTERFACE, "root"], capture_output=True, check=False)


@pytest.fixture
def client() -> Iterator[TrafficControlClient]:
    with connected(TrafficControlClient, "host://local") as client:
        yield client


def shaped(client: TrafficControlClient, lab: Lab) -> State:
    return client.apply(client.plan_changes(INTERFACE, SHAPING, lab.left)).state


def state_of(client: TrafficControlClient, lab: Lab) -> State:
    return client.plan_changes(INTERFACE, [{"do": "set_htb", "handle": "99:"}], lab.left).state


def test_a_plan_of_many_steps_is_shown_applied_and_rolled_back(client: TrafficControlClient, lab: Lab) -> None:
    plan = client.plan_changes(INTERFACE, SHAPING, lab.left)
    assert client.classes(INTERFACE, lab.left) == ()  # a plan touches nothing
    assert plan.steps[2].words == "Add class 1:10 with 4 Mbit/s, at most 4 Mbit/s below 1:1 of eth0"
    assert plan.steps[2].command[:8] == ("class", "add", "dev", "eth0", "parent", "1:1", "classid", "1:10")

    applied = client.apply(plan)
    classes = {one.id: one for one in client.classes(INTERFACE, lab.left)}
    assert (classes["1:10"].rate_bps, classes["1:10"].parent) == (4 * MBIT, "1:1")
    assert (classes["1:20"].rate_bps, classes["1:20"].priority) == (50 * MBIT, 3)
    kinds = {one.parent: one.kind for one in client.qdiscs(INTERFACE, lab.left)}
    assert (kinds["root"], kinds["1:20"]) == ("htb", "tbf")
    assert [one.class_id for one in client.filters(INTERFACE, lab.left)] == ["1:20", "1:20"]

    back = client.rollback(applied)
    assert back.is_identical
    assert back.state == plan.state == state_of(client, lab)


@pytest.mark.parametrize(
    ("rate", "burst"),
    [
        (8_000, None),
        (8_000, 1_601),
        (64_001, 1_999),
        (1_234_567, 5_001),
        (9_999_992, 3_333),
        (123_456_789, 7_001),
        (999_999_999, 123_457),
        (10_000_000_000, 1_234_567),
        (100_000_000_000, 7_654_321),
    ],
)
def test_what_was_changed_and_rolled_back_is_the_same_to_the_last_number(
    client: TrafficControlClient, lab: Lab, rate: int, burst: int | None
) -> None:
    shaped(client, lab)
    odd = {"do": "set_class", "class_id": "1:10", "rate_bps": rate, "ceil_bps": max(rate, 5_000_000)}
    before = client.apply(client.plan_changes(INTERFACE, [odd | ({"burst_bytes": burst} if burst else {})], lab.left))
    assert next(one for one in before.state.classes if one.id == "1:10").rate_bps == rate // 8 * 8
    applied = client.apply(client.plan_class_rate(INTERFACE, "1:10", 3 * MBIT, 4 * MBIT, namespace=lab.left))
    assert client.rollback(applied).is_identical
    assert state_of(client, lab) == before.state
    assert client.rollback(client.apply(client.plan_removal(INTERFACE, namespace=lab.left))).is_identical


@pytest.mark.parametrize(
    ("rate", "burst"), [(8_000, 1_601), (123_456_789, 5_001), (10**9, 20_003), (30 * 10**9, 300_007)]
)
def test_a_token_bucket_that_was_removed_is_put_back(
    client: TrafficControlClient, lab: Lab, rate: int, burst: int
) -> None:
    client.apply(client.plan_rate_limit(INTERFACE, rate, burst, namespace=lab.left))
    applied = client.apply(client.plan_removal(INTERFACE, namespace=lab.left))
    assert client.rollback(applied).is_identical


def test_a_token_bucket_too_fast_to_be_read_is_left_alone(client: TrafficControlClient, lab: Lab) -> None:
    lab.tc(
        *[
            "qdisc",
            "add",
            "dev",
            "eth0",
            "root",
            "handle",
            "1:",
            "tbf",
            "rate",
            "40gbit",
            "burst",
            "300000",
            "latency",
            "50ms",
        ]
    )
    with pytest.raises(InvalidRequest, match="could not be put back"):
        client.plan_removal(INTERFACE, namespace=lab.left)
    with pytest.raises(InvalidRequest, match="rate_bps"):
        client.plan_rate_limit(INTERFACE, 40 * 10**9, namespace=lab.left)


def test_a_whole_tree_that_was_removed_is_put_back(client: TrafficControlClient, lab: Lab) -> None:
    before = shaped(client, lab)
    applied = client.apply(client.plan_removal(INTERFACE, namespace=lab.left))
    assert client.classes(INTERFACE, lab.left) == ()
    back = client.rollback(applied)
    assert back.is_identical
    assert back.state.fingerprint() == before.fingerprint()


def test_a_step_that_fails_leaves_the_state_that_was_before(client: TrafficControlClient, lab: Lab) -> None:
    before = shaped(client, lab)
    numbers = range(100, 110)
    deep = [
        {"do": "add_class", "parent": parent, "class_id": f"1:{number}", "rate_bps": MBIT}
        for parent, number in zip(["1:1", *(f"1:{number}" for number in numbers)], numbers, strict=False)
    ]
    plan = client.plan_changes(
        INTERFACE,
        [
            {"do": "set_class", "class_id": "1:10", "rate_bps": 9 * MBIT, "priority": 2},
            {"do": "remove_filter", "priority": 6},
            {"do": "remove_qdisc", "parent": "1:20"},
            *deep,  # HTB has no more than eight levels
        ],
        lab.left,
    )
    with pytest.raises(Rejected, match=r"step \d+ of 13 failed.*tree is too deep.*All is as it was before"):
        client.apply(plan)
    assert state_of(client, lab).fingerprint() == before.fingerprint()


def test_a_plan_is_refused_once_the_state_has_changed(client: TrafficControlClient, lab: Lab) -> None:
    shaped(client, lab)
    plan = client.plan_class_rate(INTERFACE, "1:10", 8 * MBIT, namespace=lab.left)
    lab.tc(*["class", "change", "dev", "eth0", "parent", "1:1", "classid", "1:20", "htb", "rate", "30mbit"])
    with pytest.raises(Rejected, match="has changed since the plan was made, so nothing was done"):
        client.apply(plan)
    assert {one.id: one.rate_bps for one in client.classes(INTERFACE, lab.left)}["1:10"] == 4 * MBIT

    applied = client.apply(client.plan_class_rate(INTERFACE, "1:10", 8 * MBIT, namespace=lab.left))
    lab.tc(*["class", "change", "dev", "eth0", "parent", "1:1", "classid", "1:20", "htb", "rate", "31mbit"])
    with pytest.raises(Rejected, match="has changed since"):
        client.rollback(applied)


def test_a_change_that_another_is_in_the_way_of_does_nothing(client: TrafficControlClient, lab: Lab) -> None:
    shaped(client, lab)
    plan = client.plan_class_rate(INTERFACE, "1:10", 8 * MBIT, namespace=lab.left)
    labels: Labels = {"service": "", "operation": "", "target": ""}
    hasty = ConnectionSettings(read_timeout_seconds=0.2)
    with (
        alone(lab.left, INTERFACE, seconds=0.0, clock=SystemClock(), labels=labels),
        connected(TrafficControlClient, "host://local", connection=hasty) as other,
        pytest.raises(Overloaded, match="another change of eth0 is under way"),
    ):
        other.apply(plan)
    assert client.apply(plan).plan.fingerprint == plan.fingerprint


@contextmanager
def sink(namespace: str) -> Iterator[int]:
    """Something in there that takes all that it is sent."""
    listener = in_there(namespace, lambda: socket.create_server((RIGHT, 0)))

    def take() -> None:
        try:
            while True:
                connection, _ = listener.accept()
                with connection:
                    while connection.recv(65_536):
                        pass
                    connection.sendall(b"!")
        except OSError:
            return

    threading.Thread(target=take, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def in_there(namespace: str, make: Any) -> Any:
    made: list[Any] = []

    def run() -> None:
        netns.setns(namespace, flags=0)
        made.append(make())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return made[0]


def seconds_to_send(lab: Lab, port: int, size: int) -> float:
    connection = in_there(lab.left, lambda: socket.create_connection((RIGHT, port), timeout=60))
    with connection:
        started = time.monotonic()
        connection.sendall(b"x" * size)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b"!"
        return time.monotonic() - started


@contextmanager
def traffic(lab: Lab, port: int) -> Iterator[None]:
    """Somebody who sends all the time, as fast as he may."""
    connection = in_there(lab.left, lambda: socket.create_connection((RIGHT, port), timeout=60))

    def send() -> None:
        with suppress(OSError):
            while True:
                connection.sendall(b"x" * 65_536)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    try:
        yield
    finally:
        connection.shutdown(socket.SHUT_RDWR)
        sender.join(60)
        connection.close()


def measured(client: TrafficControlClient, lab: Lab, name: str, *, seconds: float = 0.0) -> Statistics:
    """What was counted of a class."""
    counted = client.statistics(INTERFACE, lab.left, seconds=seconds)
    return next(one for one in counted if one.id == name and one.object == "class")


def test_a_classs_rate_is_changed_and_measured_with_traffic(client: TrafficControlClient, lab: Lab) -> None:
    shaped(client, lab)
    size = 400_000  # bytes: 0.8 s at 4 Mbit/s, 0.1 s at 32
    with sink(lab.right) as port:
        before = seconds_to_send(lab, port, size)
        applied = client.apply(client.plan_class_rate(INTERFACE, "1:10", 32 * MBIT, namespace=lab.left))
        # The kernel lets nobody be faster than he may; a busy machine may make him slower, for a while.
        after = eventually(lambda: taken if before / (taken := seconds_to_send(lab, port, size)) > 3 else None)
        client.rollback(applied)
        again = seconds_to_send(lab, port, size)
    assert 0.5 < before < 20
    assert again / after > 3
    counted = {one.id: one for one in client.statistics(INTERFACE, lab.left) if one.object == "class"}
    assert counted["1:10"].bytes > 3 * size
    assert counted["1:10"].packets > 100
    assert counted["1:20"].bytes == 0


def test_rates_are_measured_between_two_readings(client: TrafficControlClient, lab: Lab) -> None:
    shaped(client, lab)
    with sink(lab.right) as port:
        with traffic(lab, port):
            eventually(lambda: measured(client, lab, "1:10").bytes > 0)
            rate = measured(client, lab, "1:10", seconds=0.5).rate_bps
        assert rate is not None
        assert 2 * MBIT < rate < 8 * MBIT
    assert measured(client, lab, "1:20", seconds=0.1).rate_bps == 0


def test_the_kernels_own_estimator_is_read_where_it_runs(client: TrafficControlClient, lab: Lab) -> None:
    lab.tc("qdisc", "add", "dev", "eth0", "root", "handle", "1:", "est", "250ms", "500ms", "htb", "default", "10")
    lab.tc(
        "class",
        "add",
        "dev",
        "eth0",
        "parent",
        "1:",
        "classid",
        "1:10",
        "est",
        "250ms",
        "500ms",
        "htb",
        "rate",
        "4mbit",
    )
    with sink(lab.right) as port, traffic(lab, port):  # it forgets within a second
        eventually(lambda: MBIT / 4 < (measured(client, lab, "1:10").rate_bps or 0.0) < 8 * MBIT)
    client.apply(client.plan_removal(INTERFACE, namespace=lab.left))
    assert {one.rate_bps for one in client.statistics(INTERFACE, lab.left)} == {None}


def test_what_the_kernel_lacks_is_said(client: TrafficControlClient, lab: Lab) -> None:
    plan = client.plan_emulation(INTERFACE, delay_ms=20, namespace=lab.left)
    if has_netem(lab):
        (emulated,) = [one for one in client.apply(plan).state.qdiscs if one.kind == "netem"]
        assert emulated.parameters["delay_seconds"] == pytest.approx(0.02)
        return
    with pytest.raises(Rejected, match=r"no module sch_netem.*All is as it was before"):
        client.apply(plan)
    assert state_of(client, lab).fingerprint() == plan.fingerprint


def has_netem(lab: Lab) -> bool:
    tried = ["tc", "-n", lab.left, *["qdisc", "add", "dev", "eth0", "root", "netem", "delay", "1ms"]]
    has_it = subprocess.run(tried, capture_output=True, check=False).returncode == 0
    if has_it:
        lab.tc("qdisc", "del", "dev", INTERFACE, "root")
    return has_it


def test_without_the_right_to_change_it_is_unauthorized(lab: Lab, tmp_path: Path) -> None:
    program = tmp_path / "tc"
    program.write_text('#!/bin/sh\nexec setpriv --bounding-set -net_admin tc "$@"\n')
    program.chmod(0o755)
    options = TrafficControlOptions(tc_program=str(program))
    with connected(TrafficControlClient, "host://local", options=options) as client:
        plan = client.plan_rate_limit(INTERFACE, 5 * MBIT, namespace=lab.left)
        with pytest.raises(Unauthorized, match="CAP_NET_ADMIN"):
            client.apply(plan)
        assert client.qdiscs(INTERFACE, lab.left) == plan.state.qdiscs


def test_a_process_without_the_right_is_degraded() -> None:
    asked = (
        "from api_clients.qos.traffic_control.client import TrafficControlClient as C\n"
        "from api_clients.tests.connected import connected\n"
        "with connected(C, 'host://local') as client: print(client.health())"
    )
    words = ["setpriv", "--bounding-set", "-net_admin", sys.executable, "-c", asked]
    said = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "degraded" in said
    assert "CAP_NET_ADMIN" in said


@pytest.mark.parametrize(
    ("interface", "namespace", "kind", "said"),
    [
        ("eth9", None, Rejected, "there is no interface eth9"),
        ("eth0", "nowhere", Rejected, "there is no network namespace nowhere"),
        ("../etc", None, InvalidRequest, "interface"),
        ("-batch", None, InvalidRequest, "interface"),
        ("eth0", "../../etc", InvalidRequest, "namespace"),
        ("eth0; reboot", None, InvalidRequest, "interface"),
        ("", None, InvalidRequest, "interface"),
    ],
)
def test_a_name_that_is_none_or_unknown_is_refused(
    client: TrafficControlClient, lab: Lab, interface: str, namespace: str | None, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said) as refused:
        client.classes(interface, lab.left if namespace is None else namespace)
    assert refused.value.status == (404 if kind is Rejected else None)


def test_namespaces_and_interfaces_are_listed(client: TrafficControlClient, lab: Lab) -> None:
    assert {lab.left, lab.right} <= set(client.namespaces())
    found = {one.name: one for one in client.interfaces(lab.left)}
    assert (found["eth0"].kind, found["eth0"].is_up, found["eth0"].mtu) == ("veth", True, 1500)
    assert "lo" in {one.name for one in client.interfaces()}
    assert isinstance(client.figures(), tuple)


def test_a_forged_state_makes_no_other_commands(client: TrafficControlClient, lab: Lab) -> None:
    shaped(client, lab)
    applied = json.loads(json.dumps(asdict(client.apply(client.plan_removal(INTERFACE, namespace=lab.left)))))
    for one in applied["plan"]["state"]["classes"]:
        one["parent"] = "-batch"
    with pytest.raises(InvalidRequest, match="not one that changes this interface"):
        client.rollback(applied)
    assert client.classes(INTERFACE, lab.left) == ()
