"""Where a node is made that people ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from rest_framework.test import APIClient

from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.simulator import Gns3Simulator, draw_campus, serve_gns3
from common.tests.conftest import client_of, make_user  # noqa: F401 - fixtures
from common.tests.gns3.conftest import Use
from common.tests.gns3.test_faults_simulated import Simulated

pytestmark = pytest.mark.django_db(transaction=True)
NODES = "/api/common/api/gns3-central/projects/{}/nodes/"


@pytest.mark.parametrize(
    ("asked", "compute_id"), [({"template": "VPCS"}, None), ({"template": "VPCS", "compute_id": "local"}, "local")]
)
def test_a_node_of_a_template_is_made_where_its_template_says_unless_told_otherwise(
    asked: Mapping[str, str],
    compute_id: str | None,
    use_servers: Use,
    client_of: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator = Gns3Simulator("v2")
    project = draw_campus(simulator, 1)
    told, create = [], Gns3Client.create_from_template

    def noting(client: Gns3Client, *args: Any, **values: Any) -> Any:
        told.append(values["compute_id"])
        return create(client, *args, **values)

    monkeypatch.setattr(Gns3Client, "create_from_template", noting)
    with serve_gns3(simulator) as server:
        use_servers(main=Simulated(simulator, server.url))
        operator: APIClient = client_of("operator")
        made = operator.post(NODES.format(project.project_id), {"name": "new", **asked}, format="json")
    assert made.status_code == 201, made.json()
    assert told == [compute_id]
