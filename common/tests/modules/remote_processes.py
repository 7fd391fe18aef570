"""Remote modules as processes of their own beside a hub that runs as one: started, killed, started again."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

PROGRAM = Path(__file__).with_name("remote_module.py")
SECRET = "shared-between-two-processes"


def eventually(what: str, true: Callable[[], Any], seconds: float = 60) -> Any:
    """The first value that counts as true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


class RemoteProcess:
    """The program remote_module.py; `log` has what it received."""

    def __init__(self, folder: Path, hub: str, *options: str, name: str = "weather", token: str = "") -> None:
        self.log = folder / f"{name}.jsonl"
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(PROGRAM),
                *("--hub", hub, "--name", name, "--secret", SECRET, "--log", str(self.log)),
                *(("--token", token) if token else ()),
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_registered(self) -> int:
        """The status that the hub answered."""
        line = eventually(
            f"{self.lines} has a registration",
            lambda: next((line for line in self.lines if line.startswith("registered")), None),
        )
        return int(line.split()[1])

    def received(self, kind: str) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [document[kind] for document in map(json.loads, lines) if document["kind"] == kind]

    @property
    def pid(self) -> int:
        return self._process.pid

    def pause(self) -> None:
        """It says nothing more, and lives."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self._reader.join(5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)


def silence_passes(folder: Path, name: str, seconds: float) -> None:
    """Let the last heartbeat of a module be older by so much, in the database of the hub in `folder`.

    Tests need not wait for it, and no module of theirs is lost because the machine is slow.
    """
    heard_at = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=seconds)
    with closing(sqlite3.connect(folder / "nms.sqlite3", timeout=60)) as database, database:
        database.execute("UPDATE common_modulerecord SET heartbeat_at = ? WHERE name = ?", (str(heard_at), name))


class HubClient:
    """One signed-in user of a hub that runs somewhere."""

    def __init__(self, url: str, password: str, name: str = "admin") -> None:
        self._url = url
        answer = requests.post(f"{url}/api/auth/token/", json={"username": name, "password": password}, timeout=60)
        answer.raise_for_status()
        self.token = str(answer.json()["access"])

    def ask(self, method: str, path: str, document: Any = None) -> requests.Response:
        return requests.request(
            method,
            f"{self._url}/api/common/api/v1/{path}",
            json=document,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=120,
        )

    def call(self, capability: str, **input: Any) -> requests.Response:
        return self.ask("POST", f"hub/capabilities/{capability}/call/", {"input": input})

    def module(self, name: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"hub/modules/{name}/").json())

    def events(self, **filters: str) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return list(self.ask("GET", f"events/?{query}&page_size=1000").json()["data"])
