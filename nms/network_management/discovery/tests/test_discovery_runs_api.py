"""/api/network/discovery-runs/: start, follow, cancel; who may; what is refused and how."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from api_clients.network.snmp.values import Community
from common.application.work.sweep import sweep
from common.application.workflows.control import cancel_run
from common.models import StoredEvent, WorkflowRun
from common.tests.people import ClientOf
from nms.network_management.models import Credential, Device, DiscoveryProblem, DiscoveryRun

pytestmark = pytest.mark.django_db

RUNS = "/api/network/discovery-runs/"
State = DiscoveryRun.State


@pytest.fixture
def credential() -> Credential:
    return Credential.from_snmp(Community("public"), name="campus")


def ended_run(**fields: Any) -> DiscoveryRun:
    defaults = {
        "spec": {"targets": ["10.0.0.0/24"], "credential_ids": []},
        "state": State.SUCCEEDED,
        "finished_at": timezone.now(),
    }
    return DiscoveryRun.objects.create(**defaults | fields)


def fields_at_fault(answer: Any) -> set[str]:
    assert answer.status_code == 400, answer.content
    body = answer.json()
    assert body["error"] is True
    assert body["type"] == "validation_error"
    return {detail["field"].split(".")[0] for detail in body["details"]}


def test_starting_answers_202_with_the_runs_address_and_starts_its_workflow(
    operator: APIClient, credential: Credential
) -> None:
    answer = operator.post(RUNS, {"targets": ["10.0.0.0/24"], "credentials": [credential.id]}, format="json")
    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == body["url"] == f"{RUNS}{body['id']}/"
    assert (body["state"], body["requested_by"]) == ("queued", "operator")
    assert body["progress"]["addresses_total"] == 254
    assert body["spec"]["credentials"] == [credential.id]
    assert operator.get(body["url"]).json() == body
    workflow = operator.get(body["workflow_run"]["url"]).json()
    assert (workflow["id"], workflow["actor"]) == (body["workflow_run"]["id"], "operator")
    assert workflow["correlation_id"] == f"discovery_run:{body['id']}"
    assert body["workflow_run"]["name"] == "network_discovery"


def test_what_is_refused_starts_no_workflow(operator: APIClient, credential: Credential) -> None:
    assert operator.post(RUNS, {"targets": ["10.0.0.0/8"]}, format="json").status_code == 400
    assert not WorkflowRun.objects.exists()


def test_cancelling_a_run_cancels_its_workflow_and_the_other_way_round(
    operator: APIClient, credential: Credential
) -> None:
    first, second = (operator.post(RUNS, {"targets": ["10.0.0.1"]}, format="json").json() for _ in range(2))
    assert operator.post(f"{first['url']}cancel/").json()["state"] == "cancelled"
    assert WorkflowRun.objects.get(pk=first["workflow_run"]["id"]).state == "cancelled"
    cancel_run(second["workflow_run"]["id"], actor="bob")
    sweep()
    assert operator.get(second["url"]).json()["state"] == "cancelled"
    assert StoredEvent.objects.filter(type="discovery.finished").count() == 2


def test_seeds_are_crawled_without_saying_how_far(operator: APIClient, credential: Credential) -> None:
    body = operator.post(RUNS, {"seeds": ["10.0.0.1"]}, format="json").json()
    assert body["spec"]["crawl_depth"] == 8
    assert operator.post(RUNS, {"targets": ["10.0.0.1"]}, format="json").json()["spec"]["crawl_depth"] == 0


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({}, {"targets"}),
        ({"targets": []}, {"targets"}),
        ({"targets": ["10.0.0.0/8"]}, {"targets"}),
        ({"targets": ["8.8.8.8"], "seeds": ["nonsense"]}, {"targets", "seeds"}),
        ({"targets": ["10.0.0.0/99"]}, {"targets"}),
        ({"targets": "10.0.0.1"}, {"targets"}),
        ({"targets": [{"a": 1}]}, {"targets"}),
        ({"targets": [None]}, {"targets"}),
        ({"targets": ["10.0.0.1"] * 5000}, {"targets"}),
        ({"targets": ["10.0.0.1"], "port": 70000}, {"port"}),
        ({"targets": ["10.0.0.1"], "crawl_depth": -1}, {"crawl_depth"}),
        ({"targets": ["10.0.0.1"], "credentials": [999]}, {"credentials"}),
        ({"targets": ["10.0.0.1"], "credentials": ["x"]}, {"credentials"}),
        ({"targets": ["10.0.0.1"], "credentials": [2**70]}, {"credentials"}),
        ({"targets": ["10.0.0.1"], "timeout_seconds": "NaN"}, {"timeout_seconds"}),
        ({"targets": ["10.0.0.1"], "comunity": "public"}, {"comunity"}),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_field_by_field(
    asked: dict[str, Any], fields: set[str], operator: APIClient, credential: Credential
) -> None:
    assert fields_at_fault(operator.post(RUNS, asked, format="json")) == fields
    assert not DiscoveryRun.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"null", b"[1]"])
def test_a_body_that_is_no_object_is_a_400(body: bytes, operator: APIClient) -> None:
    answer = operator.post(RUNS, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"] is True


def test_without_any_credential_the_answer_says_what_to_do(operator: APIClient) -> None:
    answer = operator.post(RUNS, {"targets": ["10.0.0.1"]}, format="json")
    assert fields_at_fault(answer) == {"credentials"}
    assert "add an SNMP community" in answer.json()["message"]


def test_viewers_read_and_do_not_act(client_of: ClientOf, credential: Credential) -> None:
    run = DiscoveryRun.objects.create(spec={})
    viewer = client_of("viewer")
    assert viewer.get(RUNS).status_code == 200
    assert viewer.post(RUNS, {"targets": ["10.0.0.1"]}, format="json").status_code == 403
    assert viewer.post(f"{RUNS}{run.id}/cancel/").status_code == 403
    assert APIClient().get(RUNS).status_code == 401


def test_cancelling_ends_a_queued_run_and_refuses_an_ended_one(operator: APIClient) -> None:
    run = DiscoveryRun.objects.create(spec={})
    answer = operator.post(f"{RUNS}{run.id}/cancel/")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    again = operator.post(f"{RUNS}{run.id}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "run_ended")


def test_cancelling_a_running_run_asks_its_worker(operator: APIClient) -> None:
    run = DiscoveryRun.objects.create(spec={}, state=State.RUNNING, heartbeat_at=timezone.now())
    body = operator.post(f"{RUNS}{run.id}/cancel/").json()
    assert (body["state"], body["cancel_requested"]) == ("running", True)


def test_problems_and_devices_come_in_pages(operator: APIClient) -> None:
    now = timezone.now()
    devices = [Device.objects.create(name=f"r{number}", first_seen=now, updated_at=now) for number in range(3)]
    run = ended_run(result={"device_ids": [device.id for device in devices], "unreachable": ["10.0.0.9"]})
    DiscoveryProblem.objects.bulk_create(
        DiscoveryProblem(run=run, address=f"10.0.0.{host}", port=161, step="profile", kind="malformed", message="bad")
        for host in range(5)
    )
    problems = operator.get(f"{RUNS}{run.id}/problems/", {"page": 2, "page_size": 2}).json()
    assert [row["address"] for row in problems["data"]] == ["10.0.0.2", "10.0.0.3"]
    assert problems["meta"] == {"total": 5, "page": 2, "per_page": 2}
    assert problems["data"][0]["code"] == "malformed"
    found = operator.get(f"{RUNS}{run.id}/devices/").json()
    assert found["data"][0] == {"id": devices[0].id, "name": "r0", "url": f"/api/network/devices/{devices[0].id}/"}
    assert operator.get(f"{RUNS}{run.id}/").json()["result"]["unreachable"] == ["10.0.0.9"]


@pytest.mark.parametrize("path", ["", "problems/", "devices/", "cancel/"])
def test_a_run_that_is_not_there_is_a_404(path: str, operator: APIClient) -> None:
    answer = operator.post(f"{RUNS}77/{path}") if path == "cancel/" else operator.get(f"{RUNS}77/{path}")
    assert answer.status_code == 404


def test_runs_are_filtered_ordered_and_unknown_parameters_refused(operator: APIClient) -> None:
    first = ended_run(requested_by="alice")
    second = ended_run(state=State.FAILED, error="no", requested_by="bob")
    assert [row["id"] for row in operator.get(RUNS).json()["data"]] == [second.id, first.id]
    assert [row["id"] for row in operator.get(RUNS, {"state": "failed"}).json()["data"]] == [second.id]
    assert [row["id"] for row in operator.get(RUNS, {"requested_by": "alice"}).json()["data"]] == [first.id]
    assert [row["id"] for row in operator.get(RUNS, {"ordering": "id"}).json()["data"]] == [first.id, second.id]
    for wrong in ({"stat": "failed"}, {"state": "sleeping"}, {"ordering": "spec"}, {"page_size": "0"}):
        assert operator.get(RUNS, wrong).status_code == 400
    assert operator.get(f"{RUNS}{first.id}/", {"verbose": "1"}).status_code == 400


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(operator: APIClient) -> None:
    operator.get(RUNS)  # the first request reads the user's groups
    counts = []
    for _ in range(2):
        for _ in range(10):
            ended_run()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert operator.get(RUNS).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_unchanged_run_is_a_304(operator: APIClient) -> None:
    run = ended_run()
    tag = operator.get(f"{RUNS}{run.id}/")["ETag"]
    assert operator.get(f"{RUNS}{run.id}/", HTTP_IF_NONE_MATCH=tag).status_code == 304
