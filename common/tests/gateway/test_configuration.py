"""A configuration of the clients that cannot be used at the start: one error, wherever somebody asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from api_clients.container import make_container
from common.application import clients
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "clients.yaml"
    file.write_text("services: {gns3: {targets: {main: {instances: 7}}}}")
    container = make_container(clients_file=file, prometheus_registry=CollectorRegistry())
    monkeypatch.setattr(clients, "_container", lambda: container)


@pytest.mark.parametrize(
    "path",
    [
        "/api/clients/",
        "/api/clients/gns3/",
        "/api/clients/gns3/version/",
        "/api/common/api/gns3-central/projects/",
    ],
)
def test_a_file_that_cannot_be_used_makes_the_services_unavailable_and_says_why(
    broken_file: None, client_of: ClientOf, path: str
) -> None:
    answer = client_of("viewer").get(path)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (503, "clients_configuration_invalid"), told
    assert "services.gns3.targets.main.instances: " in told["message"]
