"""Web servers as processes of their own on a PostgreSQL and a Redis, a publisher, and clients that come back.

with web_processes(folder, database_url=..., redis_url=..., count=2) as hub:
    with hub.publishing(1, 100, per_second=50):
        hub.servers[0].kill()
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import websockets
from websockets.asyncio.client import connect

from api_clients.tests.servers import free_port
from common.tests.worker_stack import ROOT, Process, wait_until

SIGN_IN = """
import django; django.setup()
from django.contrib.auth.models import Group, User
from rest_framework_simplejwt.tokens import AccessToken
user = User.objects.create_user("viewer")
user.groups.add(Group.objects.get_or_create(name="viewer")[0])
print(AccessToken.for_user(user))
"""
PUBLISH = """
import sys, time
import django; django.setup()
from common.tests.samples import take_samples
first, last, per_second = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
began = time.monotonic()
for number in range(first, last + 1):
    time.sleep(max(0.0, began + (number - first) / per_second - time.monotonic()))
    take_samples(number, number)
"""


class WebProcess(Process):
    def __init__(self, name: str, environment: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"]
        command = [sys.executable, "-m", "uvicorn", "nms.asgi:application", *options]
        super().__init__(name, command, environment, folder)

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/events/"

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@dataclass(slots=True)
class WebProcesses:
    environment: dict[str, str]
    token: str
    servers: list[WebProcess]

    @contextlib.contextmanager
    def publishing(self, first: int, last: int, *, per_second: float) -> Iterator[None]:
        """Publish samples of these numbers meanwhile, in a process of its own, one transaction each."""
        numbers = [str(first), str(last), str(per_second)]
        publisher = subprocess.Popen([sys.executable, "-c", PUBLISH, *numbers], cwd=ROOT, env=self.environment)
        try:
            yield
            assert publisher.wait(300) == 0
        finally:
            publisher.kill()
            publisher.wait()


@contextlib.contextmanager
def web_processes(
    folder: Path, *, database_url: str, redis_url: str, count: int, **settings: str
) -> Iterator[WebProcesses]:
    own = ("NMS_", "DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
        "DJANGO_SETTINGS_MODULE": "nms.settings",
        "NMS_DATA_DIR": str(folder),
        "NMS_SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        **settings,
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, timeout=600, check=True)
    sign_in = [sys.executable, "-c", SIGN_IN]
    token = subprocess.run(sign_in, cwd=ROOT, env=environment, timeout=300, check=True, capture_output=True, text=True)
    servers: list[WebProcess] = []
    try:
        servers += [WebProcess(f"web{number}", environment, folder) for number in range(count)]
        for server in servers:
            wait_until(f"{server.name} listens", server.listens)
        yield WebProcesses(environment, token.stdout.strip(), servers)
    finally:
        for server in servers:
            server.kill()


class Follower:
    """A client that wants every event once: when its line drops it goes to the next server and resumes."""

    def __init__(self, hub: WebProcesses, number: int) -> None:
        self._hub = hub
        self._next = number % len(hub.servers)
        self.positions: list[int] = []
        self.numbers: list[int] = []
        self.connections = 0
        self.others: list[str] = []  # messages that it did not expect

    async def follow(self, until: int) -> None:
        """Return once the event with this number has come."""
        while not self.numbers or self.numbers[-1] < until:
            server = self._hub.servers[self._next % len(self._hub.servers)]
            self._next += 1
            try:
                await self._listen(server.address, until)
            except (OSError, TimeoutError, websockets.WebSocketException):
                await asyncio.sleep(0.1)

    async def _listen(self, address: str, until: int) -> None:
        headers = {"Authorization": f"Bearer {self._hub.token}"}
        async with connect(address, additional_headers=headers, compression=None, open_timeout=120) as line:
            self.connections += 1
            after = self.positions[-1] if self.positions else 0
            await line.send(json.dumps({"action": "subscribe", "topics": ["sample.*"], "after": after}))
            async for text in line:
                message = json.loads(text)
                if message["type"] == "event":
                    self.positions.append(message["event"]["position"])
                    self.numbers.append(message["event"]["data"]["number"])
                    if self.numbers[-1] >= until:
                        return
                elif message["type"] not in ("welcome", "subscribed"):
                    self.others.append(text)
