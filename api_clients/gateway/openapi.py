"""OpenAPI of the endpoints: one operation object for each verb, and the schemas they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from api_clients.gateway.endpoints import Endpoint, Verb
from api_clients.gateway.examples import example_arguments
from api_clients.gateway.schemas import Schema, definitions
from api_clients.gateway.signatures import Parameter

OCTETS = "application/octet-stream"
META = "ClientMeta"
FAN_OUT_META = "ClientFanOutMeta"
TARGET, FALLBACK, MERGE = "target", "fallback", "merge"
RESERVED = (TARGET, FALLBACK, MERGE)
NO_EXAMPLE = object()
ARGUMENT_PREFIX = "arg."

_TEXT: Schema = {"type": "string"}
SHARED: dict[str, Schema] = {
    META: {
        "type": "object",
        "description": "Where an answer comes from, and how old it is.",
        "required": ["service", "operation", "target", "stale", "age_seconds"],
        "properties": {
            "service": _TEXT,
            "operation": _TEXT,
            "target": {**_TEXT, "description": "Who answered."},
            "stale": {
                "type": "boolean",
                "description": "Older than it should be: the service is away, and this is its last known answer.",
            },
            "age_seconds": {"type": "number", "description": "Of the oldest part; 0 where it was asked for now."},
            "fallback": {
                "type": "object",
                "description": "Who was asked first, and why it did not answer; only where another stood in.",
                "required": ["target", "code", "message"],
                "properties": {"target": _TEXT, "code": _TEXT, "message": _TEXT},
            },
        },
    },
    FAN_OUT_META: {
        "type": "object",
        "description": "How each of several targets answered.",
        "required": ["service", "operation", "targets", "errors", "partial"],
        "properties": {
            "service": _TEXT,
            "operation": _TEXT,
            "partial": {"type": "boolean", "description": "Some did not answer; `errors` says why."},
            "targets": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["stale", "age_seconds"],
                    "properties": {"stale": {"type": "boolean"}, "age_seconds": {"type": "number"}},
                },
            },
            "errors": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["status", "code", "message", "type"],
                    "properties": {"status": {"type": "integer"}, "code": _TEXT, "message": _TEXT, "type": _TEXT},
                },
            },
        },
    },
}
_TARGET_PARAMETER: Schema = {
    "name": TARGET,
    "in": "query",
    "description": "Which installation: its name, several with commas between them, or * for all of them at once."
    " Without it the only one, or `main`.",
    "schema": _TEXT,
}
_FALLBACK_PARAMETER: Schema = {
    "name": FALLBACK,
    "in": "query",
    "description": "The target to ask where the first cannot answer.",
    "schema": _TEXT,
}
_MERGE_PARAMETER: Schema = {
    "name": MERGE,
    "in": "query",
    "description": "Give the answers of several targets as one list, each row with its target.",
    "schema": {"type": "boolean", "default": False},
}


@dataclass(frozen=True, slots=True)
class Described:
    """The operations of one endpoint by verb, without what is said of errors and of signing in."""

    operations: Mapping[Verb, Schema]
    schemas: Mapping[str, Schema] = field(repr=False)


def in_query(name: str) -> str:
    """How an argument is called in a query string, where some names have a meaning of their own."""
    return f"{ARGUMENT_PREFIX}{name}" if name in RESERVED else name


def describe_endpoint(endpoint: Endpoint, *, answer: Any = NO_EXAMPLE) -> Described:
    """`answer` is an example of the answer, as JSON, where there is one."""
    prefix = f"{endpoint.service}."
    arguments, schemas = definitions(endpoint.signature.argument_schema(), prefix=prefix)
    result, more = definitions(endpoint.signature.result_schema(), prefix=prefix)
    operations = {verb: _operation(endpoint, verb, arguments, result, answer) for verb in endpoint.verbs}
    return Described(operations, {**schemas, **more})


def _operation(endpoint: Endpoint, verb: Verb, arguments: Schema, result: Schema, answer: Any) -> Schema:
    described: Schema = {
        "operationId": _operation_id(endpoint, verb),
        "summary": endpoint.operation.summary.rstrip("."),
        "description": "\n\n".join(filter(None, _description(endpoint, verb))),
        "tags": [endpoint.family],
        "parameters": list(_parameters(endpoint, verb, arguments)),
        "responses": {"200": _success(endpoint, result, answer)},
    }
    if verb == "POST":
        described["requestBody"] = _body(endpoint, arguments)
    return described


def _operation_id(endpoint: Endpoint, verb: Verb) -> str:
    usual = f"clients_{endpoint.service}_{endpoint.name}"
    return usual if verb == endpoint.verbs[0] else f"{usual}_by_{verb.lower()}"


def _description(endpoint: Endpoint, verb: Verb) -> Iterator[str]:
    yield endpoint.operation.summary
    yield endpoint.description
    if seconds := endpoint.operation.cache_seconds:
        yield f"Answers are kept for {seconds:g} seconds."
    if not endpoint.is_read:
        yield "Who asked for it, and how it ended, is recorded (`client.action_taken`)."
    if file_of(endpoint) and verb == "POST":
        yield f"`{file_of(endpoint)}` may be the body itself ({OCTETS}), with the other arguments in the query string."
    yield f"Needs the role {endpoint.operation.role}."


def _parameters(endpoint: Endpoint, verb: Verb, arguments: Schema) -> Iterator[Schema]:
    yield _TARGET_PARAMETER
    yield _MERGE_PARAMETER
    if endpoint.is_read:
        yield _FALLBACK_PARAMETER
    if verb == "GET":
        yield from (
            _in_query(one, arguments["properties"][one.name], endpoint) for one in endpoint.signature.parameters
        )
    elif file := file_of(endpoint):
        others = (one for one in endpoint.signature.parameters if one.name != file)
        for one in others:
            yield {**_in_query(one, arguments["properties"][one.name], endpoint), "required": False}


def _in_query(parameter: Parameter, schema: Schema, endpoint: Endpoint) -> Schema:
    bare = {key: value for key, value in schema.items() if key not in ("description", "writeOnly")}
    described: Schema = {"name": in_query(parameter.name), "in": "query", "required": parameter.required}
    if parameter.description:
        described["description"] = parameter.description
    if parameter.shape == "structure":
        return {**described, "content": {"application/json": {"schema": bare}}}
    described["schema"] = bare
    if parameter.name in endpoint.example and parameter.shape in ("scalar", "list"):
        described["example"] = example_arguments(endpoint)[parameter.name]
    return described


def _body(endpoint: Endpoint, arguments: Schema) -> Schema:
    media: Schema = {"schema": arguments}
    if endpoint.example or not any(one.required for one in endpoint.signature.parameters):
        media["examples"] = {"example": {"value": example_arguments(endpoint)}}
    content = {"application/json": media}
    if file_of(endpoint):
        content[OCTETS] = {"schema": {"type": "string", "format": "binary"}}
    return {"required": any(one.required for one in endpoint.signature.parameters), "content": content}


def file_of(endpoint: Endpoint) -> str | None:
    """The argument that may be the whole body: the only one of bytes."""
    files = [one.name for one in endpoint.signature.parameters if one.shape == "bytes"]
    return files[0] if len(files) == 1 else None


def _success(endpoint: Endpoint, result: Schema, answer: Any) -> Schema:
    one = _envelope(result, META)
    several = _envelope({"type": "object", "additionalProperties": result}, FAN_OUT_META)
    merged = _envelope({"type": "array", "items": _row(result)}, FAN_OUT_META)
    media: Schema = {"schema": {"anyOf": [one, several, merged]}}
    if endpoint.signature.returns_bytes:
        file = {"schema": {"type": "string", "format": "binary"}}
        media["schema"] = {"anyOf": [several, merged]}
        return {
            "description": "The file; of several targets all of them, in base64.",
            "content": {OCTETS: file, "application/json": media},
        }
    if answer is not NO_EXAMPLE:
        media["examples"] = {"example": {"value": {"data": answer, "meta": _meta_example(endpoint)}}}
    return {"description": "The answer.", "content": {"application/json": media}}


def _row(result: Schema) -> Schema:
    """One of the merged rows: of a list its items, of anything else the whole."""
    value = result.get("items", {}) if result.get("type") == "array" else result
    return {"type": "object", "required": ["target", "value"], "properties": {"target": _TEXT, "value": value}}


def _meta_example(endpoint: Endpoint) -> Schema:
    return {
        "service": endpoint.service,
        "operation": endpoint.name,
        "target": "main",
        "stale": False,
        "age_seconds": 0.0,
    }


def _envelope(data: Schema, meta: str) -> Schema:
    return {
        "type": "object",
        "required": ["data", "meta"],
        "properties": {"data": data, "meta": {"$ref": f"#/components/schemas/{meta}"}},
    }
