"""Runs and approvals over REST: started, followed, changed, decided, each with the role that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common.application.workflows.definitions import create_definition
from common.application.workflows.engine import start_workflow
from common.application.workflows.here import run_here
from common.models import WorkflowRun
from common.tests.flows import echo_workflow, trial_module
from common.tests.people import ClientOf
from common.tests.workflows.made_up import SECONDS

HUB = "/api/common/api/v1/hub/"
EXECUTE, RUNS, APPROVALS = f"{HUB}workflows/execute/", f"{HUB}workflow-runs/", f"{HUB}approvals/"
ASKS: dict[str, Any] = echo_workflow(
    "ask_first",
    steps=[
        {
            "id": "contain",
            "capability": "trial.echo",
            "input": {"text": "block ${input.text}"},
            "approval": {"role": "admin", "message": "Block ${input.text}?", "timeout_seconds": 600},
        },
        {"id": "tell", "needs": ["contain"], "capability": "trial.echo", "input": {"text": "done"}},
    ],
    output=None,
)


@pytest.fixture(autouse=True)
def workflows(db: None) -> Iterator[None]:
    with trial_module():
        for body in (echo_workflow(), ASKS):
            create_definition(body, by="ada")
        yield


@pytest.fixture
def asking() -> WorkflowRun:
    return start_workflow("ask_first", {"text": "host-7"}, actor="grace")


# --- Start ---


def test_a_workflow_is_started_and_its_run_can_be_read(operator: APIClient) -> None:
    asked = {"workflow": "greet", "input": {"text": "hello"}, "priority": "high", "correlation_id": "c-1"}
    answer = operator.post(EXECUTE, asked)
    assert answer.status_code == 202, answer.json()
    body = answer.json()
    assert answer["Location"] == body["url"] == f"{RUNS}{body['id']}/"
    assert (body["state"], body["actor"], body["priority"], body["correlation_id"]) == (
        "running",
        "operator",
        "high",
        "c-1",
    )
    run_here(body["id"], timeout_seconds=SECONDS)
    done = operator.get(body["url"]).json()
    assert (done["state"], done["output"], done["step_counts"]) == ("succeeded", {"said": "hello"}, {"succeeded": 1})
    (step,) = done["steps"]
    assert (step["step"], step["state"], step["input"], step["output"]) == (
        "say",
        "succeeded",
        {"text": "hello"},
        {"text": "hello"},
    )
    assert step["started_at"]
    assert step["finished_at"]
    assert done["definition"]["name"] == "greet"


def test_the_run_acts_with_the_role_of_who_started_it(client_of: ClientOf) -> None:
    for role in ("operator", "admin"):
        started = client_of(role).post(EXECUTE, {"workflow": "greet", "input": {"text": "x"}})
        assert WorkflowRun.objects.get(pk=started.json()["id"]).role == role


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ({}, 400, "workflow"),
        ({"workflow": ""}, 400, "workflow"),
        ({"workflow": "gret"}, 404, "Did you mean greet?"),
        ({"workflow": "greet"}, 400, "text"),
        ({"workflow": "greet", "input": {"text": 7}}, 400, "input.text"),
        ({"workflow": "greet", "input": {"text": "x", "more": 1}}, 400, "more"),
        ({"workflow": "greet", "input": []}, 400, "input"),
        ({"workflow": "greet", "input": "text"}, 400, "input"),
        ({"workflow": "greet", "input": {"text": "x"}, "priority": "urgent"}, 400, "priority"),
        ({"workflow": "greet", "input": {"text": "x"}, "correlation_id": "x" * 101}, 400, "correlation_id"),
        ({"workflow": "greet", "input": {"text": "x"}, "inputs": {}}, 400, "inputs"),
        ([{"workflow": "greet"}], 400, "dictionary"),
    ],
)
def test_what_cannot_be_started_is_refused_and_leaves_nothing(
    operator: APIClient, asked: Any, status: int, told: str
) -> None:
    answer = operator.post(EXECUTE, asked, format="json")
    assert answer.status_code == status, answer.json()
    assert told in str(answer.json())
    assert not WorkflowRun.objects.exists()


def test_viewers_start_nothing(client_of: ClientOf) -> None:
    assert client_of("viewer").post(EXECUTE, {"workflow": "greet", "input": {"text": "x"}}).status_code == 403
    assert APIClient().post(EXECUTE, {"workflow": "greet", "input": {"text": "x"}}).status_code == 401


# --- Read ---


def test_runs_are_listed_newest_first_and_filtered(operator: APIClient, asking: WorkflowRun) -> None:
    first = start_workflow("greet", {"text": "a"}, actor="ada", correlation_id="c-1", causation_id="schedule:4")
    second = run_here(start_workflow("greet", {"text": "b"}, actor="grace").pk, timeout_seconds=SECONDS)

    def ids(query: str) -> list[int]:
        answer = operator.get(f"{RUNS}?{query}")
        assert answer.status_code == 200, answer.json()
        return [row["id"] for row in answer.json()["data"]]

    assert ids("") == [second.pk, first.pk, asking.pk]
    assert ids("workflow=greet") == [second.pk, first.pk]
    assert ids("state=succeeded") == [second.pk]
    assert ids("state=running&state=succeeded") == [second.pk, first.pk, asking.pk]
    assert ids("actor=ada") == ids("correlation_id=c-1") == ids("causation_id=schedule:4") == [first.pk]
    assert ids(f"created_after={second.created_at.isoformat().replace('+00:00', 'Z')}") == [second.pk]
    assert ids("ordering=id&page_size=1") == [asking.pk]


@pytest.mark.parametrize("query", ["state=lost", "created_after=soon", "colour=red", "ordering=input", "parent=x"])
def test_a_wrong_filter_is_refused(operator: APIClient, query: str) -> None:
    assert operator.get(f"{RUNS}?{query}").status_code == 400


def test_a_list_of_runs_costs_no_query_each(operator: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(f"{RUNS}?page_size=1000").status_code == 200
        return len(captured)

    create_definition(
        echo_workflow("outer", steps=[{"id": "in", "workflow": "greet", "input": {"text": "x"}}], output=None), by="ada"
    )
    start_workflow("greet", {"text": "a"}, actor="ada")
    few = queries()
    for number in range(10):
        run_here(start_workflow("outer", {"text": str(number)}, actor="ada").pk, timeout_seconds=SECONDS)
    assert queries() <= few
    inner = operator.get(f"{RUNS}?workflow=greet").json()["data"][0]
    assert (inner["parent"]["run"]["name"], inner["parent"]["step"]) == ("outer", "in")
    outer = inner["parent"]["run"]["id"]
    assert [row["id"] for row in operator.get(f"{RUNS}?parent={outer}").json()["data"]] == [inner["id"]]


def test_a_run_in_which_everything_was_skipped_says_so_in_the_list(operator: APIClient) -> None:
    missing = {"capability": "nobody.does", "if_missing": "skip"}
    create_definition(
        echo_workflow("idle", steps=[{"id": "a", **missing}, {"id": "b", **missing}], output=None), by="ada"
    )
    start_workflow("idle", {"text": "x"}, actor="ada")
    (row,) = operator.get(RUNS).json()["data"]
    assert (row["state"], row["step_counts"]) == ("succeeded", {"skipped": 2})
    assert row["summary"]["text"] == "Nothing was done: all 2 steps were skipped."
    assert [entry["step"] for entry in row["summary"]["skipped"]] == ["a", "b"]
    assert all("nobody.does" in entry["reason"] for entry in row["summary"]["skipped"])


def test_a_run_tells_what_became_of_its_steps_at_whatever_end(operator: APIClient, asking: WorkflowRun) -> None:
    url = f"{RUNS}{asking.pk}/"
    assert operator.get(url).json()["summary"] == {}
    assert operator.post(f"{url}cancel/").json()["summary"]["text"] == "2 steps: 2 cancelled."
    assert operator.post(f"{url}retry/").json()["summary"] == {}


def test_openapi_knows_what_a_definition_says_of_a_step(operator: APIClient) -> None:
    schemas = operator.get("/api/schema/?format=json").json()["components"]["schemas"]
    step = schemas["Definition"]["properties"]["steps"]["items"]
    assert {"id", "needs", "when", "map", "retry", "approval", "compensate", "if_missing"} <= set(step["properties"])
    assert step["properties"]["wait"]["properties"]["event"]["nullable"]
    assert (step["required"], "$ref" in str(step), "'null'" in str(step)) == (["id"], False, False)
    assert step["properties"]["timeout_seconds"]["exclusiveMinimum"] is True
    assert schemas["RunStep"]["properties"]["state"]["$ref"].endswith("StepStateEnum")


def test_items_of_a_list_stand_apart_from_the_steps(operator: APIClient) -> None:
    body = echo_workflow(
        "each",
        steps=[
            {
                "id": "say",
                "capability": "trial.echo",
                "map": {"over": "['a', 'b', 'c']"},
                "input": {"text": "${item}"},
            }
        ],
        output=None,
    )
    create_definition(body, by="ada")
    run = run_here(start_workflow("each", {"text": "x"}, actor="ada").pk, timeout_seconds=SECONDS)
    shown = operator.get(f"{RUNS}{run.pk}/").json()
    assert [step["step"] for step in shown["steps"]] == ["say"]
    page = operator.get(f"{RUNS}{run.pk}/steps/?page_size=2").json()
    assert page["meta"]["total"] == 4
    everything = operator.get(f"{RUNS}{run.pk}/steps/").json()["data"]
    assert sorted(step["item"] for step in everything if step["item"] is not None) == [0, 1, 2]


@pytest.mark.parametrize("path", ["999/", "999/steps/", "0/", "x/", "99999999999999999999/"])
def test_an_unknown_run_is_a_404(operator: APIClient, path: str) -> None:
    assert operator.get(f"{RUNS}{path}").status_code == 404


# --- Change ---


def test_a_run_is_paused_resumed_cancelled_and_taken_up_again(operator: APIClient, asking: WorkflowRun) -> None:
    url = f"{RUNS}{asking.pk}/"
    for action, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled"), ("retry", "running")):
        answer = operator.post(f"{url}{action}/")
        assert (answer.status_code, answer.json().get("state")) == (202, state), answer.json()


def test_what_a_run_cannot_do_now_is_a_409(operator: APIClient) -> None:
    run = run_here(start_workflow("greet", {"text": "x"}, actor="ada").pk, timeout_seconds=SECONDS)
    for action in ("pause", "resume", "cancel", "retry"):
        answer = operator.post(f"{RUNS}{run.pk}/{action}/")
        assert answer.status_code == 409, action
        assert "succeeded" in answer.json()["message"]
    assert operator.post(f"{RUNS}999/cancel/").status_code == 404


def test_viewers_change_no_run(client_of: ClientOf, asking: WorkflowRun) -> None:
    viewer = client_of("viewer")
    assert viewer.get(f"{RUNS}{asking.pk}/").status_code == 200
    for action in ("pause", "resume", "cancel", "retry"):
        assert viewer.post(f"{RUNS}{asking.pk}/{action}/").status_code == 403


# --- Approve ---


def test_an_approval_shows_the_exact_change_and_who_may_decide(client_of: ClientOf, asking: WorkflowRun) -> None:
    (shown,) = client_of("operator").get(APPROVALS).json()["data"]
    assert shown["change"] == {"text": "block host-7"}
    assert (shown["role"], shown["may_decide"], shown["message"]) == ("admin", False, "Block host-7?")
    assert (shown["capability"], shown["step"], shown["requested_by"]) == ("trial.echo", "contain", "grace")
    assert shown["run"] == {"id": asking.pk, "name": "ask_first", "url": f"{RUNS}{asking.pk}/"}
    assert shown["requested_at"] < shown["expires_at"]
    admin = client_of("admin")
    assert admin.get(shown["url"]).json() == {**shown, "may_decide": True}
    (step, _) = admin.get(shown["run"]["url"]).json()["steps"]
    assert (step["waits_for"], step["approval_url"]) == ("approval", shown["url"])


def test_what_was_shown_is_what_runs_once_it_is_approved(client_of: ClientOf, asking: WorkflowRun) -> None:
    admin = client_of("admin")
    url = admin.get(APPROVALS).json()["data"][0]["url"]
    answer = admin.post(f"{url}approve/", {"note": "Agreed."})
    assert (answer.status_code, answer["Location"]) == (202, f"{RUNS}{asking.pk}/")
    assert run_here(asking.pk, timeout_seconds=SECONDS).state == "succeeded"
    contain = asking.steps.get(step="contain")
    assert (contain.approved_by, contain.output) == ("admin", {"text": "block host-7"})
    assert admin.get(APPROVALS).json()["data"] == []
    again = admin.post(f"{url}approve/")
    assert (again.status_code, again.json()["code"]) == (409, "approval_closed")


def test_what_is_rejected_fails(client_of: ClientOf, asking: WorkflowRun) -> None:
    admin = client_of("admin")
    url = admin.get(APPROVALS).json()["data"][0]["url"]
    assert admin.post(f"{url}reject/", {"note": "Not now."}).status_code == 202
    run = WorkflowRun.objects.get(pk=asking.pk)
    assert (run.state, "Not now." in run.error) == ("failed", True)


def test_a_role_that_does_not_suffice_decides_nothing(client_of: ClientOf, asking: WorkflowRun) -> None:
    step = asking.steps.get(step="contain")
    for role in ("viewer", "operator"):
        client = client_of(role)
        for verb in ("approve", "reject"):
            answer = client.post(f"{APPROVALS}{step.pk}/{verb}/")
            assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    step.refresh_from_db()
    assert step.waits_for == "approval"


def test_a_decision_is_read_strictly(client_of: ClientOf, asking: WorkflowRun) -> None:
    admin = client_of("admin")
    step = asking.steps.get(step="contain")
    for body in ({"note": "x" * 1001}, {"note": ["x"]}, {"nota": "x"}, []):
        assert admin.post(f"{APPROVALS}{step.pk}/approve/", body, format="json").status_code == 400, body
    other = asking.steps.get(step="tell")
    assert admin.post(f"{APPROVALS}{other.pk}/approve/").status_code == 404
    assert admin.post(f"{APPROVALS}99999/approve/").status_code == 404


def test_approvals_are_filtered_at_a_constant_number_of_queries(client_of: ClientOf, asking: WorkflowRun) -> None:
    admin = client_of("admin")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(f"{APPROVALS}?page_size=1000").status_code == 200
        return len(captured)

    few = queries()
    for number in range(10):
        start_workflow("ask_first", {"text": str(number)}, actor="ada", correlation_id="c-9")
    assert queries() <= few
    assert admin.get(f"{APPROVALS}?run={asking.pk}").json()["meta"]["total"] == 1
    assert admin.get(f"{APPROVALS}?correlation_id=c-9&workflow=ask_first").json()["meta"]["total"] == 10
    assert admin.get(f"{APPROVALS}?colour=red").status_code == 400


def test_a_start_that_is_sent_twice_with_one_key_starts_one_run(operator: APIClient) -> None:
    asked = {"workflow": "greet", "input": {"text": "x"}}
    answers = [operator.post(EXECUTE, asked, headers={"Idempotency-Key": "start-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert WorkflowRun.objects.count() == 1


@pytest.mark.parametrize(("action", "state"), [("retry", "cancelled"), ("resume", "paused")])
def test_a_run_that_acts_as_admin_goes_on_only_by_an_admin(client_of: ClientOf, action: str, state: str) -> None:
    started = start_workflow("greet", {"text": "x"}, actor="ada", role="admin")
    WorkflowRun.objects.filter(pk=started.pk).update(state=state)
    refused = client_of("operator").post(f"{RUNS}{started.pk}/{action}/")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required"), refused.json()
    assert WorkflowRun.objects.get(pk=started.pk).state == state
    assert client_of("admin").post(f"{RUNS}{started.pk}/{action}/").status_code == 202
