"""Is the input of a workflow what its schema says? Which schemas there may be: common/domain/json_schemas.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.domain.errors import Invalid
from common.domain.json_schemas import value_problems
from common.domain.problem_texts import first_of


def check_input(schema: Mapping[str, Any], value: object, *, workflow: str) -> None:
    """Raises Invalid with an entry for each field of `value` that the schema refuses."""
    if not isinstance(value, Mapping):
        raise Invalid(f"The input of {workflow} is an object.", code="input_invalid")
    found = value_problems(schema, value)
    problems = tuple({**entry, "field": f"input.{entry['field']}".rstrip(".")} for entry in found)
    if problems:
        text = f"{workflow} does not take this input: {first_of(problems)}"
        raise Invalid(text, code="input_invalid", details=problems)
