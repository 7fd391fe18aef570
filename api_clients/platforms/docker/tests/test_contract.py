"""The contract of every client, over TCP and over a unix socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from api_clients.infrastructure.http import Bearer
from api_clients.platforms.docker.client import DockerClient
from api_clients.platforms.docker.simulator import DockerSimulator
from api_clients.simulation import HttpSimulator, serve
from api_clients.tests.contract import Asked, Served, ServiceContract

TOKEN = "token-of-a-proxy-before-the-engine"


class TestDocker(ServiceContract):
    client_class = DockerClient
    credentials = Bearer(TOKEN)
    wrong_credentials = Bearer("not-the-token-of-the-proxy")

    def make_simulator(self) -> DockerSimulator:
        return DockerSimulator(token=TOKEN)

    def make_empty_simulator(self) -> DockerSimulator:
        return DockerSimulator([], token=TOKEN)

    def call(self, client: Any) -> Any:
        return client.containers(all=True)

    def is_empty(self, answer: Any) -> bool:
        return answer == ()


class TestDockerOverItsSocket(TestDocker):
    """HTTP in process is the same whatever the wire."""

    @pytest.fixture(params=["wire"])
    def over(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @contextmanager
    def serve(self, simulator: HttpSimulator) -> Iterator[tuple[Served, Asked]]:
        with TemporaryDirectory() as folder, serve(simulator, path=Path(folder) / "docker.sock") as server:
            yield server, simulator
