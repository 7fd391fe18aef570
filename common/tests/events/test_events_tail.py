"""`manage.py events tail` as a person and as a program use it: a process of its own on a database of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common.tests.hub_process import ROOT

PUBLISH = """
import os, sys, django
django.setup()
from django.db import transaction
from common.application.events.publishing import publish
from common.domain.hub_events.system import HubPaused, HubResumed
for number in range(int(sys.argv[1])):
    with transaction.atomic():
        publish(HubPaused() if number % 2 else HubResumed(), source="hub", actor="ada")
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NMS_", "DATABASE", "REDIS"))}
    settings = {"NMS_DATA_DIR": str(tmp_path_factory.mktemp("tail")), "DJANGO_SETTINGS_MODULE": "nms.settings"}
    return {**clean, **settings, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module", autouse=True)
def five_events(environment: dict[str, str]) -> None:
    run(["manage.py", "migrate", "--verbosity", "0"], environment)
    run(["-c", PUBLISH, "5"], environment)


def run(arguments: list[str], environment: dict[str, str], *, fine: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert not fine or done.returncode == 0, done.stderr
    return done


def last_position(environment: dict[str, str]) -> int:
    with sqlite3.connect(Path(environment["NMS_DATA_DIR"]) / "nms.sqlite3", timeout=30) as database:
        return int(database.execute("SELECT MAX(position) FROM common_storedevent").fetchone()[0])


def tail(environment: dict[str, str], *arguments: str, fine: bool = True) -> subprocess.CompletedProcess[str]:
    return run(["manage.py", "events", "tail", *arguments], environment, fine=fine)


def test_past_events_come_as_one_line_each(environment: dict[str, str]) -> None:
    lines = tail(environment, "--after", "2", "--count", "3").stdout.splitlines()
    assert [int(line.split()[0]) for line in lines] == [3, 4, 5]
    assert all(word in lines[0] for word in ("hub.resumed", "high", "(hub by ada)"))


def test_json_lines_are_the_envelopes(environment: dict[str, str]) -> None:
    (line,) = tail(environment, "--after", "0", "--topics", "hub.paused", "--json", "--count", "1").stdout.splitlines()
    envelope = json.loads(line)
    assert (envelope["position"], envelope["type"], envelope["subject"]) == (2, "hub.paused", "hub")
    assert envelope["time"].endswith("Z")
    assert {"id", "version", "source", "priority", "actor", "correlation_id", "causation_id", "data"} <= set(envelope)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--topics", "Hub paused"], 2, "not a topic"),
        (["--topics", "hub.*", "a..b"], 2, "not a topic"),
        (["--after", "x"], 2, "is no position"),
        (["--after", "-1"], 2, "is no position"),
        (["--after", "1000000"], 1, "the newest event has position"),
        (["--priority", "urgent"], 2, "invalid choice"),
        (["--count", "0"], 2, "is no count"),
    ],
)
def test_bad_arguments_are_told_plainly(
    environment: dict[str, str], arguments: list[str], code: int, says: str
) -> None:
    done = tail(environment, *arguments, fine=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_was_never_migrated_is_told_plainly(environment: dict[str, str], tmp_path: Path) -> None:
    done = tail({**environment, "NMS_DATA_DIR": str(tmp_path)}, fine=False)
    assert done.returncode == 1
    assert "migrated?" in done.stderr
    assert "Traceback" not in done.stderr


class Tail:
    """A tail that runs; `lines` grows."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "events", "tail", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.times: list[float] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self.times.append(time.monotonic())

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 120
        while len(self.lines) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.lines) >= count, self.lines


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., Tail]]:
    started: list[Tail] = []

    def begin(*arguments: str, **more: str) -> Tail:
        started.append(Tail({**environment, **more}, *arguments))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.wait(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_new_events_come_as_they_happen_until_it_is_interrupted(
    environment: dict[str, str], start: Callable[..., Tail], number: signal.Signals
) -> None:
    following = start("--after", "0", "--json")
    following.wait_for(5)
    run(["-c", PUBLISH, "3"], environment)
    newest = last_position(environment)  # the tests before it have published as well
    following.wait_for(newest)
    positions = [json.loads(line)["position"] for line in following.lines]
    assert positions == list(range(1, newest + 1)), "no gap, no duplicate"
    following.process.send_signal(number)
    _, complaint = following.process.communicate(timeout=60)
    assert following.process.returncode == 0
    assert complaint == ""


def test_a_reader_that_leaves_ends_it_without_a_complaint(
    environment: dict[str, str], start: Callable[..., Tail]
) -> None:
    command = f"{sys.executable} manage.py events tail --after 0 | head -n 1"
    shell = subprocess.Popen(
        ["bash", "-c", f"{command}; echo status ${{PIPESTATUS[0]}}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert shell.stdout is not None
    assert "hub.resumed" in shell.stdout.readline()
    run(["-c", PUBLISH, "2"], environment)  # what it writes next finds nobody
    rest, complaint = shell.communicate(timeout=60)
    assert (rest, complaint) == ("status 0\n", "")


def test_an_outage_of_the_database_is_told_once_and_survived(
    environment: dict[str, str], start: Callable[..., Tail], tmp_path: Path
) -> None:
    own = {"NMS_DATA_DIR": str(tmp_path)}
    run(["manage.py", "migrate", "--verbosity", "0"], {**environment, **own})
    run(["-c", PUBLISH, "1"], {**environment, **own})
    following = start("--after", "0", **own)
    following.wait_for(1)
    with sqlite3.connect(tmp_path / "nms.sqlite3", timeout=30) as database:
        database.execute("ALTER TABLE common_storedevent RENAME TO away")
    assert following.process.stderr is not None
    assert "The database cannot be read" in following.process.stderr.readline()
    time.sleep(1)  # several more tries, each in silence
    with sqlite3.connect(tmp_path / "nms.sqlite3", timeout=30) as database:
        database.execute("ALTER TABLE away RENAME TO common_storedevent")
    run(["-c", PUBLISH, "1"], {**environment, **own})
    following.wait_for(2)
    following.process.send_signal(signal.SIGINT)
    _, complaint = following.process.communicate(timeout=60)
    assert complaint.count("The database cannot be read") == 0, "it was told once"
    assert following.process.returncode == 0


def test_priority_source_and_subject_narrow_it(environment: dict[str, str]) -> None:
    arguments: list[Any] = ["--after", "0", "--priority", "high", "--source", "hub", "--subject", "hub", "--count", "2"]
    assert len(tail(environment, *arguments).stdout.splitlines()) == 2
