"""Checks of values by schemas end soon, whatever the two are, and say what the standard says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from common.domain import schema_keywords
from common.domain.errors import Invalid
from common.domain.json_schemas import DIALECT, schema_problem, value_problems
from common.domain.workflows.input_schema import check_input

SOON = 20.0  # seconds; the limit is two of the processor, whose caches these tests share: its own work counts more


@pytest.fixture(autouse=True)
def it_ends_soon() -> Iterator[None]:
    began = time.thread_time()
    yield
    assert time.thread_time() - began < SOON


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _doubling(levels: int) -> dict[str, Any]:
    """Few keywords in writing, 2**levels with the references written out."""
    twice = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**twice, f"a{levels}": {"type": "string"}}, "$ref": "#/$defs/a0"}


UNSORTABLE = [[index, {"a": index}] for index in range(30_000)]
EVIL = "^(a+)+$"
HARD: list[tuple[str, Callable[[], tuple[dict[str, Any], Any]]]] = [
    ("a pattern that backtracks", lambda: ({"pattern": EVIL}, "a" * 5_000 + "b")),
    ("one for names", lambda: ({"patternProperties": {EVIL: {}}, "additionalProperties": {}}, {"a" * 40 + "b": 1})),
    ("names that must match", lambda: ({"propertyNames": {"pattern": EVIL}}, {"a" * 40 + "b": 1})),
    ("the largest pattern", lambda: ({"items": {"pattern": "((a?){30}){30}b"}}, ["a" * 10_000] * 500)),
    ("a text too long to match", lambda: ({"pattern": EVIL}, "a" * 1_000_000)),
    ("unique entries that cannot be sorted", lambda: ({"uniqueItems": True}, UNSORTABLE)),
    ("a long list of choices", lambda: ({"items": {"enum": [[n] for n in range(8_000)]}}, [[-1]] * 20_000)),
    ("many branches and a large value", lambda: ({"anyOf": [{"type": "string"}] * 2_000}, ["x" * 100] * 20_000)),
    ("one of many", lambda: ({"oneOf": [{"type": "array"}] * 2_000}, ["x" * 100] * 20_000)),
    ("many rules for many entries", lambda: ({"items": {"allOf": [{"minimum": 0}] * 2_000}}, [1] * 500_000)),
    ("entries that nothing is said of", lambda: ({"items": {"title": "x"}}, [1] * 1_000_000)),
    ("a search in a long list", lambda: ({"allOf": [{"contains": {"title": "x"}}] * 500}, [1] * 100_000)),
    ("deep nesting", lambda: ({"items": {"items": {"const": 1}}, "enum": [1]}, _deep(900))),
    ("no multiple of a float", lambda: ({"items": {"multipleOf": 1e-300}}, [1e300, 0.1, 2**63] * 1_000)),
    ("references that multiply, stored before", lambda: (_doubling(20), 1)),
    ("a part of a dialect", lambda: ({"items": {"$schema": DIALECT, "pattern": EVIL}}, ["a" * 60 + "b"])),
    ("unknown formats", lambda: ({"format": "regex"}, EVIL * 1_000)),
]


@pytest.mark.parametrize("make", [make for _, make in HARD], ids=[name for name, _ in HARD])
def test_a_check_ends_soon_whatever_schema_and_value(make: Any) -> None:
    schema, value = make()
    for entry in value_problems(schema, value):
        assert len(entry["message"]) <= 300


@pytest.mark.parametrize(
    "schema",
    [
        {"required": [[n, {"a": n}] for n in range(3_500)]},
        {"type": [{"a": n} for n in range(5_000)]},
        {"enum": [{"a": n} for n in range(5_000)]},
        {"allOf": [{"type": "string"}] * 2_000},
        {"properties": {f"p{n}": {"pattern": f"(a?){{300}}{n}"} for n in range(1_000)}},
        _doubling(20),
    ],
)
def test_reading_a_schema_ends_soon(schema: dict[str, Any]) -> None:
    schema_problem(schema)


def test_what_takes_too_much_work_is_a_problem_with_a_clear_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_keywords, "MAX_SECONDS", 0.05)
    (problem,) = value_problems({"items": {"allOf": [{"minimum": 0}] * 2_000}}, [1] * 500_000)
    assert problem["code"] == "too_much_work"
    assert "make one of them simpler" in problem["message"]
    assert value_problems({"items": {"minimum": 0}}, [1]) == ()  # the next one has its own time


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"pattern": "b+"}, ["abc", 1], ["ac", "\ud800"]),
        ({"enum": [1, "a", [True], {"x": 1}]}, [1, 1.0, "a", [True], {"x": 1.0}], [True, "b", [1], {"x": True}, None]),
        ({"const": 0}, [0, 0.0], [False, None, "0", []]),
        ({"uniqueItems": True}, [[1, True, "1"], [[1], [True]], [{"a": 1}, {"a": 2}], "aa"], [[1, 1.0], [{}, {}]]),
        ({"uniqueItems": False}, [[1, 1]], []),
        ({"multipleOf": 0.1}, [0.3, 1, 1e300, 0], [0.35, 1e-5]),
        ({"multipleOf": 3}, [9, 9.0, "x", True], [10]),
        ({"items": False, "prefixItems": [{}]}, [[], [1], "xy"], [[1, 2]]),
        ({"items": {"type": "string"}, "prefixItems": [{}]}, [[1, "a"]], [[1, 2]]),
        ({"contains": {"const": 1}, "minContains": 2, "maxContains": 3}, [[1, 1], [1, 1, 1]], [[1], [1] * 4, []]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ["a", None], [1]),
        ({"oneOf": [{"minimum": 1}, {"maximum": 5}]}, [0, 6], [3]),
        ({"not": {"type": "string"}}, [1], ["a"]),
        ({"type": ["integer", "null"]}, [1, 1.0, None], [1.5, True, "1"]),
        ({"propertyNames": {"maxLength": 1}}, [{"a": 1}, {}], [{"ab": 1}]),
        (
            {"properties": {"a": {}}, "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False},
            [{"a": 1, "x-b": "c"}, []],
            [{"b": 1}, {"x-b": 1}],
        ),
        ({"additionalProperties": {"type": "string"}}, [{"a": "b"}], [{"a": 1}]),
        ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}, ["ab", 2], ["a", 1]),
        ({"$defs": {"a": {"type": "string"}}, "properties": {"b": {"$ref": "#/$defs/a"}}}, [{"b": "c"}], [{"b": 1}]),
    ],
)
def test_a_value_is_judged_as_the_standard_does(schema: dict[str, Any], right: list[Any], wrong: list[Any]) -> None:
    assert schema_problem(schema) is None
    assert [value for value in right if value_problems(schema, value)] == []
    assert [value for value in wrong if not value_problems(schema, value)] == []


def test_workflows_and_modules_judge_alike() -> None:
    schema = {"properties": {"a": {"pattern": EVIL}, "b": {"uniqueItems": True}}}
    value = {"a": "a" * 5_000 + "!", "b": [1, 1]}
    with pytest.raises(Invalid) as refused:
        check_input(schema, value, workflow="w")
    assert [f"input.{entry['field']}" for entry in value_problems(schema, value)] == ["input.a", "input.b"]
    assert [entry["field"] for entry in refused.value.details] == ["input.a", "input.b"]
