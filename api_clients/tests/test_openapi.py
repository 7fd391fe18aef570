"""The checker finds what is not as an official description says; else it would find every client right."""

from __future__ import annotations

from typing import Any

import pytest

from api_clients.simulation import Answer, Received, json_answer
from api_clients.tests.openapi import Description

PART = {
    "type": "object",
    "required": ["number", "name"],
    "properties": {"number": {"type": "integer"}, "name": {"type": "string", "nullable": True}},
}
MODERN = {
    "openapi": "3.0.3",
    "servers": [{"url": "/api"}],
    "paths": {
        "/parts/{number}": {
            "get": {
                "parameters": [
                    {"in": "path", "name": "number", "required": True, "schema": {"type": "integer"}},
                    {"in": "query", "name": "kind", "schema": {"type": "string", "enum": ["bolt", "nut"]}},
                    {"in": "query", "name": "since", "required": True, "schema": {"type": "number"}},
                ],
                "responses": {
                    200: {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Part"}}}}
                },
            },
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Part"}}},
                },
                "responses": {"204": {"description": "done"}},
            },
        },
        "/parts/all": {"get": {"responses": {"200": {"description": "all"}}}},
    },
    "components": {"schemas": {"Part": PART}},
}
SWAGGER = {
    "swagger": "2.0",
    "basePath": "/api",
    "paths": {
        "/parts": {
            "post": {
                "parameters": [
                    {"in": "body", "name": "part", "required": True, "schema": {"$ref": "#/definitions/Part"}},
                    {"in": "query", "name": "force", "type": "boolean"},
                ],
                "responses": {"201": {"schema": {"$ref": "#/definitions/Part"}}},
            }
        }
    },
    "definitions": {"Part": PART},
}
WELL = {"number": 1, "name": None}
JSON = {"content-type": "application/json"}


def get(path: str, **params: str) -> Received:
    return Received("GET", path, {name: [value] for name, value in params.items()})


def put(body: bytes) -> Received:
    return Received("PUT", "/api/parts/1", {}, JSON, body)


def post(body: bytes, **params: str) -> Received:
    return Received("POST", "/api/parts", {name: [value] for name, value in params.items()}, JSON, body)


@pytest.mark.parametrize(
    ("document", "received", "answer"),
    [
        (MODERN, get("/api/parts/1", since="1.5", kind="nut"), json_answer(WELL)),
        (MODERN, get("/api/parts/all"), json_answer(["anything"])),
        (MODERN, put(b'{"number": 1, "name": "bolt"}'), Answer(204)),
        (SWAGGER, post(b'{"number": 1, "name": "bolt"}', force="true"), json_answer(WELL, status=201)),
    ],
)
def test_what_is_as_described_has_no_problem(document: dict[str, Any], received: Received, answer: Answer) -> None:
    assert Description(document).check(received, answer) == []


@pytest.mark.parametrize(
    ("document", "received", "answer", "problem"),
    [
        (MODERN, get("/api/people"), json_answer({}), "no such operation"),
        (MODERN, get("/parts/all"), json_answer({}), "no such operation"),
        (MODERN, Received("PATCH", "/api/parts/1"), json_answer({}), "no such operation"),
        (MODERN, get("/api/parts/x", since="1"), json_answer(WELL), "number:"),
        (MODERN, get("/api/parts/1"), json_answer(WELL), "since is lacking"),
        (MODERN, get("/api/parts/1", since="1", kind="washer"), json_answer(WELL), "kind:"),
        (MODERN, get("/api/parts/1", since="1", size="9"), json_answer(WELL), "size is not described"),
        (MODERN, get("/api/parts/1", since="1"), json_answer({"number": 1}), "'name' is a required property"),
        (MODERN, get("/api/parts/1", since="1"), json_answer({"number": "1", "name": ""}), "not of type 'integer'"),
        (MODERN, get("/api/parts/1", since="1"), json_answer(WELL, status=202), "no such status"),
        (MODERN, put(b""), Answer(204), "the body is lacking"),
        (MODERN, put(b'{"number": 1}'), Answer(204), "'name' is a required property"),
        (SWAGGER, post(b'{"number": 1}'), json_answer(WELL, status=201), "'name' is a required property"),
        (SWAGGER, post(b'{"number": 1, "name": ""}', force="yes"), json_answer(WELL, status=201), "force:"),
        (SWAGGER, post(b'{"number": 1, "name": ""}'), json_answer([], status=201), "not of type 'object'"),
    ],
)
def test_what_is_not_as_described_is_named(
    document: dict[str, Any], received: Received, answer: Answer, problem: str
) -> None:
    found = Description(document).check(received, answer)
    assert len(found) >= 1
    assert any(problem in each for each in found), found


def test_an_object_of_parts_allows_what_they_know_and_no_more() -> None:
    part = {"type": "object", "properties": {"size": {"type": "integer"}}}
    schema = {"allOf": [part, {"properties": {"name": {"type": "string"}}}], "additionalProperties": False}
    responses = {"200": {"description": "well", "schema": schema}}
    description = Description({"swagger": "2.0", "paths": {"/parts": {"get": {"responses": responses}}}})
    assert description.check(get("/parts"), json_answer({"name": "bolt", "size": 3})) == []
    assert "colour" in description.check(get("/parts"), json_answer({"name": "bolt", "colour": "red"}))[0]
