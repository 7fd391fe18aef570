"""A pydantic model as OpenAPI 3.0 writes it: in one piece, `nullable` for the type null, exclusive bounds as flags."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

JsonSchema = dict[str, Any]


def openapi_of(model: type[BaseModel]) -> JsonSchema:
    """Of a model that does not hold itself, however deep."""
    schema = model.model_json_schema()
    return _translated(schema, schema.pop("$defs", {}))


def _translated(node: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    if "$ref" in node:
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _translated({**definitions[node["$ref"].rpartition("/")[2]], **beside}, definitions)
    node = {key: _inner(value, definitions) for key, value in node.items()}
    for bound in ("Minimum", "Maximum"):
        if f"exclusive{bound}" in node:
            node |= {bound.lower(): node[f"exclusive{bound}"], f"exclusive{bound}": True}
    return _without_null(node)


def _inner(value: Any, definitions: JsonSchema) -> Any:
    if isinstance(value, dict):
        return _translated(value, definitions)
    if isinstance(value, list):
        return [_inner(item, definitions) for item in value]
    return value


def _without_null(node: JsonSchema) -> JsonSchema:
    null = {"type": "null"}
    kinds = node.get("anyOf", [])
    if null not in kinds:
        return node
    kinds = [kind for kind in kinds if kind != null]
    rest = {key: value for key, value in node.items() if key != "anyOf"} | {"nullable": True}
    return {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}
