"""Several installations of one service: which is asked, all at once, one in another's stead."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier

import pytest
from rest_framework.test import APIClient

from api_clients.network.gns3.examples import id_of
from api_clients.simulation import Answer, Received, status
from common.tests.gateway.conftest import Configure, Lab

pytestmark = pytest.mark.django_db(transaction=True)  # several are asked in threads
Labs = Callable[..., Lab]
VERSION = "/api/clients/gns3/version/"


def test_the_only_target_need_not_be_named(labs: Labs, viewer: APIClient) -> None:
    labs("lab-7")
    assert viewer.get(VERSION).json()["meta"]["target"] == "lab-7"


def test_among_several_main_is_meant(labs: Labs, viewer: APIClient) -> None:
    labs("a", "main", "z")
    assert viewer.get(VERSION).json()["meta"]["target"] == "main"
    assert viewer.get(VERSION, {"target": "z"}).json()["meta"]["target"] == "z"


def test_without_main_one_must_be_named(labs: Labs, viewer: APIClient) -> None:
    labs("a", "b")
    answer = viewer.get(VERSION)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "target")
    assert "a, b" in answer.json()["message"]


@pytest.mark.parametrize("asked", ["c", "a,c", "", "a,", " ", "../a"])
def test_an_unknown_target_is_told_with_those_there_are(labs: Labs, viewer: APIClient, asked: str) -> None:
    lab = labs("a", "b")
    answer = viewer.get(VERSION, {"target": asked})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_target")
    assert "configured: a, b" in answer.json()["message"]
    assert lab.asked("a") == lab.asked("b") == []


def test_a_service_that_nobody_configured_is_unavailable(configure: Configure, viewer: APIClient) -> None:
    configure({})
    answer = viewer.get(VERSION)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unconfigured")


def test_all_are_asked_at_once(labs: Labs, configure: Configure, viewer: APIClient) -> None:
    lab = labs("a", "b", "c")
    targets = {name: {"instances": [{"url": server.url}]} for name, server in lab.servers.items()}
    configure({"gns3": {"targets": targets}})  # as patient as one usually is
    together = Barrier(3, timeout=30)
    for simulator in lab.simulators.values():
        simulator.answer = _after(together, simulator.answer)  # type: ignore[method-assign] # one of its own
    answer = viewer.get(VERSION, {"target": "*"})
    assert (answer.status_code, list(answer.json()["data"])) == (200, ["a", "b", "c"])
    assert not together.broken


def _after(barrier: Barrier, answer: Callable[[Received], Answer]) -> Callable[[Received], Answer]:
    """No answer before all have been asked."""

    def wait_and_answer(received: Received) -> Answer:
        barrier.wait()
        return answer(received)

    return wait_and_answer


def test_the_answers_of_several_are_told_apart(labs: Labs, viewer: APIClient) -> None:
    labs("a", "b", "c")
    document = viewer.get(VERSION, {"target": "b,a"}).json()
    assert list(document["data"]) == ["b", "a"]
    assert document["data"]["a"] == {"version": "3.0.6", "api": "v3"}
    assert document["meta"] == {
        "service": "gns3",
        "operation": "version",
        "partial": False,
        "targets": {name: {"stale": False, "age_seconds": 0.0} for name in ("b", "a")},
        "errors": {},
    }


def test_what_only_some_answered_is_marked_as_partial(labs: Labs, viewer: APIClient) -> None:
    lab = labs("a", "b")
    lab.servers["b"].stop()
    answer = viewer.get(VERSION, {"target": "*"})
    assert answer.status_code == 200
    document = answer.json()
    assert list(document["data"]) == ["a"]
    assert document["meta"]["partial"] is True
    assert list(document["meta"]["targets"]) == ["a"]
    told = document["meta"]["errors"]["b"]
    assert (told["status"], told["code"], told["type"]) == (503, "service_unreachable", "unavailable")
    assert told["message"].startswith("gns3/b: ")


def test_where_nobody_answers_there_is_an_error(labs: Labs, viewer: APIClient) -> None:
    lab = labs("a", "b")
    lab.servers["a"].stop()
    lab.servers["b"].stop()
    answer = viewer.get(VERSION, {"target": "*"})
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unreachable")
    assert answer.json()["message"].startswith("gns3/a: ")
    assert "; gns3/b: " in answer.json()["message"]


def test_different_failures_of_all_are_one_error(labs: Labs, viewer: APIClient) -> None:
    lab = labs("a", "b")
    lab.servers["a"].stop()
    lab.simulators["b"].inject(status(401))
    answer = viewer.get(VERSION, {"target": "*"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_target_answered")


def test_files_of_several_come_as_base64(labs: Labs, operator: APIClient) -> None:
    labs("a", "b")
    asked = {"project_id": id_of(), "node_id": id_of("pc1"), "path": "startup.vpc"}
    document = operator.post("/api/clients/gns3/node_file/?target=*", asked).json()
    assert document["data"]["a"] == document["data"]["b"]
    assert document["data"]["a"].startswith("c2V0IHBjbmFtZSBw")


def test_an_action_on_several_is_done_on_each(labs: Labs, operator: APIClient) -> None:
    lab = labs("a", "b", "c")
    answer = operator.post("/api/clients/gns3/create_project/?target=a,c", {"name": "branch"})
    assert answer.status_code == 200, answer.content
    assert [("POST", "/v3/projects") in lab.asked(name) for name in ("a", "b", "c")] == [True, False, True]


def test_another_target_answers_for_one_that_is_away(labs: Labs, viewer: APIClient) -> None:
    lab = labs("main", "spare")
    lab.servers["main"].stop()
    answer = viewer.get(VERSION, {"fallback": "spare"})
    assert answer.status_code == 200
    meta = answer.json()["meta"]
    assert meta["target"] == "spare"
    assert (meta["fallback"]["target"], meta["fallback"]["code"]) == ("main", "service_unreachable")


def test_who_answers_himself_needs_no_other(labs: Labs, viewer: APIClient) -> None:
    lab = labs("main", "spare")
    meta = viewer.get(VERSION, {"fallback": "spare"}).json()["meta"]
    assert (meta["target"], "fallback" in meta) == ("main", False)
    assert lab.asked("spare") == []


def test_a_refusal_of_the_service_is_its_answer_and_nobody_else_is_asked(labs: Labs, viewer: APIClient) -> None:
    lab = labs("main", "spare")
    answer = viewer.get("/api/clients/gns3/project/", {"project_id": id_of("nothing"), "fallback": "spare"})
    assert (answer.status_code, answer.json()["code"]) == (404, "service_not_found")
    assert lab.asked("spare") == []


def test_where_both_fail_both_are_told(labs: Labs, viewer: APIClient) -> None:
    lab = labs("main", "spare")
    lab.servers["main"].stop()
    lab.simulators["spare"].inject(status(401))
    answer = viewer.get(VERSION, {"fallback": "spare"})
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unreachable")
    assert answer.json()["message"].startswith("gns3/main: ")
    assert "; and who should stand in, gns3/spare: " in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("version/", {"fallback": "nobody"}, (404, "unknown_target")),
        ("version/", {"fallback": "spare", "target": "*"}, (400, "invalid")),
    ],
)
def test_a_fallback_that_makes_no_sense_is_refused(
    labs: Labs, viewer: APIClient, path: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    lab = labs("main", "spare")
    answer = viewer.get(f"/api/clients/gns3/{path}", query)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert lab.asked() == []


def test_an_action_has_no_fallback(labs: Labs, operator: APIClient) -> None:
    lab = labs("main", "spare")
    answer = operator.post("/api/clients/gns3/create_project/?fallback=spare", {"name": "branch"})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "fallback")
    assert lab.asked() == []


def test_the_listing_tells_targets_circuits_and_operations(labs: Labs, viewer: APIClient) -> None:
    lab = labs("main", "spare")
    lab.servers["spare"].stop()
    for _ in range(2):
        viewer.get(VERSION, {"target": "spare"})
    found = {service["name"]: service for service in viewer.get("/api/clients/").json()["data"]}
    assert "snmp" not in found  # its devices are in the inventory
    assert found["gns3"]["targets"] == [{"name": "main", "circuit": "closed"}, {"name": "spare", "circuit": "open"}]
    one = viewer.get("/api/clients/gns3/").json()
    assert one == found["gns3"]
    operations = {operation["name"]: operation for operation in one["operations"]}
    assert operations["start_node"]["methods"] == ["POST"]
    assert operations["start_node"]["role"] == "operator"
    assert [argument["name"] for argument in operations["start_node"]["arguments"]] == ["project_id", "node_id"]
    assert viewer.get("/api/clients/nothing/").status_code == 404
    assert APIClient().get("/api/clients/").status_code == 401
