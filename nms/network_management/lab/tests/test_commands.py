from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_clients.network.snmp.simulator import faults
from nms.network_management.lab.commands import TimedFault, parse_timed_fault, prepare_command, run_command
from nms.network_management.lab.control import (
    ControlServer,
    ControlUnavailable,
    find_socket,
    send_command,
    socket_path,
)
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.serving import LabError
from nms.network_management.lab.topology import draw_topology


@pytest.fixture
def lab() -> Iterator[GeneratedLab]:
    with GeneratedLab(draw_topology(devices=12, base_address="127.81.0.1")) as lab:
        yield lab


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("silence access-1", faults.Silent),
        ("slow access-1 0.5", faults.Slow),
        ("garbage access-1", faults.Garbage),
        ("truncate access-1", faults.Truncated),
        ("wrong-request-id access-1", faults.WrongRequestId),
        ("loop access-1", faults.GetNextLoop),
        ("change access-1", faults.ChangingTable),
    ],
)
def test_faults_are_set_and_restored(lab: GeneratedLab, line: str, fault: type[faults.Fault]) -> None:
    name = line.split()[1].replace("-1", "-01")
    words = [name if word == "access-1" else word for word in line.split()]
    assert name in run_command(lab, words)
    assert isinstance(lab.device(name).agent.fault, fault)
    run_command(lab, ["restore", name])
    assert lab.device(name).agent.fault is None


def test_a_link_is_named_by_one_end_or_both(lab: GeneratedLab) -> None:
    link = lab.topology.links[0]
    a, b = f"{link.a.device}:{link.a.interface}", f"{link.b.device}:{link.b.interface}"
    for words in ([a], [b], [a, b]):
        run_command(lab, ["link-down", *words])
        assert not lab.is_up(link)
        run_command(lab, ["link-up", *words])
        assert lab.is_up(link)
    run_command(lab, ["link-down", a])
    run_command(lab, ["restore"])
    assert lab.is_up(link)


def test_ends_of_different_links_are_refused(lab: GeneratedLab) -> None:
    first, second = lab.topology.links[0], lab.topology.links[1]
    with pytest.raises(LabError, match="not the ends of one link"):
        run_command(
            lab, ["link-down", f"{first.a.device}:{first.a.interface}", f"{second.b.device}:{second.b.interface}"]
        )


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["explode"],
        ["silence"],
        ["silence", "nobody"],
        ["slow", "edge-1", "soon"],
        ["slow", "edge-1", "inf"],
        ["slow", "edge-1", "nan"],
        ["slow", "edge-1", "-1"],
        ["slow", "edge-1", "1e9"],
        ["reboot", "nobody"],
        ["restore", "nobody"],
        ["link-down", "edge-1"],
        ["restore", "a", "b"],
    ],
)
def test_commands_that_make_no_sense_are_refused(lab: GeneratedLab, words: list[str]) -> None:
    with pytest.raises(LabError):
        run_command(lab, words)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("silent:access-03@20", TimedFault(("silence", "access-03"), 20.0)),
        ("silence:access-03", TimedFault(("silence", "access-03"), 0.0)),
        ("slow:core-1:0.5@1.5", TimedFault(("slow", "core-1", "0.5"), 1.5)),
        ("link-down:edge-1:xe-0/1/0@3", TimedFault(("link-down", "edge-1:xe-0/1/0"), 3.0)),
    ],
)
def test_timed_faults_are_read(text: str, fault: TimedFault) -> None:
    assert parse_timed_fault(text) == fault


@pytest.mark.parametrize(
    "text", ["explode:core-1", "silence:core-1@soon", "silence:core-1@inf", "silence:core-1@-1", "", "@3"]
)
def test_timed_faults_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(LabError):
        parse_timed_fault(text)


def test_a_running_lab_obeys_through_its_socket(lab: GeneratedLab, tmp_path: Path) -> None:
    control = ControlServer(lab, socket_path(tmp_path, lab.port))
    path = find_socket(tmp_path)
    assert path == control.path
    assert path.stat().st_mode & 0o077 == 0
    assert send_command(path, ["silence", "edge-1"]) == "edge-1 is silent"
    assert isinstance(lab.device("edge-1").agent.fault, faults.Silent)
    with pytest.raises(LabError, match="no device 'nobody'"):
        send_command(path, ["silence", "nobody"])
    control.stop()
    assert not path.exists()
    with pytest.raises(ControlUnavailable, match="No lab runs"):
        find_socket(tmp_path)


def test_one_of_several_labs_must_be_named(lab: GeneratedLab, tmp_path: Path) -> None:
    first, second = (ControlServer(lab, socket_path(tmp_path, port)) for port in (1, 2))
    with pytest.raises(ControlUnavailable, match="1, 2"):
        find_socket(tmp_path)
    first.stop()
    second.stop()


def test_a_lab_never_takes_the_socket_of_another_that_runs(lab: GeneratedLab, tmp_path: Path) -> None:
    first = ControlServer(lab, socket_path(tmp_path, lab.port))
    with pytest.raises(ControlUnavailable, match="another lab"):
        ControlServer(lab, socket_path(tmp_path, lab.port))
    assert send_command(first.path, ["restore"]) == "everything is as it was"
    first.stop()


def test_a_command_is_checked_before_anything_happens(lab: GeneratedLab) -> None:
    deed = prepare_command(lab, ["silence", "edge-1"])
    assert lab.device("edge-1").agent.fault is None
    assert deed() == "edge-1 is silent"
    assert isinstance(lab.device("edge-1").agent.fault, faults.Silent)


def test_the_socket_of_a_killed_lab_is_no_lab(lab: GeneratedLab, tmp_path: Path) -> None:
    import socket

    stale = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stale.bind(str(socket_path(tmp_path, 9)))
    stale.close()
    with pytest.raises(ControlUnavailable, match="No lab runs"):
        find_socket(tmp_path)
    ControlServer(lab, socket_path(tmp_path, 9)).stop()
