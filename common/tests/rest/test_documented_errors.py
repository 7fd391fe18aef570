"""The errors that clients meet stand in OpenAPI."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from common.tests.people import ClientOf

ROOT = "/api/common/api/v1"

pytestmark = pytest.mark.django_db


def test_every_list_in_pages_documents_the_page_that_is_not_there(viewer: APIClient) -> None:
    schema = viewer.get("/api/schema/?format=json").json()
    lists = [
        (path, item["get"])
        for path, item in schema["paths"].items()
        if any(parameter["name"] == "page" for parameter in item.get("get", {}).get("parameters", []))
    ]
    assert len(lists) > 10
    assert [path for path, operation in lists if "404" not in operation["responses"]] == []
    for path in (f"{ROOT}/events/", f"{ROOT}/hub/messages/", f"{ROOT}/hub/modules/", f"{ROOT}/hub/workflows/"):
        assert path in dict(lists)
        answer = viewer.get(path, {"page": 999})
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_page")


def test_an_unknown_workflow_is_documented(client_of: ClientOf) -> None:
    operator = client_of("operator")
    answer = operator.post(f"{ROOT}/hub/workflows/execute/", {"workflow": "gone"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_workflow")
    schema = operator.get("/api/schema/?format=json").json()
    assert "404" in schema["paths"][f"{ROOT}/hub/workflows/execute/"]["post"]["responses"]


def test_the_filter_of_event_types_takes_several(viewer: APIClient) -> None:
    schema = viewer.get("/api/schema/?format=json").json()
    parameters = {one["name"]: one for one in schema["paths"][f"{ROOT}/events/"]["get"]["parameters"]}
    assert (parameters["type"]["schema"]["type"], parameters["type"]["explode"]) == ("array", True)
    assert "actor" in parameters
