"""Real servers for tests: our own ASGI application under uvicorn, and PostgreSQL, each on a private port.

Fixtures are imported by name into the conftest.py or test module that uses them.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from channels.routing import get_default_application

from api_clients.tests.servers import free_port

START_SECONDS = 15


@dataclass(frozen=True, slots=True)
class LiveHub:
    """The ASGI application, served from a thread."""

    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/events/"


@pytest.fixture
def live_hub(transactional_db: None) -> Iterator[LiveHub]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            get_default_application(), lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        waiting = threading.Event()
        for _ in range(START_SECONDS * 50):
            if server.started:
                break
            waiting.wait(0.02)
        assert server.started, "uvicorn did not start"
        yield LiveHub(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        assert not thread.is_alive(), "uvicorn did not stop"


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    port: int
    _start: Callable[[], subprocess.Popen[bytes]]
    _running: list[subprocess.Popen[bytes]]  # the one that runs, or none

    def restart(self) -> None:
        """End it as a crash would, and start it on the same data: it recovers from its log."""
        self.stop(signal.SIGQUIT)
        self._running.append(self._start())
        _wait_for_postgresql(self.port)

    def stop(self, number: signal.Signals) -> None:
        while self._running:
            process = self._running.pop()
            process.send_signal(number)
            process.wait(10)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def fresh_database(self, prefix: str) -> str:
        """The URL of a new, empty database."""
        import psycopg2

        name = f"{prefix}_{secrets.token_hex(4)}"
        server = psycopg2.connect(self.url())
        try:
            server.autocommit = True
            with server.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        finally:
            server.close()
        return self.url(name)


@pytest.fixture(scope="session")
def postgresql(program: Callable[[str], str]) -> Iterator[PostgreSQL]:
    """A real PostgreSQL for the session. Mark the test with needs("postgres", "initdb")."""
    with running_postgresql(initdb=program("initdb"), postgres=program("postgres"), durable=False) as server:
        yield server


@contextmanager
def running_postgresql(*, initdb: str, postgres: str, durable: bool) -> Iterator[PostgreSQL]:
    """Start a fresh PostgreSQL with these two programs; `durable` as in use, or without waiting for the disk."""
    folder = Path(tempfile.mkdtemp(prefix="nms-postgresql-"))
    # PostgreSQL refuses to run as root, so it runs as its own user where we are root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    port = free_port()
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        user=user,
        group=user,
        cwd=folder,
        timeout=60,
        check=True,
        capture_output=True,
    )
    listen = ["-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [postgres, "-D", data, *listen, "-c", f"fsync={'on' if durable else 'off'}"],
            user=user,
            group=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    server = PostgreSQL(port, start, [start()])
    try:
        _wait_for_postgresql(port)
        yield server
    finally:
        server.stop(signal.SIGINT)  # "fast" shutdown; SIGTERM would wait for clients that forgot to leave
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_postgresql(port: int) -> None:
    import psycopg2

    waiting = threading.Event()
    for _ in range(START_SECONDS * 20):
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError:
            waiting.wait(0.05)
        else:
            return
    raise TimeoutError("PostgreSQL did not come up")
