"""The central service on servers of the tests: real ones and simulated ones, through the clients' own configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from prometheus_client import CollectorRegistry

from api_clients.container import ClientsContainer, make_container
from api_clients.network.gns3.tests.servers import _module_gns3, gns3_server
from common.application import clients
from common.application.gns3 import reading
from common.tests.gns3.configured import Server, configure

__all__ = ["_module_gns3", "gns3_server"]

Use = Callable[..., None]


@pytest.fixture
def use_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Use]:
    """`use_servers(main=server, other=server)`: these are the configured GNS3 servers from now on."""
    made: list[ClientsContainer] = []

    def use(**servers: Server) -> None:
        container = make_container(
            clients_file=configure(tmp_path / "clients.yaml", servers),
            redis_url=settings.REDIS_URL,
            prometheus_registry=CollectorRegistry(),
        )
        made.append(container)
        monkeypatch.setattr(clients, "_container", lambda: container)
        reading.state_cache.cache_clear()

    yield use
    reading.state_cache.cache_clear()
    for container in made:
        container.clients().close()
