"""manage.py lab as its users start it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api_clients.network.snmp.simulator import pdu
from api_clients.network.snmp.simulator.tests.conversation import SYS_NAME, read_answer, request
from nms.environment import BASE_DIR

Start = Callable[..., "subprocess.Popen[str]"]
SECONDS = 180


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "NMS_DATA_DIR": str(tmp_path)}


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    running = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(BASE_DIR / "manage.py"), "lab", *arguments],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait(SECONDS)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def described(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    return json.loads(line)


def ask_at(device: dict[str, Any], *, patience_seconds: float = 30.0) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(patience_seconds)
        client.connect((device["address"], device["port"]))
        client.send(request(pdu.GET, [SYS_NAME], community=device["community"]))
        return read_answer(client.recv(65535)).varbinds[0][2].decode()


def test_the_generated_lab_says_what_is_where_and_answers_there(start: Start) -> None:
    process = start("--json", "--devices", "12", "--port", "0", "--base-address", "127.82.0.1", "--community", "c1")
    lab = described(process)
    assert len(lab["devices"]) == 12
    assert lab["devices"][0]["community"] == "c1"
    assert {"a", "b"} == set(lab["links"][0])
    assert [ask_at(device) for device in lab["devices"]] == [device["name"] for device in lab["devices"]]
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0


def test_recordings_are_one_line_of_json(start: Start, tmp_path: Path) -> None:
    (tmp_path / "switch.snmprec").write_text(f"{SYS_NAME}|4|recorded\n")
    process = start("--json", "--snmprec", str(tmp_path), "--port", "0", "--base-address", "127.82.1.1")
    lab = described(process)
    (device,) = lab["devices"]
    assert lab == {
        "devices": [{"name": "switch", "address": "127.82.1.1", "port": device["port"], "community": "public"}]
    }
    assert ask_at(device) == "recorded"


def test_faults_come_at_their_time_and_by_command(start: Start, environment: dict[str, str]) -> None:
    process = start(
        "--json", "--devices", "3", "--port", "0", "--base-address", "127.82.2.1", "--fault", "silent:edge-1@0"
    )
    lab = described(process)
    assert process.stderr is not None
    assert process.stderr.readline() == "edge-1 is silent\n"
    with pytest.raises(TimeoutError):
        ask_at(lab["devices"][0], patience_seconds=0.5)
    command = [sys.executable, str(BASE_DIR / "manage.py"), "lab", "--control", "restore"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout) == (0, "everything is as it was\n")
    assert ask_at(lab["devices"][0]) == "edge-1"


def test_the_lab_ends_with_whoever_holds_its_input(start: Start) -> None:
    process = start("--json", "--devices", "1", "--port", "0", "--base-address", "127.82.3.1", "--until-stdin-closes")
    described(process)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(SECONDS) == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--devices", "0"], "1 to 5000"),
        (["--base-address", "10.0.0.1"], "127.0.0.0/8"),
        (["--snmprec", "/nowhere"], "no .snmprec file"),
        (["--fault", "explode:core-1"], "Unknown fault 'explode'"),
        (["--port", "70000"], "port 70000 is not between"),
        (["--port", "-1"], "port -1 is not between"),
        (["--fault", "silence:nobody@5", "--port", "0"], "no device 'nobody'"),
        (["--fault", "silence", "--port", "0"], "1 argument expected"),
        (["--fault", "link-down:edge-1:nowhere@5", "--port", "0"], "no link on 'nowhere'"),
        (["--fault", "slow:edge-1:inf@5", "--port", "0"], "no number of seconds"),
        (["--control", "restore"], "No lab runs"),
    ],
)
def test_wrong_options_are_refused_in_words(start: Start, arguments: list[str], complaint: str) -> None:
    process = start(*arguments)
    said, errors = process.communicate(timeout=SECONDS)
    assert complaint in errors
    assert len(errors.splitlines()) == 1
    assert (process.returncode, said) == (1, "")
