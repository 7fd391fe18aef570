"""What a definition may say, and that every problem is told with its place."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.domain.errors import Invalid
from common.domain.workflows.definition import Step, parse_definition
from common.domain.workflows.input_schema import check_input

DO = {"id": "a", "capability": "t.do"}


def body(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "w", "steps": list(steps), **more}


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ([], [("", "not_an_object")]),
        ({}, [("name", "missing"), ("steps", "missing")]),
        (body(), [("steps", "too_short")]),
        (body(DO, nam="x"), [("nam", "extra_forbidden")]),
        (body({**DO, "needs": ["b"]}), [("steps.0.needs", "unknown_step")]),
        (body(DO, DO), [("steps.1.id", "duplicate")]),
        (body({**DO, "needs": ["b"]}, {**DO, "id": "b", "needs": ["a"]}), [("steps", "cycle")]),
        (body({**DO, "needs": ["a"]}), [("steps", "cycle")]),
        (body({"id": "a"}), [("steps.0", "value_error")]),
        (body({**DO, "workflow": "x"}), [("steps.0", "value_error")]),
        (body({**DO, "wait": {"seconds": 1}}), [("steps.0", "value_error")]),
        (body({"id": "a", "wait": {"seconds": 1, "until": "x"}}), [("steps.0.wait", "value_error")]),
        (body({"id": "a", "wait": {}}), [("steps.0.wait", "value_error")]),
        (body({"id": "a", "approval": {}, "map": {"over": "[1]"}}), [("steps.0", "value_error")]),
        (body({"id": "a", "workflow": "x", "compensate": {"capability": "t.undo"}}), [("steps.0", "value_error")]),
        (body({**DO, "compensate": {"input": {}}}), [("steps.0.compensate.capability", "missing")]),
        (body({**DO, "capability": "no spaces"}), [("steps.0.capability", "value_error")]),
        (body({**DO, "when": "1 +"}), [("steps.0.when", "value_error")]),
        (body({**DO, "input": {"x": "${1 +}"}}), [("steps.0.input", "value_error")]),
        (body({**DO, "input": "plain"}), [("steps.0.input", "value_error")]),
        (body({**DO, "when": "nothing"}), [("steps.0.when", "unknown_name")]),
        (body({**DO, "input": {"x": "${item}"}}), [("steps.0.input.x", "unknown_name")]),
        (body({**DO, "when": "steps.b.state == 'x'"}, {**DO, "id": "b"}), [("steps.0.when", "step_not_needed")]),
        (body({**DO, "when": "steps.c.state == 'x'"}), [("steps.0.when", "unknown_step")]),
        (body({**DO, "when": "size(steps) > 1"}), [("steps.0.when", "unclear_step")]),
        (body(DO, output="${steps.b.output}"), [("output", "unknown_step")]),
        (body({**DO, "map": {"over": "[1]", "as": "steps"}}), [("steps.0.map.as", "reserved")]),
        (body({**DO, "retry": {"attempts": 0}}), [("steps.0.retry.attempts", "greater_than_equal")]),
        (body({**DO, "timeout_seconds": "5"}), [("steps.0.timeout_seconds", "float_type")]),
        (body({"id": "a", "wait": {"event": {"topics": ["NO"]}}}), [("steps.0.wait.event.topics.0", "value_error")]),
        (body({"id": "a", "wait": {"until": "tomorrow"}}), [("steps.0.wait.until", "not_a_time")]),
        (body({"id": "a", "wait": {"until": ""}}), [("steps.0.wait.until", "not_a_time")]),
        (body({"id": "a", "wait": {"until": "2030-01-31T12:00:00"}}), [("steps.0.wait.until", "not_a_time")]),
        (body({"id": "a", "wait": {"until": "0001-01-01T00:00:00+23:59"}}), [("steps.0.wait.until", "not_a_time")]),
        (body({"id": "a", "wait": {"until": "9999-12-31T23:59:59-23:59"}}), [("steps.0.wait.until", "not_a_time")]),
        (body({"id": "a", "wait": {"seconds": "5"}}), [("steps.0.wait.seconds", "not_a_number")]),
        (body({"id": "a", "wait": {"seconds": "1${input.n}"}}), [("steps.0.wait.seconds", "not_a_number")]),
        (body({"id": "a", "approval": {"role": "viewer"}}), [("steps.0.approval.role", "role_too_low")]),
        (body(DO, input_schema={"type": "nothing"}), [("input_schema", "schema_invalid")]),
        (body(DO, input_schema={"$ref": "http://example.com/"}), [("input_schema", "schema_invalid")]),
        (body(*({**DO, "id": f"s{number}"} for number in range(201))), [("steps", "too_long")]),
        (body({**DO, "input": {"x": "x" * 600_000}}), [("", "not_storable")]),
        (body({**DO, "input": {"x": "\x00"}}), [("", "not_storable")]),
    ],
)
def test_each_problem_is_told_with_its_place(given: Any, problems: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as caught:
        parse_definition(given)
    assert [(detail["field"], detail["code"]) for detail in caught.value.details] == problems


def test_several_problems_are_told_at_once() -> None:
    wrong = body({**DO, "when": "x && y"}, {**DO, "id": "b", "input": {"n": "${steps.a.output}"}}, output="${z}")
    with pytest.raises(Invalid) as caught:
        parse_definition(wrong)
    assert [detail["field"] for detail in caught.value.details] == [
        "steps.0.when",
        "steps.0.when",
        "steps.1.input.n",
        "output",
    ]


def test_times_and_numbers_that_only_a_run_can_know_are_accepted() -> None:
    waits = [{"until": "${input.at}"}, {"until": "${input.day}T12:00:00Z"}, {"until": "2030-01-31T12:00:00+01:00"}]
    waits += [{"seconds": "${input.n}"}, {"seconds": 5}]
    steps = [{"id": f"s{number}", "wait": wait} for number, wait in enumerate(waits)]
    assert len(parse_definition(body(*steps)).steps) == 5


def test_a_step_far_back_may_be_referred_to() -> None:
    steps = [DO, {**DO, "id": "b", "needs": ["a"]}, {**DO, "id": "c", "needs": ["b"], "when": "steps.a.output.n > 1"}]
    assert parse_definition(body(*steps)).ancestors["c"] == {"a", "b"}


def test_a_schema_whose_references_multiply_is_refused() -> None:
    chained = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {"type": "null"}}
    for schema in (
        {"$defs": chained, "$ref": "#/$defs/d0"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    ):
        with pytest.raises(Invalid, match="keywords"):
            parse_definition(body(DO, input_schema=schema))


def test_an_input_is_checked_field_by_field() -> None:
    schema = {
        "type": "object",
        "required": ["n"],
        "additionalProperties": False,
        "properties": {
            "n": {"type": "integer"},
            "host": {"type": "string", "pattern": "^(a+)+$"},
            "x": {"$ref": "#/$defs/x"},
        },
        "$defs": {"x": {"enum": [1, 2]}},
    }
    check_input(schema, {"n": 1, "host": "aaa", "x": 2}, workflow="w")
    with pytest.raises(Invalid) as caught:
        check_input(schema, {"n": "1", "host": "a" * 5000 + "!", "x": 3, "more": 1}, workflow="w")
    assert {detail["field"] for detail in caught.value.details} == {"input", "input.n", "input.host", "input.x"}


_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=20), st.just("${input.x}")
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
_KEYS = st.sampled_from(sorted(Step.model_fields))


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(st.sampled_from(["name", "steps", "output", "input_schema", "description"]), _VALUES),
    st.lists(st.dictionaries(_KEYS, _VALUES), max_size=3),
)
def test_whatever_comes_is_a_definition_or_invalid(more: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    for given_body in (
        more,
        {**more, "name": "w", "steps": [{"id": f"s{n}", "capability": "t.do", **s} for n, s in enumerate(steps)]},
    ):
        with contextlib.suppress(Invalid):
            parse_definition(given_body)
