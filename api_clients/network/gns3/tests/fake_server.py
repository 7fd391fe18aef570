"""Small servers for the client's own tests: they answer what a test says and remember what they were asked.

The simulator knows how GNS3 behaves; these misbehave to order, and a test reads in them what the client sent.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry

from api_clients.domain.policies.balance import Instance
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.http import Basic, ConnectionSettings, HttpTransport, LoginTransport
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.login import AUTHENTICATE
from api_clients.network.gns3.values import Api
from api_clients.simulation import Answer, HttpSimulator, Received, SimulatorServer, json_answer, serve

ME = Basic("ada", "a password of the tests")
NUMBERS = {"v2": "2.2.54", "v3": "3.0.6"}
UNKNOWN_ROUTE = {
    "v2": Answer(404, b"404: Not Found", {"Content-Type": "text/plain; charset=utf-8"}),
    "v3": json_answer({"detail": "Not Found"}, status=404),
}
PAGE = Answer(200, b"<!DOCTYPE html><title>Sign in</title>", {"Content-Type": "text/html"})
Answering = Answer | Callable[[Received], Answer]


class FakeServer(HttpSimulator):
    """Knows its version, tokens, and what a test puts into `answers` by "METHOD /path" (without the API's version)."""

    def __init__(self, api: Api = "v2", *, prefix: str = "", wants_login: bool = False) -> None:
        super().__init__()
        self.api: Api = api
        self.prefix = prefix
        self.wants_login = wants_login
        self.answers: dict[str, Answering] = {}
        self.tokens: set[str] = set()
        self.logins = 0
        self.version_takes_seconds = 0.0

    def asked(self, without: str = "/version") -> list[str]:
        """What came, as "METHOD /path" with the API's version, but for detections and logins."""
        lines = [f"{item.method} {item.path.removeprefix(self.prefix)}" for item in self.received]
        return [line for line in lines if without not in line and AUTHENTICATE not in line]

    def answer(self, received: Received) -> Answer:
        path = received.path.removeprefix(self.prefix)
        if not received.path.startswith(self.prefix) or not path.startswith(f"/{self.api}/"):
            return UNKNOWN_ROUTE[self.api]
        if path == AUTHENTICATE:
            return self._login(received)
        resource = path.removeprefix(f"/{self.api}")
        if resource == "/version":
            time.sleep(self.version_takes_seconds)
            return json_answer({"version": NUMBERS[self.api], "local": False})
        if not self._admits(received):
            return json_answer({"message": "Could not validate credentials"}, status=401)
        answer = self.answers.get(f"{received.method} {resource}", UNKNOWN_ROUTE[self.api])
        return answer if isinstance(answer, Answer) else answer(received)

    def _admits(self, received: Received) -> bool:
        header = received.headers.get("authorization", "")
        if self.api == "v3":
            return header.removeprefix("Bearer ") in self.tokens
        return not self.wants_login or header == ME.headers()["Authorization"]

    def _login(self, received: Received) -> Answer:
        if received.json() != {"username": ME.username, "password": ME.password}:
            return json_answer({"message": "Authentication was unsuccessful."}, status=401)
        self.logins += 1
        token = jwt({"sub": ME.username, "exp": time.time() + 86_400, "number": self.logins})
        self.tokens.add(token)
        return json_answer({"access_token": token, "token_type": "bearer"})


def jwt(claims: dict[str, Any]) -> str:
    def encoded(document: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return f"{encoded({'alg': 'HS256'})}.{encoded(claims)}.c2lnbmF0dXJl"


@dataclass
class Rig:
    client: Gns3Client
    fake: FakeServer
    server: SimulatorServer


@contextmanager
def connected(
    url: str,
    *,
    credentials: Basic | None = ME,
    read_timeout_seconds: float = 10.0,
    deadline_seconds: float = 30.0,
    attempts: int = 1,
    api: Api | None = None,
) -> Iterator[Gns3Client]:
    """A client with its whole chain."""
    clock = SystemClock()
    login = Gns3Client.login(credentials) if credentials else None
    wire = HttpTransport(settings=ConnectionSettings(read_timeout_seconds=read_timeout_seconds), clock=clock)
    breakers = BreakerRegistry(clock=clock, default_policy=BreakerPolicy(failure_threshold=100))
    surroundings = Surroundings(clock, breakers, MemoryCacheStore(clock), Instrumentation(CollectorRegistry()))
    chain = build_chain(
        LoginTransport(wire, login, clock=clock) if login else wire,
        [Instance(url)],
        ChainPolicy(retry=RetryPolicy(attempts=attempts, base_seconds=0.01)),
        surroundings,
    )
    yield Gns3Client(chain, deadline_seconds=deadline_seconds, api=api)
    wire.close()


@contextmanager
def running(fake: FakeServer, **options: Any) -> Iterator[Rig]:
    """Serve the fake over HTTP, with a client before it."""
    with serve(fake) as server, connected(server.url + fake.prefix, **options) as client:
        yield Rig(client, fake, server)


class InTurn:
    """Gives its answers one after the other, the last one for ever; safe for many threads."""

    def __init__(self, *answers: Answering) -> None:
        self._answers = list(answers)
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> Answer:
        with self._lock:
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer if isinstance(answer, Answer) else answer(received)


def after(seconds: float, answer: Answer) -> Callable[[Received], Answer]:
    """Answer that much later: past the read timeout the client has gone by then, and what was done is done."""

    def wait(received: Received) -> Answer:
        time.sleep(seconds)
        return answer

    return wait
