"""Fixtures that start real server programs on private ports; any package's conftest may import them."""

from __future__ import annotations

import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

READY_SECONDS = 30.0
POSTGRESQL_SECONDS = 60
STOP_SECONDS = 60  # a last checkpoint on a busy disk


# Below the ports that Linux gives to outgoing connections (32768 and up), which could take one again before its
# server listens; a share for each of the processes that run tests side by side.
FIRST_PORT, PORTS_EACH, SHARES = 15_000, 2_000, 8
_share = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SHARES
_next_port = itertools.cycle(range(FIRST_PORT + _share * PORTS_EACH, FIRST_PORT + (_share + 1) * PORTS_EACH))


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses and no other test will be given meanwhile."""
    for port in _next_port:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("cycle() has no end")


class RedisServer:
    """A redis-server in the foreground, without persistence. `stop` and `start` keep the port."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        log = (self._folder / "redis.log").open("ab")
        self._process = subprocess.Popen(
            [
                shutil.which("redis-server") or "redis-server",
                *("--port", str(self.port), "--bind", "127.0.0.1", "--daemonize", "no"),
                *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        log.close()
        self._wait_until_ready()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None

    def flush(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(64).startswith(b"+OK")

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"redis-server ended at once: {(self._folder / 'redis.log').read_text()[-500:]}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(64).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"redis-server did not answer within {READY_SECONDS:g} s")


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def _session_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(request: pytest.FixtureRequest) -> RedisServer:
    """An empty Redis of this test session. Mark the test `needs("redis-server")`; import `_session_redis` as well."""
    server: RedisServer = request.getfixturevalue("_session_redis")
    server.flush()
    return server


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
            process.wait(STOP_SECONDS)

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


@contextmanager
def running_postgresql(
    *, initdb: str, postgres: str, durable: bool, settings: Mapping[str, str] | None = None, login: str = ""
) -> Iterator[PostgreSQL]:
    """Start a fresh PostgreSQL with these two programs; `durable` as in use, or without waiting for the disk. `login`
    are lines of pg_hba.conf that come before those that trust everybody.
    """
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
        timeout=180,
        check=True,
        capture_output=True,
    )
    rules = data / "pg_hba.conf"
    rules.write_text(login + rules.read_text())
    more = [word for name, value in (settings or {}).items() for word in ("-c", f"{name}={value}")]
    listen = ["-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [postgres, "-D", data, *listen, "-c", f"fsync={'on' if durable else 'off'}", *more],
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
    for _ in range(POSTGRESQL_SECONDS * 20):
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError:
            waiting.wait(0.05)
        else:
            return
    raise TimeoutError("PostgreSQL did not come up")
