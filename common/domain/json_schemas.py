"""JSON Schemas that come from outside: are they valid, and does a value obey one (Draft 2020-12)?

References stay inside the schema: fetching one would let whoever registers a module send the hub anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from common.domain.modules import JsonObject

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_PROBLEMS = 20
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCES = ("$ref", "$dynamicRef")
_DATA = ("const", "enum", "default", "examples")  # what stands there is no schema


def schema_problem(schema: JsonObject) -> str | None:
    """What keeps it from being a schema that can be used here, or None."""
    if _deeper_than(schema, MAX_DEPTH):
        return f"a schema is nested at most {MAX_DEPTH} levels deep"
    if len(orjson.dumps(schema)) > MAX_BYTES:
        return f"a schema has at most {MAX_BYTES // 1024} KiB"
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        return f"schemas are of Draft 2020-12 ({DIALECT}) here"
    try:
        Draft202012Validator.check_schema(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    except SchemaError as error:
        return f"not a valid JSON Schema at {_where(error.absolute_path)}: {error.message[:200]}"
    return next(_bad_references(schema), None)


def value_problems(schema: JsonObject, value: Any) -> tuple[dict[str, str], ...]:
    """One {"field", "code", "message"} for each way in which the value breaks the schema, the first twenty."""
    validator = Draft202012Validator(schema, registry=Registry())
    found = []
    try:
        for error in validator.iter_errors(value):
            field = ".".join(str(part) for part in error.absolute_path)
            found.append({"field": field, "code": str(error.validator), "message": error.message[:300]})
            if len(found) == MAX_PROBLEMS:
                break
    except RecursionError:
        found.append(
            {"field": "", "code": "recursion", "message": "too deep, or the schema refers to itself without end"}
        )
    except Unresolvable:  # under a property named like a word of _DATA
        found.append({"field": "", "code": "reference", "message": "the schema refers to what is not in it"})
    return tuple(found)


def _bad_references(schema: JsonObject) -> Iterator[str]:
    resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))
    for reference in _references(schema):
        if not isinstance(reference, str) or not reference.startswith("#"):
            yield f"{str(reference)[:100]!r} refers to another document; only references inside the schema (#...) work"
            continue
        try:
            resolver.lookup(reference)
        except Unresolvable:
            yield f"{reference[:100]!r} refers to nothing in the schema"


def _references(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _REFERENCES and not isinstance(value, dict):  # a property may be named $ref
                yield value
            elif key not in _DATA:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _deeper_than(node: Any, levels: int) -> bool:
    if not isinstance(node, dict | list):
        return False
    inner = node.values() if isinstance(node, dict) else node
    return levels == 0 or any(_deeper_than(value, levels - 1) for value in inner)


def _where(path: Any) -> str:
    return ".".join(str(part) for part in path) or "its top"
