"""JSON Schemas that come from outside: are they valid, and does a value obey one (Draft 2020-12)?

Whoever writes a workflow or registers a module chooses the schema, and often the value as well, so checking must end
soon whatever they are. What could take for ever is refused where the schema is read: references that leave it, lead
back to themselves or multiply it, keywords that look at everything again (unevaluated...). What is slow in the library
for some values is done anew in schema_keywords.py; patterns are matched by RE2, which is linear in the text. And above
all a check has a limited time of the processor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import orjson
from jsonschema.exceptions import UnknownType
from referencing import Registry
from referencing.exceptions import Unresolvable

from common.domain import stored_json
from common.domain.schema_keywords import META_SCHEMA, SchemaValidator, TooMuchWork, limited_time, pattern_problem

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_KEYWORDS = 5_000  # with its references written out
MAX_REFERRED_DEPTH = 100
MAX_PROBLEMS = 20
MAX_MESSAGE = 300
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFUSED = {"$dynamicRef", "$dynamicAnchor", "$anchor", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems"}
_OF_NAMES = ("properties", "patternProperties", "dependentSchemas")  # below stand names, and only then schemas
_NO_SCHEMAS = ("const", "enum", "default", "examples", "$defs", "definitions", "required", "dependentRequired")


def schema_problem(schema: Mapping[str, Any]) -> str | None:
    """What keeps it from being a schema that can be used here, or None."""
    if _deeper_than(schema, MAX_DEPTH):
        return f"a schema is nested at most {MAX_DEPTH} levels deep"
    try:
        written = stored_json.write(schema)
    except (TypeError, ValueError) as error:
        return f"it is no JSON: {error}"
    if len(written) > MAX_BYTES:
        return f"a schema has at most {MAX_BYTES // 1024} KiB"
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        return f"schemas are of Draft 2020-12 ({DIALECT}) here"
    # The size before the form: what has many keywords takes long to compare with the schema of schemas.
    return _problem_of_keywords(schema) or _problem_of_form(schema)


def value_problems(schema: Mapping[str, Any], value: Any) -> tuple[dict[str, str], ...]:
    """One {"field", "code", "message"} for each way in which the value breaks the schema, the first twenty."""
    found: list[dict[str, str]] = []
    try:
        with limited_time():
            for error in _validator(stored_json.write(schema)).iter_errors(value):
                field = ".".join(str(part) for part in error.absolute_path)
                found.append({"field": field, "code": str(error.validator), "message": error.message[:MAX_MESSAGE]})
                if len(found) == MAX_PROBLEMS:
                    break
    except TooMuchWork as error:
        found.append({"field": "", "code": "too_much_work", "message": str(error)})
    except RecursionError:
        found.append({"field": "", "code": "recursion", "message": "it is nested too deeply to be checked"})
    # A schema that was stored before such ones were refused:
    except (Unresolvable, UnknownType):
        found.append({"field": "", "code": "reference", "message": "the schema refers to what is not in it"})
    return tuple(found)


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    read = orjson.loads(schema)
    read.pop("$id", None)  # references stay inside, whatever it calls itself
    return SchemaValidator(read, registry=Registry())


def _problem_of_form(schema: Mapping[str, Any]) -> str | None:
    try:
        with limited_time():
            error = next(META_SCHEMA.iter_errors(dict(schema)), None)
    except TooMuchWork as too_much:
        return str(too_much)
    except RecursionError:
        return "it is nested too deeply"
    return f"not a valid JSON Schema at {_where(error.absolute_path)}: {error.message[:200]}" if error else None


def _problem_of_keywords(schema: Mapping[str, Any]) -> str | None:
    for count, (word, value, depth) in enumerate(_keywords(schema)):
        if count > MAX_KEYWORDS or depth > MAX_REFERRED_DEPTH:
            return f"it has more than {MAX_KEYWORDS:,} keywords with its references written out, or refers to itself"
        if problem := _problem_of_keyword(word, value, schema, depth):
            return problem
    return None


def _problem_of_keyword(word: str, value: Any, schema: Mapping[str, Any], depth: int) -> str | None:
    if word in _REFUSED or (word == "$id" and depth):
        return f"{word} is not allowed here; write it out"
    if word == "$ref" and _referred(value, schema) is None:
        return f"$ref: {str(value)[:80]!r} leads nowhere; only #/$defs/NAME (or #/definitions/NAME) is followed"
    if word == "pattern" and isinstance(value, str) and (problem := pattern_problem(value)):
        return f"not a valid JSON Schema at pattern: {problem}"
    if word == "patternProperties" and isinstance(value, Mapping):
        problems = (pattern_problem(pattern) for pattern in value)
        if problem := next(filter(None, problems), None):
            return f"not a valid JSON Schema at patternProperties: {problem}"
    return None


def _keywords(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any, int]]:
    """Each keyword with its value and depth, through all references, for ever where they go in a circle."""
    rest: list[tuple[Any, int]] = [(schema, 0)]
    while rest:
        found, depth = rest.pop()
        if isinstance(found, list):
            rest.extend((entry, depth) for entry in found)
        if not isinstance(found, Mapping):
            continue
        for word, value in found.items():
            yield word, value, depth
            if word in _OF_NAMES and isinstance(value, Mapping):
                rest.extend((inner, depth + 1) for inner in value.values())
            elif word == "$ref":
                rest.append((_referred(value, schema), depth + 1))
            elif word not in _NO_SCHEMAS:
                rest.append((value, depth + 1))


def _referred(reference: Any, schema: Mapping[str, Any]) -> Any:
    if not isinstance(reference, str):
        return None
    for part in ("$defs", "definitions"):
        name, definitions = reference.removeprefix(f"#/{part}/"), schema.get(part)
        if name != reference and "/" not in name and isinstance(definitions, Mapping):
            return definitions.get(unquote(name).replace("~1", "/").replace("~0", "~"))
    return None


def _deeper_than(node: Any, levels: int) -> bool:
    if not isinstance(node, dict | list):
        return False
    inner = node.values() if isinstance(node, dict) else node
    return levels == 0 or any(_deeper_than(value, levels - 1) for value in inner)


def _where(path: Any) -> str:
    return ".".join(str(part) for part in path) or "its top"
