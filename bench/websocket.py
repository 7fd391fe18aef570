"""Events to WebSocket clients: a thousand of them, and ten that want everything, beside a bare ASGI fan-out.

In production's shape: PostgreSQL (as durable as in use) and Redis, one `uvicorn nms.asgi:application`, two publishing
processes, all clients in another process. Everything shares the machine.
Latencies are from the time in the event, taken before it is stored, to the moment a client has it. The peer is
bench/websocket_peer.py under the same uvicorn with the same clients: it stores nothing and knows no logins.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api_clients.tests.servers import free_port, running_redis
from bench.databases import Environment, postgresql
from bench.table import Row
from bench.websocket_clients import Received
from nms.environment import BASE_DIR

ROUNDS = 3
PUBLISHERS = 2
SECONDS = 8.0
WARM_UP_SECONDS = 2.0
STARTING_SECONDS = 60

IDLE_CLIENTS, IDLE_KB = 1000, 50.0

SIGN_IN = """
import django; django.setup()
from datetime import timedelta
from django.contrib.auth.models import Group, User
from rest_framework_simplejwt.tokens import AccessToken
user = User.objects.create_user("bench")
user.groups.add(Group.objects.get_or_create(name="viewer")[0])
token = AccessToken.for_user(user); token.set_exp(lifetime=timedelta(hours=2))
print(token)
"""


@dataclass(frozen=True, slots=True)
class Load:
    clients: int
    rate: int
    together: int  # events in each transaction
    p99_ms: float

    @property
    def name(self) -> str:
        packed = f", {self.together} a transaction," if self.together > 1 else ""
        return f"{self.rate:,} events/s{packed} to {self.clients:,} clients"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one round; `rate` is what the publisher came to."""

    received: Received
    rate: float
    seconds: float

    @property
    def deliveries_per_second(self) -> float:
        return self.received.deliveries / self.seconds


LOADS = (
    Load(clients=1000, rate=20, together=1, p99_ms=150.0),
    Load(clients=10, rate=2000, together=1, p99_ms=100.0),
    # One a transaction is what the disk takes in commits; this is what the way to the clients takes.
    Load(clients=10, rate=2000, together=5, p99_ms=100.0),
)


def run() -> list[Row]:
    with TemporaryDirectory(prefix="nms-bench-") as folder, _stack(Path(folder)) as stack:
        idle_kb = stack.memory_of_idle_clients(IDLE_CLIENTS)  # first, before others have left memory to use again
        ours = {load: [stack.measure(load) for _ in range(ROUNDS)] for load in LOADS}
    peers = {
        (load.clients, load.rate): [_measure_peer(load) for _ in range(ROUNDS)] for load in LOADS if load.together == 1
    }
    rows = [row for load in LOADS for row in _rows(load, ours[load], peers[load.clients, load.rate])]
    idle = Row(
        f"memory of one of {IDLE_CLIENTS:,} idle, subscribed clients",
        idle_kb,
        "kB",
        target=IDLE_KB,
        note="growth of the server's resident memory, divided; 100 others had come and gone before",
    )
    return [*rows, idle]


def _rows(load: Load, ours: list[Outcome], peers: list[Outcome]) -> list[Row]:
    mine, peer = _median(ours), _median(peers)
    lost = sum(outcome.received.out_of_order + outcome.received.gaps for outcome in ours)
    note = f"median round of {ROUNDS}; p50 {mine.received.p50_ms:.1f} ms, worst {mine.received.worst_ms:.0f} ms; "
    return [
        Row(
            f"{load.name}: p99 from publish to client",
            mine.received.p99_ms,
            "ms",
            target=load.p99_ms,
            peer="bare ASGI fan-out",
            peer_measured=peer.received.p99_ms,
            note=note + f"published, stored, sent; {lost} lost or out of order",
        ),
        Row(
            f"{load.name}: deliveries",
            mine.deliveries_per_second,
            "/s",
            target=load.rate * load.clients * 0.99,
            peer="bare ASGI fan-out",
            peer_measured=peer.deliveries_per_second,
            note=f"two publishers came to {mine.rate:,.0f} events/s",
            higher_is_better=True,
        ),
    ]


def _median(outcomes: list[Outcome]) -> Outcome:
    return sorted(outcomes, key=lambda outcome: outcome.received.p99_ms)[len(outcomes) // 2]


class Clients:
    """A process of clients, all subscribed when this returns."""

    def __init__(self, address: str, token: str, count: int) -> None:
        command = [sys.executable, "-m", "bench.websocket_clients", address, token, str(count), "bench.*"]
        self._process = subprocess.Popen(
            command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self._line() != "ready":
            raise RuntimeError("the clients did not come up")

    def received(self) -> Received:
        """What came since the last question."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Received(**json.loads(self._line()))

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass(frozen=True, slots=True)
class Stack:
    environment: Environment
    port: int
    token: str
    server: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/events/"

    def measure(self, load: Load) -> Outcome:
        clients = Clients(self.address, self.token, load.clients)
        try:
            self._publish(load, WARM_UP_SECONDS)
            _settle(clients)
            rate = self._publish(load, SECONDS)
            return Outcome(_settle(clients), rate, SECONDS)
        finally:
            clients.stop()

    def memory_of_idle_clients(self, count: int) -> float:
        """In kB of 1,000 bytes for each client."""
        warm = Clients(self.address, self.token, 100)
        warm.stop()
        time.sleep(2)
        before = _resident_bytes(self.server.pid)
        clients = Clients(self.address, self.token, count)
        try:
            time.sleep(2)
            return (_resident_bytes(self.server.pid) - before) / count / 1000
        finally:
            clients.stop()

    def _publish(self, load: Load, seconds: float) -> float:
        """The rate that the publishers came to together."""
        program = [sys.executable, "-m", "bench.websocket_publisher"]
        command = [*program, str(load.rate / PUBLISHERS), str(seconds), str(load.together)]
        running = [
            subprocess.Popen(command, **_surroundings(self.environment), stdout=subprocess.PIPE)
            for _ in range(PUBLISHERS)
        ]
        return sum(float(publisher.communicate(timeout=seconds + STARTING_SECONDS)[0]) for publisher in running)


def _settle(clients: Clients) -> Received:
    """What came, after the last has come."""
    time.sleep(1.0)
    return clients.received()


def _measure_peer(load: Load) -> Outcome:
    port = free_port()
    server = _uvicorn("bench.websocket_peer:application", port, {**_clean(), "RATE": str(load.rate)})
    try:
        _wait_for(port, server)
        clients = Clients(f"ws://127.0.0.1:{port}/", "none", load.clients)
        try:
            time.sleep(WARM_UP_SECONDS)
            clients.received()
            started = time.perf_counter()
            time.sleep(SECONDS)
            received = clients.received()
            return Outcome(received, load.rate, time.perf_counter() - started)
        finally:
            clients.stop()
    finally:
        server.kill()
        server.wait()


@contextmanager
def _stack(folder: Path) -> Iterator[Stack]:
    port = free_port()
    with postgresql() as database_url, running_redis(folder) as redis:
        environment = {
            **_clean(),
            "NMS_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis.url,
            "DJANGO_SETTINGS_MODULE": "nms.settings",
            "NMS_LOG_LEVEL": "ERROR",
        }
        surroundings = _surroundings(environment)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"], **surroundings, timeout=120, check=True
        )
        signed_in = subprocess.run(
            [sys.executable, "-c", SIGN_IN], **surroundings, stdout=subprocess.PIPE, timeout=60, check=True
        )
        server = _uvicorn("nms.asgi:application", port, environment)
        try:
            _wait_for(port, server)
            yield Stack(environment, port, signed_in.stdout.decode().strip(), server)
        finally:
            server.kill()
            server.wait()


def _uvicorn(application: str, port: int, environment: Environment) -> subprocess.Popen[bytes]:
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "error"]
    return subprocess.Popen([sys.executable, "-m", "uvicorn", application, *options], **_surroundings(environment))


def _surroundings(environment: Environment) -> dict[str, Any]:
    return {"cwd": BASE_DIR, "env": environment}


def _clean() -> Environment:
    return {key: value for key, value in os.environ.items() if not key.startswith(("NMS_", "DATABASE_", "REDIS_"))}


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("uvicorn did not come up")


if __name__ == "__main__":
    for row in run():
        print(row)
