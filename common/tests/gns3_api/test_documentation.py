"""OpenAPI tells of every path, with examples that have the shape the server gives; what is listed is what is tested."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from common.api.gns3 import examples, rows, serializers
from common.tests.gns3_api.conftest import ROOT

pytestmark = pytest.mark.django_db
PUBLISHED = {
    "status": "get",
    "start_node": "post",
    "stop_node": "post",
    "restart_node": "post",
    "start_project": "post",
    "topology": "get",
    "refresh_topology": "post",
}


@pytest.fixture
def schema(viewer: APIClient) -> dict[str, Any]:
    document: dict[str, Any] = viewer.get("/api/schema/?format=json").json()
    return document


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = [(path, item) for path, item in schema["paths"].items() if path.startswith(ROOT)]
    return [
        (path, method, operation)
        for path, item in found
        for method, operation in item.items()
        if operation.get("tags") == ["gns3"]
    ]


def test_the_published_paths_are_there(schema: dict[str, Any]) -> None:
    for name, method in PUBLISHED.items():
        assert method in schema["paths"][f"{ROOT}{name}/"], name


def test_every_operation_says_what_it_does_who_may_and_how_it_fails(schema: dict[str, Any]) -> None:
    found = operations(schema)
    assert len(found) > 40
    names = [operation["operationId"] for _, _, operation in found]
    assert len(set(names)) == len(names)
    for path, method, operation in found:
        assert "Needs the role" in operation["description"], path
        assert {"400", "401", "403", "default"} <= set(operation["responses"]), path
        if "{" in path and "modules" not in path:
            assert {"404", "409", "502", "503", "504"} <= set(operation["responses"]), (path, method)


def test_every_json_answer_and_body_has_an_example(schema: dict[str, Any]) -> None:
    lacking = []
    for path, method, operation in operations(schema):
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get("application/json")
            if status.startswith("2") and media and "examples" not in media:
                lacking.append((method, path, status))
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body and "examples" not in body:
            lacking.append((method, path, "request"))
    assert lacking == []


def test_examples_have_the_documented_shape(schema: dict[str, Any]) -> None:
    """Each example is valid against the schema of its own operation."""
    wrong = []
    for path, method, operation in operations(schema):
        places = [operation.get("requestBody", {}), *operation["responses"].values()]
        for place in places:
            media = place.get("content", {}).get("application/json", {})
            for example in media.get("examples", {}).values():
                whole = {**_draft(media["schema"]), "components": _draft(schema["components"])}
                wrong += [
                    f"{method} {path}: {error.json_path} {error.message}"
                    for error in Draft202012Validator(whole).iter_errors(example["value"])
                ]
    assert wrong == []


def _draft(value: Any) -> Any:
    """OpenAPI 3.0's nullable, as JSON Schema says it."""
    if isinstance(value, list):
        return [_draft(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _draft(item) for key, item in value.items() if key not in {"nullable", "example", "format"}}
    if value.get("nullable"):
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@pytest.mark.parametrize(
    ("serializer", "example"),
    [
        (serializers.Gns3ProjectSerializer, examples.PROJECT),
        (serializers.Gns3LabNodeSerializer, examples.NODE),
        (serializers.Gns3LinkSerializer, examples.LINK),
        (serializers.Gns3TemplateSerializer, examples.TEMPLATE),
        (serializers.Gns3SnapshotSerializer, examples.SNAPSHOT),
        (serializers.Gns3TopologySerializer, examples.TOPOLOGY),
        (serializers.Gns3SubscriptionSerializer, examples.SUBSCRIPTION),
        (serializers.ModuleInterfaceSerializer, examples.MODULE_INTERFACE),
        (serializers.Gns3StatusSerializer, examples.STATUS),
        (serializers.EventStatisticsSerializer, examples.EVENT_STATISTICS),
    ],
)
def test_examples_have_every_documented_field(serializer: Any, example: dict[str, Any]) -> None:
    assert set(serializer().fields) == set(example)


def test_paths_of_rows_are_where_the_views_are() -> None:
    assert f"{rows.PREFIX}/" == ROOT
