"""Operations over REST: what is asked, of whom, and what comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api_clients.network.gns3.examples import EXAMPLES, id_of
from api_clients.simulation import garbage, hang, status
from common.tests.gateway.conftest import Lab
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db
Labs = Callable[..., Lab]
ROOT = "/api/clients/gns3/"


def test_a_read_answers_the_values_and_where_they_come_from(labs: Labs, viewer: APIClient) -> None:
    labs()
    answer = viewer.get(f"{ROOT}nodes/", {"project_id": id_of()})
    assert answer.status_code == 200, answer.content
    document = answer.json()
    assert document["meta"] == {
        "service": "gns3",
        "operation": "nodes",
        "target": "main",
        "stale": False,
        "age_seconds": 0.0,
    }
    assert [node["name"] for node in document["data"]] == ["sw1", "pc1", "pc2", "pc3"]
    assert document["data"][0]["ports"][0]["adapter_number"] == 0


def test_an_action_takes_its_arguments_from_the_body(labs: Labs, operator: APIClient) -> None:
    lab = labs()
    answer = operator.post(f"{ROOT}start_node/", {"project_id": id_of(), "node_id": id_of("pc1")})
    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["status"] == "started"
    assert ("POST", f"/v3/projects/{id_of()}/nodes/{id_of('pc1')}/start") in lab.asked()


def test_structures_reach_the_client_as_its_own_values(labs: Labs, operator: APIClient) -> None:
    labs()
    end, other = (
        {"node_id": id_of("pc3"), "adapter_number": 0, "port_number": 0},
        {
            "node_id": id_of("sw1"),
            "adapter_number": 0,
            "port_number": 7,
        },
    )
    made = operator.post(f"{ROOT}create_link/", {"project_id": id_of(), "end": end, "other": other})
    assert made.status_code == 200, made.content
    assert [one["node_id"] for one in made.json()["data"]["ends"]] == [id_of("pc3"), id_of("sw1")]


def test_nothing_is_an_answer_too(labs: Labs, operator: APIClient) -> None:
    labs()
    answer = operator.post(f"{ROOT}delete_node/", {"project_id": id_of(), "node_id": id_of("pc1")})
    assert (answer.status_code, answer.json()["data"]) == (200, None)


def test_bytes_come_as_a_file(labs: Labs, operator: APIClient) -> None:
    labs()
    asked = {"project_id": id_of(), "node_id": id_of("pc1"), "path": "startup.vpc"}
    answer = operator.post(f"{ROOT}node_file/", asked)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith('attachment; filename="gns3-node_file.bin"')
    assert (answer["X-NMS-Target"], answer["X-NMS-Stale"]) == ("main", "false")
    assert answer.content.startswith(b"set pcname pc1")


def test_a_file_goes_in_as_base64_or_as_the_body_itself(labs: Labs, operator: APIClient) -> None:
    lab = labs()
    node = {"project_id": id_of(), "node_id": id_of("pc1"), "path": "startup.vpc"}
    answer = operator.post(f"{ROOT}write_node_file/", {**node, "content": "c2V0IHgK"})
    assert answer.status_code == 200, answer.content
    assert lab.simulators["main"].received[-1].body == b"set x\n"
    query = "&".join(f"{name}={value}" for name, value in node.items())
    answer = operator.post(
        f"{ROOT}write_node_file/?{query}", data=b"\x00\xffraw", content_type="application/octet-stream"
    )
    assert answer.status_code == 200, answer.content
    assert lab.simulators["main"].received[-1].body == b"\x00\xffraw"


def test_octets_where_no_file_is_taken_are_an_unsupported_media_type(labs: Labs, operator: APIClient) -> None:
    labs()
    answer = operator.post(f"{ROOT}start_all/", data=b"raw", content_type="application/octet-stream")
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("name", "body", "field", "code"),
    [
        ("start_node", {"project_id": "x"}, "node_id", "required"),
        ("start_node", {"project_id": "x", "node_id": 7}, "node_id", "invalid"),
        ("start_node", {"project_id": "x", "node_id": "y", "nod_id": "z"}, "nod_id", "unknown"),
        ("create_project", {"name": "x", "auto_close": "yes"}, "auto_close", "invalid"),
        ("create_link", {"project_id": "x", "end": {"node_id": "a"}, "other": []}, "end.adapter_number", "required"),
        ("create_link", {"project_id": "x", "end": {"n": 1}, "other": 3}, "end.n", "unknown"),
        ("write_node_file", {"project_id": "x", "node_id": "y", "path": "z", "content": "%"}, "content", "invalid"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_sent(
    labs: Labs, operator: APIClient, name: str, body: object, field: str, code: str
) -> None:
    lab = labs()
    answer = operator.post(f"{ROOT}{name}/", body)
    assert answer.status_code == 400, answer.content
    told = answer.json()
    assert (told["type"], told["code"]) == ("validation_error", "invalid")
    assert (field, code) in [(one["field"], one["code"]) for one in told["details"]]
    assert lab.asked() == []


def test_a_body_that_is_no_object_is_refused(labs: Labs, operator: APIClient) -> None:
    labs()
    assert operator.post(f"{ROOT}start_all/", [1, 2]).status_code == 400
    assert operator.post(f"{ROOT}start_all/", b"{", content_type="application/json").status_code == 400


@pytest.mark.parametrize("depth", [100, 500, 1020, 100_000])
def test_a_body_nested_deeply_is_refused(labs: Labs, operator: APIClient, depth: int) -> None:
    lab = labs()
    body = '{"filters": ' + "[" * depth + "]" * depth + "}"
    answer = operator.post(f"{ROOT}set_filters/", body.encode(), content_type="application/json")
    assert answer.status_code == 400, answer.content[:500]
    assert lab.asked() == []


def test_an_argument_of_an_action_in_the_query_string_is_misplaced(labs: Labs, operator: APIClient) -> None:
    labs()
    answer = operator.post(f"{ROOT}start_all/?project_id={id_of()}", {})
    assert answer.status_code == 400
    assert answer.json()["details"] == [
        {"field": "project_id", "code": "misplaced", "message": "An argument of a POST belongs into its body."}
    ]


@pytest.mark.parametrize("query", ["", "?project_id=a&project_id=b", "?project_id=a&projct=b"])
def test_a_wrong_query_is_refused(labs: Labs, viewer: APIClient, query: str) -> None:
    lab = labs()
    assert viewer.get(f"{ROOT}nodes/{query}").status_code == 400
    assert lab.asked() == []


def test_what_the_client_would_not_send_is_the_callers_fault(labs: Labs, viewer: APIClient) -> None:
    lab = labs()
    answer = viewer.get(f"{ROOT}nodes/", {"project_id": ".."})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")
    assert answer.json()["message"].startswith("gns3/main: project")
    assert [path for _, path in lab.asked() if "projects" in path] == []


def test_unknown_services_and_operations_are_told_with_those_there_are(labs: Labs, viewer: APIClient) -> None:
    labs()
    nobody = viewer.get("/api/clients/grafanna/search/")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_service")
    assert "gns3" in nobody.json()["message"]
    nothing = viewer.get(f"{ROOT}projcts/")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "unknown_operation")
    assert "projects" in nothing.json()["message"]
    assert viewer.get("/api/clients/snmp/get/").status_code == 404  # a device, not a service
    assert viewer.get(f"{ROOT}open_capture/").status_code == 404  # for programs alone


def test_who_may_is_told_apart_from_who_is_there(labs: Labs, viewer: APIClient, client_of: ClientOf) -> None:
    lab = labs()
    stranger = APIClient()
    assert stranger.get(f"{ROOT}projects/").status_code == 401
    assert stranger.get(f"{ROOT}no_such/").status_code == 401
    refused = viewer.post(f"{ROOT}start_all/", {"project_id": id_of()})
    assert refused.status_code == 403
    assert "role operator" in refused.json()["message"]
    assert client_of(None).get(f"{ROOT}projects/").status_code == 403
    assert lab.asked() == []


def test_the_wrong_verb_is_405_whoever_asks(labs: Labs, viewer: APIClient) -> None:
    labs()
    read, act = viewer.post(f"{ROOT}projects/", {}), viewer.get(f"{ROOT}start_all/")
    assert (read.status_code, act.status_code) == (405, 405)
    assert read["Allow"] == "GET, HEAD, OPTIONS"
    assert act["Allow"] == "POST, OPTIONS"
    assert viewer.delete(f"{ROOT}projects/").status_code == 405


def test_an_action_is_done_once_for_each_idempotency_key(labs: Labs, operator: APIClient) -> None:
    lab = labs()
    body, key = {"name": "branch"}, {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = (operator.post(f"{ROOT}create_project/", body, **key) for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert lab.asked().count(("POST", "/v3/projects")) == 1


@pytest.mark.parametrize(
    ("fault", "code", "expected"),
    [
        (status(404), "service_not_found", 404),
        (status(409), "service_conflict", 409),
        (status(422), "service_rejected", 400),
        (status(401), "service_unauthorized", 502),
        (status(403), "service_unauthorized", 502),
        (status(501), "service_refused", 502),
        (status(302), "service_refused", 502),
        (status(500), "service_unreachable", 503),
        (status(429, retry_after="7"), "service_overloaded", 503),
        (status(503), "service_overloaded", 503),
        (garbage(b"<html>"), "service_malformed", 502),
        (hang(10.0), "service_timed_out", 504),
    ],
)
def test_what_the_service_says_has_a_status_and_a_code_here(
    labs: Labs, viewer: APIClient, fault: object, code: str, expected: int
) -> None:
    lab = labs(read_timeout_seconds=1.0) if expected == 504 else labs()
    assert viewer.get(f"{ROOT}projects/").status_code == 200
    lab.simulators["main"].inject(fault)
    answer = viewer.get(f"{ROOT}template/", {"template_id": EXAMPLES["template_id"]})
    assert (answer.status_code, answer.json()["code"]) == (expected, code), answer.content
    assert answer.json()["message"].startswith("gns3/main: ")
    if code == "service_overloaded":
        assert answer.get("Retry-After") == ("7" if "429" in str(fault) else None)


def test_an_open_circuit_says_when_to_come_back(labs: Labs, viewer: APIClient) -> None:
    lab = labs()
    lab.servers["main"].stop()
    for _ in range(3):
        answer = viewer.get(f"{ROOT}projects/")
    assert (answer.status_code, answer.json()["code"]) == (503, "service_circuit_open")
    assert 1 <= int(answer["Retry-After"]) <= 60


def test_an_argument_that_the_client_refuses_is_a_bad_request(labs: Labs, operator: APIClient) -> None:
    labs()
    asked = {"project_id": id_of(), "node_id": id_of("pc1"), "path": "../../etc/passwd"}
    answer = operator.post(f"{ROOT}node_file/", asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")
    dotted = operator.post(f"{ROOT}start_all/", {"project_id": ".."})
    assert (dotted.status_code, dotted.json()["code"]) == (400, "request_invalid")
