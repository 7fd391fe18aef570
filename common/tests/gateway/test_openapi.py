"""What OpenAPI says of the services' operations: everything there is, in valid words, with examples that are true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from api_clients.catalog import CATALOG, ServiceEntry
from api_clients.gateway.endpoints import endpoints_of
from common.api.clients.schema import FOLDER

SERVICES = [entry for entry in CATALOG.values() if entry.kind == "service"]


@pytest.fixture(params=SERVICES, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> ServiceEntry:
    found: ServiceEntry = request.param
    return found


def document_of(entry: ServiceEntry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{entry.name}.json").read_text())
    return found


def test_the_documents_of_the_services_are_fresh() -> None:
    call_command("clients_openapi", "--check")


def test_a_document_is_valid_and_tells_every_operation(entry: ServiceEntry) -> None:
    document = document_of(entry)
    validate_schema(document)
    for name, endpoint in endpoints_of(entry).items():
        item = document["paths"][f"/api/clients/{entry.name}/{name}/"]
        assert set(item) == {verb.lower() for verb in endpoint.verbs}
        for operation in item.values():
            assert operation["tags"] == [entry.family]
            assert f"Needs the role {endpoint.operation.role}." in operation["description"]
            assert operation["summary"]
    assert len(document["paths"]) == len(endpoints_of(entry))


def test_every_operation_has_an_example_of_what_it_takes_and_answers(entry: ServiceEntry) -> None:
    lacking = []
    for path, item in document_of(entry)["paths"].items():
        for verb, operation in item.items():
            answer = operation["responses"]["200"]["content"]
            if "application/octet-stream" not in answer and "examples" not in answer["application/json"]:
                lacking.append((verb, path, "answer"))
            if "requestBody" in operation and "examples" not in operation["requestBody"]["content"]["application/json"]:
                lacking.append((verb, path, "body"))
    assert lacking == []


def test_the_examples_have_the_documented_shape(entry: ServiceEntry) -> None:
    document = document_of(entry)
    wrong = []
    for path, item in document["paths"].items():
        for operation in item.values():
            for place in (operation.get("requestBody", {}), operation["responses"]["200"]):
                media = place.get("content", {}).get("application/json", {})
                for example in media.get("examples", {}).values():
                    whole = {**_draft(media["schema"]), "components": _draft(document["components"])}
                    errors = Draft202012Validator(whole).iter_errors(example["value"])
                    wrong += [f"{path}: {error.message[:300]}" for error in errors]
    assert wrong == []


@pytest.mark.django_db
def test_the_documentation_of_the_api_has_them_too(client_of: Any) -> None:
    viewer: APIClient = client_of("viewer")
    schema = viewer.get("/api/schema/?format=json").json()
    for one in SERVICES:
        assert set(document_of(one)["paths"]) <= set(schema["paths"])
    version = schema["paths"]["/api/clients/gns3/version/"]["get"]
    example = version["responses"]["200"]["content"]["application/json"]["examples"]["example"]["value"]
    assert example["data"] == {"version": "3.0.6", "api": "v3"}
    names = [tag["name"] for tag in schema["tags"]]
    assert {one.family for one in SERVICES} <= set(names)
    assert len(set(names)) == len(names)
    operations = [one for item in schema["paths"].values() for one in item.values() if "operationId" in one]
    assert {tag for operation in operations for tag in operation["tags"]} == set(names), "each tag says what it is"
    identities = [operation["operationId"] for operation in operations]
    assert len(set(identities)) == len(identities)


def _draft(schema: Any) -> Any:
    """OpenAPI 3.0's nullable as JSON Schema says it."""
    if isinstance(schema, list):
        return [_draft(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _draft(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found
