"""JSON Schema as OpenAPI 3.0 has it, of the types that clients take and return."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"
DROPPED = {"title", "$defs", "propertyNames", "patternProperties", "contentEncoding", "contentMediaType", "unevaluated"}


class _Generator(GenerateJsonSchema):
    """What written() of results.py writes: bytes as base64, spans as seconds; and the words of a dataclass."""

    def bytes_schema(self, schema: Any) -> JsonSchemaValue:
        return {"type": "string", "format": "byte"}

    def timedelta_schema(self, schema: Any) -> JsonSchemaValue:
        return {"type": "number", "description": "Seconds."} if self.mode == "serialization" else {"type": "string"}

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().dataclass_schema(schema)
        text = inspect.cleandoc(schema["cls"].__doc__ or "")
        made.pop("description", None)
        if text and not text.startswith(f"{schema['cls'].__name__}("):  # the signature that dataclass() writes
            made["description"] = " ".join(text.split())
        return made


def argument_schema(adapter: TypeAdapter[Any]) -> Schema:
    """With its `$defs` beside it, which `definitions` takes out."""
    return adapter.json_schema(mode="validation", ref_template=REFERENCE, schema_generator=_Generator)


def result_schema(adapter: TypeAdapter[Any]) -> Schema:
    """Of an adapter of {"data": ...} the schema of the data, with its `$defs` beside it."""
    whole = adapter.json_schema(mode="serialization", ref_template=REFERENCE, schema_generator=_Generator)
    return {**whole["properties"]["data"], "$defs": whole.get("$defs", {})}


def definitions(schema: Schema, *, prefix: str) -> tuple[Schema, dict[str, Schema]]:
    """Return the schema as OpenAPI 3.0 has it, and what it refers to, by names that begin with `prefix`."""
    named = schema.get("$defs", {})
    renamed = {f"#/components/schemas/{name}": f"#/components/schemas/{prefix}{_fit(name)}" for name in named}
    return _as_openapi(schema, renamed), {
        f"{prefix}{_fit(name)}": _as_openapi(one, renamed) for name, one in named.items()
    }


def _fit(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)


def _as_openapi(schema: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_as_openapi(item, renamed) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _reference(schema, renamed)
    made = dict(_entries(schema, renamed))
    if "anyOf" in made:
        return _union(made)
    if made.get("type") == "null":
        return {**made, "type": "string", "nullable": True, "enum": [None]}
    return made


def _reference(schema: Schema, renamed: Mapping[str, str]) -> Schema:
    """3.0 overlooks what stands beside a reference."""
    reference = {"$ref": renamed.get(schema["$ref"], schema["$ref"])}
    beside = {key: value for key, value in schema.items() if key in ("description", "default", "writeOnly")}
    return {"allOf": [reference], **beside} if beside else reference


def _entries(schema: Schema, renamed: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for key, value in schema.items():
        match key:
            case _ if key in DROPPED:
                continue
            case "const":
                yield "enum", [value]
            case "prefixItems":
                kinds = [_as_openapi(item, renamed) for item in value]
                yield "items", kinds[0] if all(kind == kinds[0] for kind in kinds) else {"anyOf": kinds}
            case "exclusiveMinimum" | "exclusiveMaximum":
                yield key.replace("exclusiveM", "m"), value
                yield key, True
            case "examples":
                yield "example", value[0]
            case "properties":
                yield key, {name: _as_openapi(one, renamed) for name, one in value.items()}
            case "default" | "enum" | "example" | "required":
                yield key, value
            case _:
                yield key, _as_openapi(value, renamed)


def _union(made: Schema) -> Schema:
    """A union with null is what it is without, and nullable."""
    given = made.pop("anyOf")
    kinds = [kind for kind in given if not _is_null(kind)]
    null = {"nullable": True} if len(kinds) < len(given) else {}
    return {**_one_of(kinds), **made, **null}


def _is_null(kind: Schema) -> bool:
    return kind.get("enum") == [None]


def _one_of(kinds: list[Schema]) -> Schema:
    if len(kinds) != 1:
        return {"anyOf": kinds}
    (only,) = kinds
    return {"allOf": [only]} if "$ref" in only else only
