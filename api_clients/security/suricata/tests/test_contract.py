"""The contract of every client, over Suricata's command socket and in process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api_clients.security.suricata.client import SuricataClient
from api_clients.security.suricata.simulated import SimulatedEngine
from api_clients.security.suricata.simulator import SuricataSimulator, SuricataSocketSimulator, make_simulator
from api_clients.simulation import HttpSimulator, close, serve_socket
from api_clients.tests.contract import Asked, Served, ServiceContract


class TestSuricata(ServiceContract):
    client_class = SuricataClient
    no_status = "Suricata's command socket has no word for being busy"
    failing = close()

    def make_simulator(self) -> HttpSimulator:
        return make_simulator()

    def make_empty_simulator(self) -> HttpSimulator:
        return SuricataSimulator(SimulatedEngine(interfaces=()), events=())

    @contextmanager
    def serve(self, simulator: HttpSimulator) -> Iterator[tuple[Served, Asked]]:
        assert isinstance(simulator, SuricataSimulator)
        on_socket = SuricataSocketSimulator(simulator.engine)
        with tempfile.TemporaryDirectory() as folder, serve_socket(on_socket, path=Path(folder) / "s") as server:
            yield server, on_socket

    def call(self, client: Any) -> Any:
        return client.interfaces()

    def is_empty(self, answer: Any) -> bool:
        return answer == ()
