"""The contract of every client, over Fail2ban's own socket and in process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api_clients.security.fail2ban.client import Fail2banClient
from api_clients.security.fail2ban.simulator import (
    Fail2banSimulator,
    Fail2banSocketSimulator,
    SimulatedServer,
    make_simulator,
)
from api_clients.simulation import HttpSimulator, close, serve_socket
from api_clients.tests.contract import Asked, Served, ServiceContract


class TestFail2ban(ServiceContract):
    client_class = Fail2banClient
    no_status = "Fail2ban's socket has no word for being busy"
    failing = close()

    def make_simulator(self) -> HttpSimulator:
        return make_simulator()

    def make_empty_simulator(self) -> HttpSimulator:
        return Fail2banSimulator(SimulatedServer({}))

    @contextmanager
    def serve(self, simulator: HttpSimulator) -> Iterator[tuple[Served, Asked]]:
        assert isinstance(simulator, Fail2banSimulator)
        on_socket = Fail2banSocketSimulator(simulator.server)
        with tempfile.TemporaryDirectory() as folder, serve_socket(on_socket, path=Path(folder) / "s") as server:
            yield server, on_socket

    def call(self, client: Any) -> Any:
        """Status alone is cached for nobody."""
        return client.jails_banning("203.0.113.9")

    def is_empty(self, answer: Any) -> bool:
        return answer == ()
