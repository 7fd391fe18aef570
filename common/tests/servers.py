"""Real servers for tests: our own ASGI application under uvicorn, and PostgreSQL, each on a private port.

Fixtures are imported by name into the conftest.py or test module that uses them.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from channels.routing import get_default_application

from api_clients.tests.servers import PostgreSQL, running_postgresql

START_SECONDS = 60
__all__ = ["LiveHub", "PostgreSQL", "live_hub", "postgresql", "running_postgresql"]


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


@pytest.fixture(scope="session")
def postgresql(program: Callable[[str], str]) -> Iterator[PostgreSQL]:
    """A real PostgreSQL for the session. Mark the test with needs("postgres", "initdb")."""
    with running_postgresql(initdb=program("initdb"), postgres=program("postgres"), durable=False) as server:
        yield server
