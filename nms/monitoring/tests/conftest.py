"""Fixtures of the hub's tests, which this module's use as well, and a configured Prometheus and Netdata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from api_clients.container import make_container
from api_clients.simulation import HttpSimulator, SimulatorServer
from common.application import clients as process_clients

FAMILIES = {"prometheus": "monitoring", "netdata": "monitoring", "docker": "platforms", "alertmanager": "monitoring"}


@dataclass
class Simulated:
    simulators: dict[str, HttpSimulator]
    servers: dict[str, SimulatorServer]
    clients: Any
    renew: Callable[[], Simulated]
    """Make the clients anew, with an empty cache."""


@pytest.fixture
def make_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Callable[..., Simulated]]:
    """Raise simulators of these services, each configured as target main."""
    settings.NMS_SERVICE_SLOW_SECONDS = 60.0  # a busy machine is no fault of a service
    with ExitStack() as stack:

        def make(*names: str) -> Simulated:
            simulators: dict[str, HttpSimulator] = {}
            servers: dict[str, SimulatorServer] = {}
            for name in names:
                module = import_module(f"api_clients.{FAMILIES[name]}.{name}.simulator")
                simulators[name] = module.make_simulator()
                servers[name] = SimulatorServer(simulators[name])
                servers[name].start()
                stack.callback(servers[name].stop)
            file = tmp_path / "clients.yaml"
            services = {
                name: {
                    "breaker": {"failure_threshold": 3},
                    "targets": {"main": {"instances": [{"url": server.url}], "retry": {"attempts": 1}}},
                }
                for name, server in servers.items()
            }
            file.write_text(yaml.safe_dump({"services": services}))
            settings.NMS_CLIENTS_FILE = file

            def renew() -> Simulated:
                container = make_container(clients_file=file, prometheus_registry=CollectorRegistry())
                stack.callback(container.clients().close)
                monkeypatch.setattr(process_clients, "_container", lambda: container)
                return Simulated(simulators, servers, container.clients(), renew)

            return renew()

        yield make
