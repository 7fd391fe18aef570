"""Who changes an interface while somebody else does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api_clients.domain.errors import Overloaded, Unreachable
from api_clients.domain.values import Labels
from api_clients.infrastructure.clock import ManualClock
from api_clients.qos.traffic_control.exclusion import alone, lock_file

LABELS: Labels = {"service": "traffic_control", "operation": "apply", "target": "main"}
HOLD = """
import sys
from api_clients.infrastructure.clock import SystemClock
from api_clients.qos.traffic_control.exclusion import alone
labels = {"service": "", "operation": "", "target": ""}
with alone("lab", "eth0", seconds=1.0, clock=SystemClock(), labels=labels):
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@contextmanager
def another_process() -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-c", HOLD]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        try:
            yield process
        finally:
            process.kill()


def change(interface: str = "eth0", *, clock: ManualClock | None = None) -> bool:
    with alone("lab", interface, seconds=2.0, clock=clock or ManualClock(), labels=LABELS):
        return True


def test_a_change_waits_for_that_of_another_process_and_then_says_so() -> None:
    clock = ManualClock()
    with another_process(), pytest.raises(Overloaded, match="another change of eth0 is under way") as caught:
        change(clock=clock)
    assert caught.value.operation == "apply"
    assert sum(clock.sleeps) == pytest.approx(2.0, abs=0.1)


def test_another_interface_may_be_changed_meanwhile() -> None:
    with another_process():
        assert change("eth1")


def test_a_process_that_dies_lets_go() -> None:
    with another_process() as process:
        process.kill()
        process.wait(30)
        assert change()


def test_two_changes_of_one_process_exclude_each_other_too() -> None:
    with alone("lab", "eth0", seconds=0.0, clock=ManualClock(), labels=LABELS), pytest.raises(Overloaded):
        change()
    assert change()


def test_a_link_that_somebody_laid_in_the_way_is_not_followed(tmp_path: Path) -> None:
    lock_file("lab", "eth0").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unreachable, match="cannot be opened, so nothing was done"):
        change()
    assert not (tmp_path / "elsewhere").exists()
