"""Definitions over REST: where they come from, what is refused, versions, and what stands in the way of a deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from common.application.modules.registry import register_module, unregister_module
from common.domain.modules import Module
from common.domain.roles import Role
from common.models import Schedule, StoredEvent, Trigger, WorkflowDefinition
from common.tests.flows import echo_workflow, trial_module
from common.tests.on_postgresql import run_on_postgresql
from common.tests.people import ClientOf
from common.tests.servers import PostgreSQL

pytestmark = pytest.mark.django_db

WORKFLOWS = "/api/common/api/v1/hub/workflows/"
PREDEFINED = {
    "equipment_discovery",
    "incident_response",
    "security_testing_full_workflow",
    "start_gns3_project_complete",
    "topology_update",
}


@pytest.fixture(autouse=True)
def trial() -> Iterator[None]:
    with trial_module():
        yield


def steps(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": "say", "capability": "trial.echo", "input": {"text": "hello"}}, *more]


def test_those_that_come_with_nms_are_there_for_everybody(client_of: ClientOf) -> None:
    found = client_of("viewer").get(f"{WORKFLOWS}?origin=predefined").json()
    assert {row["name"] for row in found["data"]} == PREDEFINED
    assert all(row["description"] and row["input_schema"]["properties"] for row in found["data"])


def test_a_definition_is_made_read_changed_and_deleted(admin: APIClient) -> None:
    made = admin.post(WORKFLOWS, echo_workflow())
    assert made.status_code == 201, made.json()
    assert made["Location"] == f"{WORKFLOWS}greet/"
    assert (made.json()["version"], made.json()["origin"], made.json()["created_by"]) == (1, "user", "admin")
    assert admin.get(made["Location"]).json()["body"] == echo_workflow()
    changed = admin.patch(made["Location"], {"description": "Greets."})
    assert (changed.status_code, changed.json()["version"], changed.json()["description"]) == (200, 2, "Greets.")
    assert changed.json()["body"]["steps"] == echo_workflow()["steps"]
    assert admin.patch(made["Location"], {"description": "Greets."}).json()["version"] == 2, "nothing changed"
    assert admin.delete(made["Location"]).status_code == 204
    assert admin.get(made["Location"]).status_code == 404
    types = StoredEvent.objects.filter(subject="workflow:greet").values_list("type", "actor")
    assert list(types) == [(f"workflow_definition.{what}", "admin") for what in ("created", "changed", "deleted")]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"steps": []}, "steps", "too_short"),
        ({"name": "No Name"}, "name", "string_pattern_mismatch"),
        ({"surprise": 1}, "surprise", "extra_forbidden"),
        ({"steps": [{"id": "a"}]}, "steps.0", "value_error"),
        ({"steps": steps({"id": "b", "capability": "trial.echo", "needs": ["c"]})}, "steps.1.needs", "unknown_step"),
        ({"steps": steps({"id": "b", "workflow": "nowhere"})}, "steps.1.workflow", "unknown_workflow"),
        ({"steps": steps({"id": "b", "workflow": "greet"})}, "steps.1.workflow", "cycle"),
        ({"input_schema": {"type": "nonsense"}}, "input_schema", "schema_invalid"),
        ({"output": "${steps.nobody.output}"}, "output", "unknown_step"),
        ({"name": "equipment_discovery"}, "name", "reserved"),
        ({"name": "execute"}, "name", "reserved"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(admin: APIClient, change: Any, field: str, code: str) -> None:
    body = echo_workflow(**change)
    refused = admin.post(WORKFLOWS, body)
    assert refused.status_code == 400
    assert (field, code) in {(entry["field"], entry["code"]) for entry in refused.json()["details"]}
    looked = admin.post(f"{WORKFLOWS}validate/", body)
    assert (looked.status_code, looked.json()["valid"]) == (200, False)
    assert looked.json()["problems"] == refused.json()["details"]
    assert not WorkflowDefinition.objects.exists()


@pytest.mark.parametrize("body", [[], "text", 7, None, [1], {}, {"name": 7}, {"steps": "x"}])
def test_what_is_no_definition_at_all_is_a_400(admin: APIClient, body: Any) -> None:
    assert admin.post(WORKFLOWS, body, format="json").status_code == 400
    assert not WorkflowDefinition.objects.exists()


def test_every_problem_has_an_entry_of_its_own(admin: APIClient) -> None:
    twice = steps({"id": "b", "capability": "trial.echo", "needs": ["x"]}, {"id": "c", "workflow": "a b"})
    refused = admin.post(WORKFLOWS, echo_workflow(steps=twice, extra=1)).json()
    assert {entry["field"] for entry in refused["details"]} == {"steps.2.workflow", "extra"}


def test_a_good_definition_is_valid_and_tells_which_capabilities_are_missing(admin: APIClient) -> None:
    body = echo_workflow(steps=steps({"id": "b", "capability": "nobody.offers_this"}), output=None)
    assert admin.post(f"{WORKFLOWS}validate/", body).json() == {
        "valid": True,
        "problems": [],
        "missing_capabilities": ["nobody.offers_this"],
    }
    assert not WorkflowDefinition.objects.exists()


def test_a_name_is_given_once_and_kept(admin: APIClient) -> None:
    assert admin.post(WORKFLOWS, echo_workflow()).status_code == 201
    assert admin.post(WORKFLOWS, echo_workflow()).json()["code"] == "exists"
    renamed = admin.patch(f"{WORKFLOWS}greet/", {"name": "other"})
    assert (renamed.status_code, renamed.json()["details"][0]["field"]) == (400, "name")


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_those_that_come_with_nms_or_a_module_cannot_be_changed(admin: APIClient, method: str) -> None:
    with_module = echo_workflow("modules_own", output=None)
    refused = getattr(admin, method)(f"{WORKFLOWS}topology_update/", {"description": "mine"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
    unregister_module("trial")
    with trial_module(workflows=(with_module,)):
        shown = admin.get(f"{WORKFLOWS}modules_own/").json()
        assert (shown["origin"], shown["module"]) == ("module", "trial")
        assert getattr(admin, method)(f"{WORKFLOWS}modules_own/", {"description": "mine"}).status_code == 409
        taken = admin.post(WORKFLOWS, with_module)
        assert (taken.status_code, taken.json()["details"][0]["code"]) == (400, "reserved")


def test_an_unknown_one_is_a_404_that_names_those_spelled_alike(admin: APIClient) -> None:
    for answer in (admin.get(f"{WORKFLOWS}topology_updat/"), admin.delete(f"{WORKFLOWS}topology_updat/")):
        assert answer.status_code == 404
        assert "topology_update?" in answer.json()["message"]


def test_what_others_name_is_not_deleted(admin: APIClient) -> None:
    admin.post(WORKFLOWS, echo_workflow())
    admin.post(WORKFLOWS, echo_workflow("outer", steps=[{"id": "in", "workflow": "greet"}], output=None))
    for number in range(7):
        Schedule.objects.create(name=f"every-{number}", workflow="greet", interval_seconds=60)
    Trigger.objects.create(name="on_loss", workflow="greet", topics=["*"])
    refused = admin.delete(f"{WORKFLOWS}greet/")
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    told = {entry["kind"]: (entry["count"], len(entry["examples"])) for entry in refused.json()["details"]}
    assert told == {"schedule": (7, 5), "trigger": (1, 1), "workflow": (1, 1)}
    assert "and 2 more" in refused.json()["message"]
    assert WorkflowDefinition.objects.filter(name="greet").exists()


def test_workflows_that_would_start_each_other_for_ever_are_refused(admin: APIClient) -> None:
    admin.post(WORKFLOWS, echo_workflow("first", output=None))
    admin.post(WORKFLOWS, echo_workflow("second", steps=[{"id": "x", "workflow": "first"}], output=None))
    admin.post(WORKFLOWS, echo_workflow("third", steps=[{"id": "x", "workflow": "second"}], output=None))
    refused = admin.patch(f"{WORKFLOWS}first/", {"steps": [{"id": "x", "workflow": "third"}]})
    assert (refused.status_code, refused.json()["details"][0]["code"]) == (400, "cycle")


def test_many_are_made_all_or_none(admin: APIClient) -> None:
    good = [echo_workflow(f"w{number}") for number in range(3)]
    refused = admin.post(WORKFLOWS, [*good, echo_workflow("w0"), {"name": "x"}], format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "rows_invalid")
    assert [(row["index"], row["id"]) for row in refused.json()["details"]] == [(3, "w0"), (4, "x")]
    assert not WorkflowDefinition.objects.exists()
    assert not StoredEvent.objects.exists()
    made = admin.post(WORKFLOWS, good, format="json")
    assert (made.status_code, [row["name"] for row in made.json()["data"]]) == (201, ["w0", "w1", "w2"])


@pytest.mark.parametrize(
    ("role", "read", "look", "write"), [(None, 403, 403, 403), ("viewer", 200, 403, 403), ("operator", 200, 200, 403)]
)
def test_viewers_read_operators_try_admins_define(
    client_of: ClientOf, role: Role | None, read: int, look: int, write: int
) -> None:
    client = client_of(role)
    assert client.get(WORKFLOWS).status_code == read
    assert client.get(f"{WORKFLOWS}topology_update/").status_code == read
    assert client.post(f"{WORKFLOWS}validate/", echo_workflow()).status_code == look
    assert client.post(WORKFLOWS, echo_workflow()).status_code == write
    assert client.patch(f"{WORKFLOWS}topology_update/", {}).status_code == write
    assert client.delete(f"{WORKFLOWS}topology_update/").status_code == write


@pytest.mark.parametrize("query", ["origin=nobody", "surprise=1", "page=0", "page_size=5000"])
def test_a_wrong_query_is_refused(admin: APIClient, query: str) -> None:
    assert admin.get(f"{WORKFLOWS}?{query}").status_code == 400


def test_the_list_is_filtered_and_paged_at_a_constant_number_of_queries(admin: APIClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(f"{WORKFLOWS}?page_size=1000").status_code == 200
        return len(captured)

    admin.post(WORKFLOWS, echo_workflow())
    few = queries()
    admin.post(WORKFLOWS, [echo_workflow(f"w{number}") for number in range(30)], format="json")
    assert queries() == few
    page = admin.get(f"{WORKFLOWS}?origin=user&page_size=10&page=2").json()
    assert (page["meta"]["total"], len(page["data"])) == (31, 10)
    assert admin.get(f"{WORKFLOWS}?capability=trial.echo").json()["meta"]["total"] == 31


# --- Those that modules bring ---


@pytest.mark.parametrize(
    ("bodies", "told"),
    [
        (({"name": "x"},), "steps"),
        ((echo_workflow("topology_update", output=None),), "comes with NMS"),
        ((echo_workflow("w", output=None), echo_workflow("w", output=None)), "2 times"),
    ],
)
def test_a_module_that_brings_a_wrong_workflow_is_not_registered(bodies: Any, told: str) -> None:
    unregister_module("trial")
    with pytest.raises(ImproperlyConfigured, match=told), trial_module(workflows=bodies):
        pass


def test_two_modules_do_not_bring_one_workflow() -> None:
    unregister_module("trial")
    body = echo_workflow("shared", output=None)
    with trial_module(workflows=(body,)), pytest.raises(ImproperlyConfigured, match="brought by trial already"):
        register_module(Module("second", "1.0", "For tests.", workflows=(body,)))


def test_a_module_that_comes_later_takes_its_name_from_a_user(admin: APIClient) -> None:
    body = echo_workflow("w", output=None)
    assert admin.post(WORKFLOWS, {**body, "description": "the user's"}).status_code == 201
    unregister_module("trial")
    with trial_module(workflows=({**body, "description": "the module's"},)):
        assert admin.get(f"{WORKFLOWS}w/").json()["description"] == "the module's"
        assert [row["origin"] for row in admin.get(WORKFLOWS).json()["data"] if row["name"] == "w"] == ["module"]


@pytest.mark.needs("postgres", "initdb")
@pytest.mark.slow
def test_definitions_schedules_and_triggers_do_the_same_on_postgresql(postgresql: PostgreSQL) -> None:
    run_on_postgresql(
        postgresql,
        "common/tests/workflows/test_workflow_definitions.py",
        "common/tests/workflows/test_workflow_runs_rest.py",
        "common/tests/starting/test_schedules.py",
        "common/tests/starting/test_triggers.py",
    )
