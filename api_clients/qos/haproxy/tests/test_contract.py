"""The contract of every client, over the statistics page and over the stats socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from api_clients.infrastructure.http import Basic
from api_clients.qos.haproxy.client import HaproxyClient
from api_clients.qos.haproxy.simulator import HaproxySimulator, HaproxySocketSimulator
from api_clients.qos.haproxy.simulator.process import SimulatedProcess
from api_clients.simulation import HttpSimulator, close, serve_socket
from api_clients.tests.contract import Asked, Served, ServiceContract

LOGIN = ("nms", "password-of-the-page")


class TestHaproxy(ServiceContract):
    client_class = HaproxyClient
    credentials = Basic(*LOGIN)
    wrong_credentials = Basic("nms", "not-the-password")

    def make_simulator(self) -> HaproxySimulator:
        return HaproxySimulator(login=LOGIN)

    def make_empty_simulator(self) -> HaproxySimulator:
        return HaproxySimulator(SimulatedProcess(servers={}), login=LOGIN)

    def call(self, client: Any) -> Any:
        return client.servers()

    def is_empty(self, answer: Any) -> bool:
        return answer == ()


class TestHaproxyOverItsSocket(TestHaproxy):
    credentials = None
    wrong_credentials = None
    no_status = "the stats socket has no word for being busy"
    failing = close()

    @pytest.fixture(params=["wire"])
    def over(self, request: pytest.FixtureRequest) -> str:
        """In process there is nothing that the page has not shown."""
        return str(request.param)

    @contextmanager
    def serve(self, simulator: HttpSimulator) -> Iterator[tuple[Served, Asked]]:
        assert isinstance(simulator, HaproxySimulator)
        on_socket = HaproxySocketSimulator(simulator.process)
        with TemporaryDirectory() as folder, serve_socket(on_socket, path=Path(folder) / "s") as server:
            yield server, on_socket
