"""Services of the tests: simulators behind the gateway, configured as an operator would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from api_clients.container import ClientsContainer, make_container
from api_clients.network.gns3.simulator import Gns3Simulator, make_simulator
from api_clients.simulation import SimulatorServer, serve
from common.application import clients

Configure = Callable[..., ClientsContainer]


class Lab:
    """GNS3 servers of the tests by the names of their targets: their simulators, and the sockets they listen at."""

    def __init__(self, stack: ExitStack, names: tuple[str, ...]) -> None:
        self.simulators: Mapping[str, Gns3Simulator] = {name: make_simulator() for name in names}
        self.servers: Mapping[str, SimulatorServer] = {
            name: stack.enter_context(serve(simulator)) for name, simulator in self.simulators.items()
        }

    def asked(self, name: str = "main") -> list[tuple[str, str]]:
        return [(one.method, one.path) for one in self.simulators[name].received]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Configure]:
    """`configure({"gns3": {...}})`: what stands below `services` in the clients' file from now on."""
    made: list[ClientsContainer] = []

    def use(services: Mapping[str, Any], **more: Any) -> ClientsContainer:
        file = tmp_path / "clients.yaml"
        file.write_text(yaml.safe_dump({"services": services}))
        container = make_container(clients_file=file, prometheus_registry=CollectorRegistry(), **more)
        container.clients()
        made.append(container)
        monkeypatch.setattr(clients, "_container", lambda: container)
        return container

    yield use
    for container in made:
        container.clients().close()


@pytest.fixture
def labs(configure: Configure) -> Iterator[Callable[..., Lab]]:
    """`labs("main", "other")`: GNS3 servers with the project of the examples.

    They are waited for as long as a busy machine asks for, unless a test says otherwise.
    """
    with ExitStack() as stack:

        def raise_them(*names: str, read_timeout_seconds: float = 10.0) -> Lab:
            lab = Lab(stack, names or ("main",))
            targets = {
                name: {
                    "instances": [{"url": server.url}],
                    "retry": {"attempts": 1},
                    "read_timeout_seconds": read_timeout_seconds,
                    "deadline_seconds": 30,
                }
                for name, server in lab.servers.items()
            }
            configure({"gns3": {"breaker": {"failure_threshold": 2, "recovery_seconds": 60}, "targets": targets}})
            return lab

        yield raise_them
