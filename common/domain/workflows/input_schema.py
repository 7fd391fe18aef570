"""The JSON Schema of a workflow's input: which schemas are accepted, and what is wrong with an input.

Checking must end soon whatever the schema. References lead to `#/$defs/NAME` only (remote ones would be fetched), and a
schema is measured with them written out, since chained ones can make a validator work for ages. Patterns are matched
by the expressions' engine, which is linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import extend

from common.domain.errors import Invalid
from common.domain.workflows.language import Budget, ExpressionFailed
from common.domain.workflows.language.functions import FUNCTIONS

MAX_PROBLEMS = 20
MAX_KEYWORDS = 5_000
_REFUSED = {"$dynamicRef", "$id", "$anchor", "patternProperties", "unevaluatedProperties", "unevaluatedItems"}
_DEFINED = "#/$defs/"


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    try:
        if not FUNCTIONS["matches"].call(Budget(), [instance, pattern]):
            yield ValidationError(f"{instance!r:.80} does not match {pattern!r}")
    except ExpressionFailed as error:
        yield ValidationError(str(error))


_Validator = extend(Draft202012Validator, {"pattern": _pattern})


def problem_of_schema(schema: Mapping[str, Any]) -> str | None:
    """What is wrong with a schema; None for a good one."""
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return f"{'.'.join(map(str, error.absolute_path)) or 'schema'}: {error.message[:200]}"
    except RecursionError:
        return "it is nested too deeply"
    for count, (word, value) in enumerate(_keywords(schema)):
        if count > MAX_KEYWORDS:
            return f"it has more than {MAX_KEYWORDS:,} keywords with its references written out, or refers to itself"
        if problem := _problem_of_keyword(word, value, schema):
            return problem
    return None


def _problem_of_keyword(word: str, value: Any, schema: Mapping[str, Any]) -> str | None:
    if word in _REFUSED:
        return f"{word} is not allowed here; write it out"
    if word == "$ref" and _referred(value, schema) is None:
        return f"$ref: {value!r:.80} leads nowhere; only {_DEFINED}NAME is followed"
    if word == "pattern" and isinstance(value, str):
        try:
            FUNCTIONS["matches"].call(Budget(), ["", value])
        except ExpressionFailed as error:
            return str(error)
    return None


def _referred(reference: Any, schema: Mapping[str, Any]) -> Any:
    if not isinstance(reference, str) or not reference.startswith(_DEFINED):
        return None
    return schema.get("$defs", {}).get(reference.removeprefix(_DEFINED))


def _keywords(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each keyword with its value, through all references, for ever where they go in a circle."""
    rest: list[Any] = [schema]
    while rest:
        found = rest.pop()
        if isinstance(found, list):
            rest.extend(found)
        if not isinstance(found, Mapping):
            continue
        for word, value in found.items():
            yield word, value
            # What stands under the first of these are names of the input, under the second values, no keywords.
            if word in ("properties", "dependentSchemas") and isinstance(value, Mapping):
                rest.extend(value.values())
            elif word == "$ref":
                rest.append(_referred(value, schema))
            elif word not in ("const", "enum", "default", "examples", "$defs", "required", "dependentRequired"):
                rest.append(value)


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    return _Validator(orjson.loads(schema))


def check_input(schema: Mapping[str, Any], value: object, *, workflow: str) -> None:
    """Raises Invalid with an entry for each field of `value` that the schema refuses."""
    if not isinstance(value, Mapping):
        raise Invalid(f"The input of {workflow} is an object.", code="input_invalid")
    problems = []
    for error in _validator(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)).iter_errors(value):
        field = ".".join(["input", *map(str, error.absolute_path)])
        problems.append({"field": field, "code": str(error.validator or "invalid"), "message": error.message[:300]})
        if len(problems) == MAX_PROBLEMS:
            break
    if problems:
        first = f"{problems[0]['field']}: {problems[0]['message']}"
        raise Invalid(f"{workflow} does not take this input: {first}", code="input_invalid", details=tuple(problems))
