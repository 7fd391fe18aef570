"""`manage.py hub` as a child process, as `make run` starts it, and a client that speaks its REST API."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from nms.environment import BASE_DIR

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Api:
    """The REST API as one user, signed in with a token."""

    def __init__(self, url: str, password: str, *, name: str = "admin") -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        answer = self._session.post(
            f"{self.url}/api/auth/token/", json={"username": name, "password": password}, timeout=20
        )
        answer.raise_for_status()
        self.token: str = answer.json()["access"]
        self._session.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self._session.get(f"{self.url}{path}", params=parameters, timeout=30)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def all(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        rows: list[dict[str, Any]] = []
        page = self.get(path, page_size=100, **parameters)
        while True:
            rows += page["data"]
            if not page["links"]["next"]:
                return rows
            page = self._session.get(page["links"]["next"], timeout=30).json()

    def post(self, path: str, body: dict[str, Any], *, expect: int) -> Any:
        answer = self._session.post(f"{self.url}{path}", json=body, timeout=30)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()


@dataclass(slots=True)
class RunningHub:
    url: str
    password: str
    output: list[str]
    process: subprocess.Popen[str]

    def api(self) -> Api:
        return Api(self.url, self.password)

    def printed(self, pattern: str) -> re.Match[str] | None:
        return next((found for line in list(self.output) if (found := re.search(pattern, line))), None)


@contextlib.contextmanager
def running_hub(data_dir: Path, **environment: str) -> Iterator[RunningHub]:
    """Start the hub on a free port with its data in `data_dir`; end it as Ctrl-C does, which must be clean."""
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "hub", "--port", "0"],
        cwd=BASE_DIR,
        env=clean_environment() | {"NMS_DATA_DIR": str(data_dir)} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    hub = RunningHub("", "", [], process)
    reader = threading.Thread(target=_collect, args=(process, hub.output), daemon=True)
    reader.start()
    try:
        hub.url = _wait_printed(hub, r"NMS serves at (http://\S+?)/?$")
        if first_start := hub.printed(r"^Password: (\S+)"):
            hub.password = first_start[1]
        wait_until("the hub is healthy", lambda: requests.get(f"{hub.url}/health/", timeout=5).ok)
        yield hub
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=STOP_SECONDS) == 0, "".join(hub.output[-30:])
    finally:
        kill_group(process)
        reader.join(timeout=5)


def clean_environment() -> dict[str, str]:
    """The environment of this process without any setting of NMS."""
    own = ("NMS_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def kill_group(process: subprocess.Popen[str]) -> None:
    """End the process and its children, whatever state it is in; it must lead a process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def wait_until(what: str, true: Callable[[], object], *, timeout_seconds: float = START_SECONDS) -> None:
    """Ask until `true()` is true; a refused connection counts as not yet."""
    limit = time.monotonic() + timeout_seconds
    while True:
        with contextlib.suppress(requests.ConnectionError):
            if true():
                return
        if time.monotonic() > limit:
            raise TimeoutError(f"{what}: not so after {timeout_seconds:.0f} s")
        time.sleep(0.2)


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)


def _wait_printed(hub: RunningHub, pattern: str) -> str:
    def there() -> bool:
        if hub.process.poll() is not None:
            raise RuntimeError(f"the hub ended with {hub.process.returncode}:\n{''.join(hub.output)}")
        return hub.printed(pattern) is not None

    wait_until(f"the hub prints {pattern}", there)
    found = hub.printed(pattern)
    assert found
    return found[1]
