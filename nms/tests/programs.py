"""Our own programs as child processes, with none of this process's settings of NMS."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from nms.environment import BASE_DIR


def clean_environment(**settings: str) -> dict[str, str]:
    """The environment of this process with `settings` in place of every setting of NMS."""
    own = ("NMS_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)} | settings


def manage(*arguments: str, environment: dict[str, str], typed: str = "", expect: int = 0) -> str:
    """Run a management command to its end; return what it printed on standard output."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == expect, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def start(command: list[str], *, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program as the leader of its own process group; what it prints is appended to `log`."""
    with log.open("ab") as stream:
        return subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a program that `start` started, and all its children, whatever state they are in."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
