"""The published paths, on real servers of both versions."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from common.models import StoredEvent, WorkflowRun
from common.tests.gns3.outside import Lab
from common.tests.gns3_api.conftest import ROOT
from common.tests.people import ClientOf

pytestmark = [pytest.mark.django_db, pytest.mark.needs("gns3-server", "vpcs")]
NOBODY = "00000000-0000-4000-8000-000000000000"
ACTIONS = ("start_node", "stop_node", "restart_node", "suspend_node")


def refused(answer: Any, status: int, code: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    assert set(body) == {"error", "code", "message", "type", "details", "request_id", "documentation_url"}
    assert code is None or body["code"] == code, body
    return body


def told(*types: str) -> list[tuple[str, str, str]]:
    rows = StoredEvent.objects.filter(source="gns3").order_by("position")
    return [(row.type, row.data.get("name", ""), row.actor) for row in rows if row.type in types]


def test_a_node_is_started_restarted_and_stopped_by_an_operator(lab: Lab, operator: APIClient) -> None:
    wanted = {"project_id": lab.project_id, "node_id": lab.nodes["A"]}
    answer = operator.post(f"{ROOT}start_node/", wanted)
    assert answer.status_code == 200, answer.content
    node = answer.json()
    assert (node["name"], node["status"], node["node_id"]) == ("A", "started", lab.nodes["A"])
    assert node["console"]["websocket"] == f"/ws/gns3/console/{lab.project_id}/{lab.nodes['A']}/"
    assert lab.status("A") == "started"
    assert operator.post(f"{ROOT}restart_node/", wanted).json()["status"] == "started"
    assert operator.post(f"{ROOT}stop_node/", wanted).json()["status"] == "stopped"
    assert lab.status("A") == "stopped"
    assert told("node.started", "node.stopped") == [
        ("node.started", "A", "operator"),
        ("node.stopped", "A", "operator"),
        ("node.started", "A", "operator"),
        ("node.stopped", "A", "operator"),
    ]


def test_what_is_so_already_stays_so_and_is_no_event(lab: Lab, operator: APIClient) -> None:
    wanted = {"project_id": lab.project_id, "node_id": lab.nodes["A"]}
    assert operator.post(f"{ROOT}stop_node/", wanted).json()["status"] == "stopped"
    assert told("node.started", "node.stopped") == []


def test_the_same_request_sent_again_with_its_key_is_not_done_again(lab: Lab, operator: APIClient) -> None:
    wanted = {"project_id": lab.project_id, "node_id": lab.nodes["A"]}
    key = {"HTTP_IDEMPOTENCY_KEY": "restart-1"}
    first = operator.post(f"{ROOT}restart_node/", wanted, **key)
    again = operator.post(f"{ROOT}restart_node/", wanted, **key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert told("node.started") == [("node.started", "A", "operator")]
    refused(operator.post(f"{ROOT}stop_node/", wanted, **key), 422, "idempotency_key_reused")


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_not_there_is_404_and_what_makes_no_sense_400(lab: Lab, operator: APIClient, action: str) -> None:
    path = f"{ROOT}{action}/"
    real = {"project_id": lab.project_id, "node_id": lab.nodes["A"]}
    refused(operator.post(path, {**real, "project_id": NOBODY}), 404, "unknown_project")
    refused(operator.post(path, {**real, "project_id": "no such"}), 404, "unknown_project")
    refused(operator.post(path, {**real, "node_id": NOBODY}), 404)
    refused(operator.post(path, {**real, "node_id": "../../x"}), 404, "unknown_node")
    for body in ({}, {"project_id": lab.project_id}, {**real, "force": True}, {**real, "node_id": 7}, [real], "x"):
        refused(operator.post(path, body), 400)
    body = refused(operator.post(path, {**real, "node_id": ""}), 400)
    assert [entry["field"] for entry in body["details"]] == ["node_id"]
    refused(operator.post(f"{path}?force=1", real), 400)
    refused(operator.get(path), 405)
    assert lab.status("A") == "stopped"
    assert told(*ACTIONS) == []


def test_a_closed_project_is_a_conflict(lab: Lab, operator: APIClient) -> None:
    lab.project("close")
    for action in ACTIONS:
        wanted = {"project_id": lab.project_id, "node_id": lab.nodes["A"]}
        refused(operator.post(f"{ROOT}{action}/", wanted), 409)


@pytest.mark.parametrize("action", ACTIONS)
def test_roles_are_asked_for(lab: Lab, client_of: ClientOf, action: str) -> None:
    wanted = {"project_id": lab.project_id, "node_id": lab.nodes["A"]}
    refused(client_of("viewer").post(f"{ROOT}{action}/", wanted), 403, "role_required")
    refused(client_of(None).post(f"{ROOT}{action}/", wanted), 403)
    refused(APIClient().post(f"{ROOT}{action}/", wanted), 401)
    assert lab.status("A") == "stopped"


def test_the_topology_is_told_with_names_and_an_etag(lab: Lab, viewer: APIClient) -> None:
    path = f"{ROOT}topology/?project_id={lab.project_id}"
    answer = viewer.get(path)
    found = answer.json()
    assert {node["name"] for node in found["nodes"]} == {"A", "B", "S"}
    assert found["project"]["name"] == "campus"
    ends = {frozenset(end["node"]["name"] for end in link["ends"]) for link in found["links"]}
    assert ends == {frozenset({"A", "S"}), frozenset({"B", "S"})}
    assert found["links"][0]["ends"][0]["port"]
    again = viewer.get(path, HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    refused(viewer.get(f"{ROOT}topology/"), 400)
    refused(viewer.get(f"{path}&fresh=yes"), 400)
    refused(viewer.get(f"{path}&depth=2"), 400)
    refused(viewer.get(f"{ROOT}topology/?project_id={NOBODY}"), 404, "unknown_project")


def test_refreshing_sees_what_happened_behind_the_back(lab: Lab, viewer: APIClient, operator: APIClient) -> None:
    path = f"{ROOT}topology/?project_id={lab.project_id}"
    viewer.get(path)
    lab.add("C")
    answer = operator.post(f"{ROOT}refresh_topology/", {"project_id": lab.project_id})
    assert answer.status_code == 200
    assert [(row["project"]["name"], row["nodes"], row["links"]) for row in answer.json()["refreshed"]] == [
        ("campus", 4, 2)
    ]
    assert "C" in {node["name"] for node in viewer.get(path).json()["nodes"]}
    assert told("node.created") == [("node.created", "C", "")]
    lab.do("start", "C")
    answer = operator.post(f"{ROOT}refresh_topology/", {"project_id": lab.project_id, "node_id": lab.nodes["C"]})
    assert answer.status_code == 200
    assert told("node.started") == [("node.started", "C", "")]
    everything = operator.post(f"{ROOT}refresh_topology/")
    assert [row["project"]["id"] for row in everything.json()["refreshed"]] == [lab.project_id]
    refused(operator.post(f"{ROOT}refresh_topology/", {"node_id": lab.nodes["C"]}), 400)
    refused(operator.post(f"{ROOT}refresh_topology/", {"server": "other"}), 404, "unknown_server")
    refused(viewer.post(f"{ROOT}refresh_topology/", {"project_id": lab.project_id}), 403)


@pytest.mark.parametrize("action", ["start_project", "stop_project"])
def test_a_whole_project_is_a_run_that_can_be_followed(
    lab: Lab, viewer: APIClient, operator: APIClient, action: str
) -> None:
    answer = operator.post(f"{ROOT}{action}/", {"project_id": lab.project_id.upper()})
    assert answer.status_code == 202, answer.content
    run = WorkflowRun.objects.get()
    assert answer["Location"] == answer.json()["url"]
    assert (answer.json()["actor"], run.input["project_id"]) == ("operator", lab.project_id)
    assert viewer.get(answer["Location"]).status_code == 200
    refused(viewer.post(f"{ROOT}{action}/", {"project_id": lab.project_id}), 403)
    refused(operator.post(f"{ROOT}{action}/", {"project_id": NOBODY}), 404, "unknown_project")
    refused(operator.post(f"{ROOT}{action}/", {"project_id": lab.project_id, "wait_seconds": 0}), 400)
    refused(operator.post(f"{ROOT}{action}/", {"project_id": lab.project_id, "wait_seconds": "60"}), 400)
    assert WorkflowRun.objects.count() == 1


def test_the_status_names_the_server_and_its_breaker(lab: Lab, viewer: APIClient) -> None:
    viewer.get(f"{ROOT}topology/?project_id={lab.project_id}")
    status = viewer.get(f"{ROOT}status/").json()
    (server,) = status["servers"]
    assert server["name"] == "main"
    assert server["circuit"]["phase"] == "closed"
    assert server["circuit"]["success"] > 0
    assert status["cache"]["misses"] > 0
    refused(APIClient().get(f"{ROOT}status/"), 401)
