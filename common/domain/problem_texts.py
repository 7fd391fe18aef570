"""What is wrong with a value, in our words: pydantic's own speak of Python's types and of how the check is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

Problem = dict[str, str]  # field, code, message

_TEXTS = {
    "missing": "This field is needed.",
    "extra_forbidden": "Unknown field.",
    "string_type": "Write a text.",
    "int_type": "Write a whole number.",
    "int_parsing": "Write a whole number.",
    "int_from_float": "Write a whole number.",
    "float_type": "Write a number.",
    "float_parsing": "Write a number.",
    "finite_number": "Write a number, not NaN or infinity.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "list_type": "Write a list.",
    "tuple_type": "Write a list.",
    "set_type": "Write a list.",
    "frozen_set_type": "Write a list.",
    "dict_type": "Write a JSON object.",
    "mapping_type": "Write a JSON object.",
    "model_type": "Write a JSON object.",
    "model_attributes_type": "Write a JSON object.",
    "dataclass_type": "Write a JSON object.",
    "none_required": "Write null or leave it out.",
    "literal_error": "Choose one of {expected}.",
    "enum": "Choose one of {expected}.",
    "string_too_short": "Too short: at least {min_length} characters.",
    "string_too_long": "Too long: at most {max_length} characters.",
    "string_pattern_mismatch": "It does not look as it should: {pattern}",
    "too_short": "Too short: at least {min_length} entries.",
    "too_long": "Too long: at most {max_length} entries.",
    "greater_than": "It must be more than {gt}.",
    "greater_than_equal": "It must be at least {ge}.",
    "less_than": "It must be less than {lt}.",
    "less_than_equal": "It must be at most {le}.",
    "multiple_of": "It must be a multiple of {multiple_of}.",
    "uuid_type": "Write a UUID.",
    "uuid_parsing": "Write a UUID.",
    "datetime_type": "Write a time such as 2026-01-31T12:00:00Z.",
    "datetime_parsing": "Write a time such as 2026-01-31T12:00:00Z.",
    "datetime_from_date_parsing": "Write a time such as 2026-01-31T12:00:00Z.",
    "timezone_aware": "Write a time with its zone, such as 2026-01-31T12:00:00Z.",
    "json_invalid": "This is not JSON.",
    "recursion_loop": "It is nested too deeply.",
}
_SECRETS = {
    "too_short": "Too short: at least {min_length} characters.",
    "too_long": "Too long: at most {max_length} characters.",
}


def problems_in(error: ValidationError) -> tuple[Problem, ...]:
    """One entry for each problem; it quotes no value, for one may be a secret."""
    return tuple(
        {"field": _place(item["loc"]), "code": item["type"], "message": _text(item)}
        for item in error.errors(include_url=False, include_input=False)
    )


def first_of(problems: Sequence[Mapping[str, Any]]) -> str:
    """The first one, and how many more there are: `name: This field is needed. (and 2 more)`."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{_told(problems[0])}{more}"


def listed(problems: Sequence[Mapping[str, Any]], *, whole: str = "", most: int = 3) -> str:
    """The first few; what is wrong with no field in particular is said of `whole`."""
    return "; ".join(_told(problem, whole) for problem in problems[:most])


def _told(problem: Mapping[str, Any], whole: str = "") -> str:
    field = problem["field"] or whole
    return f"{field}: {problem['message']}" if field else str(problem["message"])


def _place(location: Sequence[str | int]) -> str:
    # Of a value that may be two things pydantic says which of the two it tried; that is no field.
    return ".".join(str(part) for part in location if not str(part).startswith(("function-", "constrained-")))


def _text(problem: Mapping[str, Any]) -> str:
    context: Mapping[str, Any] = problem.get("ctx", {})
    # A "Value" is a secret, whose characters pydantic counts as the entries of a list.
    template = (_SECRETS if context.get("field_type") == "Value" else _TEXTS).get(problem["type"])
    if template is not None:
        try:
            return template.format_map(context)
        except KeyError:  # a context that a later pydantic names otherwise
            pass
    text: str = problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return text.replace("Input should be", "It must be")
