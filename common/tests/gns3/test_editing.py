"""Where a node is made that people ask for, and what is left of a change that fails in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.simulator import Gns3Simulator, draw_campus, serve_gns3
from common.application.gns3 import central, editing
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
    client_of: Any,
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


def test_a_recording_that_is_not_told_of_is_not_left_open(use_servers: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator, stream = Gns3Simulator("v2"), Mock()
    project = draw_campus(simulator, 2)
    link_id = next(iter(project.links))
    monkeypatch.setattr(Gns3Client, "open_capture", lambda *args, **options: stream)
    monkeypatch.setattr(editing, "publish", Mock(side_effect=OperationalError("database is locked")))
    with serve_gns3(simulator) as server:
        use_servers(main=Simulated(simulator, server.url))
        central.client("main").start_capture(project.project_id, link_id, "a.pcap")
        with pytest.raises(OperationalError):
            editing.open_capture("main", project.project_id, link_id, actor="ada")
    stream.close.assert_called_once_with()


def test_a_used_port_and_its_link_are_named(use_servers: Use, client_of: Any) -> None:
    simulator = Gns3Simulator("v3")
    project = draw_campus(simulator, 5)
    with serve_gns3(simulator) as server:
        use_servers(main=Simulated(simulator, server.url))
        operator: APIClient = client_of("operator")
        path = f"/api/common/api/gns3-central/projects/{project.project_id}/links/"
        link = operator.get(path).json()["data"][0]
        ends = [
            {"node_id": end["node"]["id"], **{key: end[key] for key in ("adapter_number", "port_number")}}
            for end in link["ends"]
        ]
        answer = operator.post(path, {"ends": ends}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "port_used"), answer.json()
    assert link["link_id"] in answer.json()["message"]


@pytest.mark.parametrize("body", ["[]", "null"])
def test_a_list_and_null_are_no_objects(client_of: Any, body: str) -> None:
    path = "/api/common/api/gns3-central/start_node/"
    answer = client_of("operator").post(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["message"]) == (400, "Write a JSON object.")


@pytest.mark.parametrize("edition", ["v2", "v3"])
def test_a_type_that_gns3_does_not_have_is_refused_with_those_there_are(
    edition: Any,
    use_servers: Use,
    client_of: Any,
) -> None:
    simulator = Gns3Simulator(edition)
    project = draw_campus(simulator, 1)
    with serve_gns3(simulator) as server:
        use_servers(main=Simulated(simulator, server.url))
        answer = client_of("operator").post(
            NODES.format(project.project_id), {"name": "new", "type": "nosuchtype"}, format="json"
        )
    body = answer.json()
    assert (answer.status_code, body["details"][0]["field"]) == (400, "type"), body
    assert body["message"].startswith("type: GNS3 has no nodes of the type nosuchtype; there are atm_switch, cloud, ")
