"""`manage.py hub` as a user runs it: a process of its own, on a folder and a port of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from api_clients.tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]


class HubProcess:
    """Starts at once; `wait_for` reads what it printed. Always `kill` it at the end."""

    def __init__(self, folder: Path, *arguments: str, port: int | None = None, **environment: str) -> None:
        self.port = port or free_port()
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("NMS_") and name not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
        }
        self._lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "hub", "--port", str(self.port), *arguments],
            cwd=ROOT,
            env={**clean, "NMS_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        return "".join(self._lines)

    def wait_for(self, pattern: str, seconds: float = 90) -> re.Match[str]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.output):
                return found
            if self._process.poll() is not None:
                self._reader.join(5)
                if found := re.search(pattern, self.output):
                    return found
                break
            time.sleep(0.02)
        raise AssertionError(f"{pattern!r} did not appear in:\n{self.output}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit code; raises subprocess.TimeoutExpired."""
        code = self._process.wait(seconds)
        self._reader.join(5)
        return code

    def survivors(self) -> list[str]:
        """Commands of the processes that are left of it."""
        listed = subprocess.run(
            ["ps", "-o", "args=", "-s", str(self._process.pid)], capture_output=True, text=True, check=False
        )
        return listed.stdout.splitlines()

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
