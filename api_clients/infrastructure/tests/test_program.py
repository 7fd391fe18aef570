"""Programs that are run for a wire: what they say, and what ends them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from api_clients.infrastructure.program import Ended, TooMuchOutput, run_program


def sh(script: str, *, seconds: float = 60.0, max_bytes: int = 1_000_000) -> Ended:
    return run_program(["sh", "-c", script], seconds=seconds, max_bytes=max_bytes)


def test_what_a_program_says_on_both_sides_is_returned_with_its_code() -> None:
    assert sh("echo out; echo err >&2; exit 3") == Ended(3, b"out\n", b"err\n")
    assert sh("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2").stdout == bytes(300_000)
    assert sh("kill -KILL $$").code == -9
    assert sh("cat").stdout == b""  # there is no input to wait for


@pytest.mark.parametrize("side", ["1", "2"])
def test_a_program_that_says_too_much_is_ended(side: str) -> None:
    started = time.monotonic()
    with pytest.raises(TooMuchOutput, match="more than 100000 bytes"):
        sh(f"exec cat /dev/zero >&{side}", max_bytes=100_000)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("script", ["exec sleep 60", "exec >&- 2>&-; exec sleep 60"])
def test_a_program_that_does_not_end_in_time_is_ended(tmp_path: Path, script: str) -> None:
    started = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        sh(f"echo $$ > {tmp_path}/pid; {script}", seconds=0.5)
    assert time.monotonic() - started < 30
    written = tmp_path / "pid"  # not where it was ended before it could begin
    pid = written.read_text().strip() if written.exists() else ""
    assert not pid or not Path("/proc", pid).exists()


def test_a_program_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        run_program(["/nonexistent/program"], seconds=1.0, max_bytes=1)
