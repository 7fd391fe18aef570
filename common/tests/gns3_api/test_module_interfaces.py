"""Remote modules hear of the projects and events of GNS3 that they asked for, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from common.application.events.distribution import distribute
from common.application.events.publishing import publish
from common.application.gns3 import central
from common.application.modules import registry
from common.application.modules.registration import register
from common.domain.hub_events.gns3 import NodeStarted, ProjectClosed
from common.domain.manifest import Registration, parse
from common.models import Message, ModuleSubscription, StoredEvent
from common.tests.gns3_api.conftest import ROOT
from common.tests.gns3_api.test_central_paths import refused
from common.tests.modules.module_samples import manifest
from common.tests.modules.test_modules_api import signed

pytestmark = pytest.mark.django_db
ONE = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a001"
OTHER = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a002"
NODE = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9b001"
PATH = f"{ROOT}modules/weather/subscriptions/"


@pytest.fixture(autouse=True)
def weather(monkeypatch: pytest.MonkeyPatch) -> None:
    """A remote module that registered for nothing, and two projects that the servers know."""
    register(parse(Registration, manifest(subscriptions=[])), by="ada")

    def find(project_id: str) -> tuple[str, Any]:
        class Found:
            pass

        found = Found()
        found.project_id = project_id.lower()  # type: ignore[attr-defined]
        if found.project_id not in (ONE, OTHER):  # type: ignore[attr-defined]
            return real(project_id)
        return "main", found

    real = central.find
    monkeypatch.setattr(central, "find", find)


def happen(project_id: str) -> None:
    about = {"server": "main", "project_id": project_id, "project": "campus"}
    with transaction.atomic():
        publish(
            NodeStarted(**about, node_id=NODE, name="A", node_type="vpcs", before="stopped"),
            ProjectClosed(**about),
            source="gns3",
        )


def heard() -> list[tuple[str, str]]:
    distribute()
    rows = Message.objects.filter(recipient="weather", kind="event").order_by("pk")
    return [(row.type, row.body["data"]["project_id"]) for row in rows]


def test_a_module_hears_of_its_project_and_its_events_alone(operator: APIClient) -> None:
    happen(ONE)
    assert heard() == []
    made = operator.post(PATH, {"project_id": ONE.upper(), "topics": ["node.*"]})
    assert made.status_code == 201, made.content
    assert made["Location"] == made.json()["url"]
    assert made.json()["project_id"] == ONE
    happen(ONE)
    happen(OTHER)
    assert heard() == [("node.started", ONE)]
    assert operator.delete(made["Location"]).status_code == 204
    happen(ONE)
    assert heard() == [("node.started", ONE)]


def test_several_subscriptions_tell_an_event_once(operator: APIClient) -> None:
    for body in ({"project_id": ONE}, {"project_id": ONE, "topics": ["node.started"]}, {}):
        assert operator.post(PATH, body).status_code == 201
    happen(ONE)
    assert heard() == [("node.started", ONE), ("project.closed", ONE)]


def test_asking_for_the_same_again_is_no_second_subscription(operator: APIClient) -> None:
    body = {"project_id": ONE, "topics": ["node.*", "link.*"]}
    first = operator.post(PATH, body)
    again = operator.post(PATH, {**body, "topics": ["link.*", "node.*", "link.*"]})
    assert (again.status_code, again.json()) == (200, first.json())
    assert ModuleSubscription.objects.count() == 1


def test_it_stays_when_the_module_registers_again_and_goes_with_the_module(
    operator: APIClient, admin: APIClient
) -> None:
    operator.post(PATH, {"project_id": ONE})
    register(parse(Registration, manifest(subscriptions=[], version="2.0")), by="ada")
    assert [wanted.subject for wanted in registry.find_module("weather").subscriptions] == [f"gns3:{ONE}"]  # type: ignore[union-attr]
    assert admin.delete("/api/common/api/v1/hub/modules/weather/").status_code == 204
    assert not ModuleSubscription.objects.exists()


def test_a_module_signs_for_itself_and_for_nobody_else() -> None:
    made = signed(PATH, {"topics": ["project.*"]})
    assert made.status_code == 201, made.content
    assert (made.json()["created_by"], made.json()["project_id"]) == ("module:weather", None)
    listed = signed(PATH, method="GET")
    assert [row["id"] for row in listed.json()["data"]] == [made.json()["id"]]
    refused(signed(f"{ROOT}modules/other/subscriptions/", {}), 403, "other_module")
    refused(signed(PATH, {}, secret="another-secret-of-enough-length"), 401, "signature_invalid")
    refused(signed(f"{ROOT}start_node/", {"project_id": ONE, "node_id": NODE}), 401)
    assert signed(made.json()["url"], method="DELETE").status_code == 204
    types = list(
        StoredEvent.objects.filter(type__startswith="module.").order_by("position").values_list("type", "actor")
    )
    assert types[-2:] == [("module.subscribed", "module:weather"), ("module.unsubscribed", "module:weather")]


def test_what_makes_no_sense_is_refused(operator: APIClient, viewer: APIClient) -> None:
    for wrong in (
        {"topics": []},
        {"topics": ["device.*"]},
        {"topics": ["Node!"]},
        {"topics": "node.*"},
        {"priority": "urgent"},
        {"project": ONE},
    ):
        refused(operator.post(PATH, wrong), 400)
    refused(operator.post(PATH, {"project_id": "x"}), 404, "unknown_project")
    refused(operator.post(f"{ROOT}modules/nobody/subscriptions/", {}), 404, "module_unknown")
    refused(operator.post(f"{ROOT}modules/hub/subscriptions/", {}), 409, "module_local")
    refused(viewer.post(PATH, {}), 403)
    refused(viewer.get(f"{PATH}999/"), 404, "unknown_subscription")
    refused(operator.delete(f"{PATH}999/"), 404, "unknown_subscription")
    assert not ModuleSubscription.objects.exists()


def test_who_hears_of_gns3_is_listed(operator: APIClient, viewer: APIClient) -> None:
    operator.post(PATH, {"project_id": ONE, "topics": ["node.*"]})
    found = {row["module"]["name"]: row for row in viewer.get(f"{ROOT}modules/?kind=remote").json()["data"]}
    assert list(found) == ["weather"]
    assert (found["weather"]["topics"], found["weather"]["projects"]) == (["node.*"], [ONE])
    assert found["weather"]["subscriptions"] == 1
    assert viewer.get(found["weather"]["subscriptions_url"]).json()["meta"]["total"] == 1
