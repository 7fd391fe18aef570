"""Configured services for the tests of health, discovery and healing: storerooms, each a real server on a port."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from api_clients.catalog import CATALOG, ServiceEntry, make_catalog
from api_clients.container import ClientsContainer, make_container
from api_clients.simulation import Answer, Received, SimulatorServer
from api_clients.tests.example_service import TOKEN, StoreroomSimulator
from api_clients.tests.waiting import eventually
from common.application import clients as process_clients
from common.infrastructure import parallel_checks

STOREROOM = ServiceEntry(
    "storeroom", "tests", "service", "api_clients.tests.example_service:StoreroomClient", "parts on shelves"
)


class SlowStoreroom(StoreroomSimulator):
    """Takes its time for each answer."""

    delay_seconds = 0.0

    def answer(self, received: Received) -> Answer:
        time.sleep(self.delay_seconds)
        return super().answer(received)


class Storerooms:
    """`file` is the clients' file of the test; `servers` are what it names, by target."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.servers: dict[str, SimulatorServer] = {}
        self.simulators: dict[str, SlowStoreroom] = {}
        self.container: ClientsContainer | None = None

    def write(self, **target: Any) -> None:
        """Name every server in the file, and use it at once."""
        target = dict(target)
        token = target.pop("token", TOKEN)
        breaker = target.pop("breaker", {"failure_threshold": 1000})
        (self.file.parent / "token").write_text(token)
        targets = {
            name: {
                "instances": [{"url": server.url}],
                "auth": {"kind": "bearer", "token_file": str(self.file.parent / "token")},
                "retry": {"attempts": 1},
                **target,
            }
            for name, server in self.servers.items()
        }
        self.file.write_text(yaml.safe_dump({"services": {"storeroom": {"targets": targets, "breaker": breaker}}}))
        if self.container is not None:
            self.container.clients().refresh(now=True)


@pytest.fixture
def make_storerooms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Callable[..., Storerooms]]:
    """Raise storerooms with these names, configured as targets of the service storeroom."""
    settings.NMS_SERVICE_SLOW_SECONDS = 60.0  # a busy machine is no fault of a service
    with ExitStack() as stack:

        def make(*names: str, **target: Any) -> Storerooms:
            made = Storerooms(tmp_path / "clients.yaml")
            for name in names:
                simulator = made.simulators[name] = SlowStoreroom()
                server = made.servers[name] = SimulatorServer(simulator)
                server.start()
                stack.callback(server.stop)
            made.write(**target)
            settings.NMS_CLIENTS_FILE = made.file
            made.container = make_container(
                clients_file=made.file,
                catalog=make_catalog([*CATALOG.values(), STOREROOM]),
                prometheus_registry=CollectorRegistry(),
            )
            stack.callback(made.container.clients().close)
            monkeypatch.setattr(process_clients, "_container", lambda: made.container)
            return made

        yield make
    # What is still asked under the same name would be the answer of the next test.
    eventually(_nobody_is_asked, seconds=30, otherwise="a storeroom is still asked for its health")


def _nobody_is_asked() -> bool:
    return not any(name.startswith("service:storeroom/") for name in list(parallel_checks._under_way))
