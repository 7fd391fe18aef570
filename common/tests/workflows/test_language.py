"""Expressions: what they mean, that wrong ones say why, and that none runs away."""

from __future__ import annotations

import time
from typing import Any

import cel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.domain.workflows.expressions import (
    Expression,
    ExpressionFailed,
    ExpressionInvalid,
    compile_expression,
    compile_template,
)

NAMES: dict[str, Any] = {
    "input": {"n": 3, "f": 2.5, "s": "abc", "l": [1, 2, 3], "d": {"x": "y"}, "none": None, "yes": True, "e": []},
}
# Of any evaluation, in this thread's share of a busy processor; what runs away takes minutes, or all memory.
SLOWEST_SECONDS = 10.0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - 4 / 2", 5),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("input.n + 1.5", 4.5),
        ("'a' + \"b\" + r'\\n'", "ab\\n"),
        ("'\\u00e9\\x41\\t'", "éA\t"),
        ("[1, 2] + [3]", [1, 2, 3]),
        ("{'a': 1, 'b': [true, null]}", {"a": 1, "b": [True, None]}),
        ("input['s'] == 'abc' && input.l[0] == 1", True),
        ("1 == 1.0 && !(1 == '1') && !(true == 1)", True),
        ("input.n in input.l && 'x' in input.d && !('n' in input.d)", True),
        ("has(input.n) && !has(input.m)", True),
        ("input.yes ? 'a' : 1 / 0", "a"),
        ("input.m.x == 1 || true", True),
        ("true || input.m.x == 1", True),
        ("false && input.m.x == 1", False),
        ("input.l.map(x, x * 2).filter(x, x > 2)", [4, 6]),
        ("input.l.map(x, x > 1, x * 10)", [20, 30]),
        ("input.l.all(x, x > 0) && input.l.exists(x, x == 2) && input.l.exists_one(x, x == 3)", True),
        ("input.d.map(k, input.d[k])", ["y"]),
        ("size(input.s) + input.l.size() + size(input.d)", 7),
        ("string(1) + string(2.5) + string(2.0) + string(true)", "12.52true"),
        ("int('42') + int(2.9)", 44),
        ("double('1.5')", 1.5),
        ("type(input.none) + type(input.l)", "null_typelist"),
        ("input.s.startsWith('a') && input.s.endsWith('c') && input.s.contains('b')", True),
        ("'10.0.0.1'.matches('^10\\\\.[0-9.]{1,11}$')", True),
        ("' Ab '.trim().lowerAscii() + 'x'.upperAscii()", "abX"),
        ("'a,b'.split(',').join('-')", "a-b"),
        ("'abc'.replace('b', 'xx').substring(1, 3)", "xx"),
        ("[[1], 2, [3, 4]].flatten().distinct()", [1, 2, 3, 4]),
        ("[3, 1, 2].sort()", [1, 2, 3]),
        ("max([1, 5, 2]) + min(4, 3) + sum(input.l)", 14),
        ("1 < 2.5 && 'a' < 'b' && 2 >= 2", True),
        ("0x1F + 1", 32),
        ("  ${input.n}  ", 3),
    ],
)
def test_an_expression_has_its_value(text: str, value: Any) -> None:
    found = compile_expression(text).evaluate(NAMES)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ("", "the text ends where a value was expected", 1),
        ("1 +", "the text ends where a value was expected", 4),
        ("1 1", "there is '1' where the end was expected", 3),
        ("input.", "a field's name was expected", 7),
        ("(1", "')' was expected", 3),
        ("'abc", "a text that does not end", 1),
        ("input.n = 1", "'=', which means nothing here", 9),
        ("nope(1)", "there is no function nope", 1),
        ("__import__('os')", "there is no function __import__", 1),
        ("input.l.map(1, 2)", "map is used as", 9),
        ("size(1, 2)", "size is used as size(x)", 1),
        ("has(input)", "has() asks for a field", 1),
        ("99999999999999999999", "does not fit into 64 bits", 1),
        ("1u", "'1u' is no number", 1),
        ("'\\q'", "is no escape", 1),
        ("'\\u0000'", "is no character", 1),
        ("in", "there is 'in' where a value was expected", 1),
        ("${1} ${2}", "only one expression", 5),
        ("(" * 30 + "1" + ")" * 30, "brackets are nested more than 20 deep", 21),
        ("!" * 50 + "true", "more than 20 signs", 21),
        ("1" + "+1" * 200, "nested more than 64 deep", None),
        ("'" + "x" * 1000 + "'", "at most 1000 characters", None),
        ("input" + ".a" * 80, "nested more than 64 deep", None),
        ("[1].map(a, [1].map(b, [1].map(c, c)))", "at most 2 macros", None),
    ],
)
def test_what_is_no_expression_says_why_and_where(text: str, reason: str, column: int | None) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        compile_expression(text)
    assert reason in str(caught.value)
    assert column is None or caught.value.column == column


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("input.m", "input has no field 'm'"),
        ("input.s.m", "input.s is a string and has no field 'm'"),
        ("input.l[9]", "input.l has 3 entries and none at 9"),
        ("input.l['a']", "a string is no place in it"),
        ("nothing.x", "there is no nothing here; there are input"),
        ("1 / 0", "division by zero"),
        ("1.0 / 0.0", "division by zero"),
        ("9223372036854775807 + 1", "does not fit into 64 bits"),
        ("1e308 * 10.0", "no finite number"),
        ("1 + 'a'", "int + string is not defined"),
        ("1 < 'a'", "int < string is not defined"),
        ("!1", "! needs true or false, not a int"),
        ("1 && true", "&& needs true or false"),
        ("int('x')", "'x' is no number"),
        ("input.s.matches('(')", "no regular expression"),
        ("'a'.matches('(a{50}){50}')", "no regular expression"),
        ("[].max()", "the list is empty"),
        ("[1, 'a'].sort()", "sort needs a list of numbers or a list of texts"),
        ("input.n.map(x, x)", "map needs a list or a map, and input.n is a int"),
        ("{1: 2}", "the names of a map are texts"),
    ],
)
def test_what_cannot_be_evaluated_says_which_expression_and_why(text: str, reason: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        compile_expression(text).evaluate(NAMES)
    assert str(caught.value).startswith(text)
    assert reason in str(caught.value)


BIG = {"input": {"l": list(range(10_000)), "s": "x" * 1_000_000, "deep": None}}
BIG["input"]["deep"] = [BIG["input"]["l"]] * 1000  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "text",
    [
        "[[1]]" + ".map(x, x + x)" * 60,
        "[[1]]" + ".map(x, [x, x])" * 60,
        "['aaaaaaaa']" + ".map(x, x + x)" * 60,
        "input.l.map(a, input.l.map(b, a + b))",
        "input.l.map(a, input.l)",
        "input.deep.map(a, a == input.l)",
        "input.l.filter(a, a in input.l)",
        "input.s.replace('x', input.s)",
        "input.s.split('x')",
        "input.l.map(a, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('(a*)*b'))",
        "input.l.map(a, input.l.map(b, '" + "a" * 100 + "'.matches('[\\\\w]*[\\\\w]*[\\\\w]*[\\\\w]*[\\\\w]*x')))",
        "input.l.all(a, input.l.all(b, input.s.contains('y') || true))",
        "input.l.exists(a, 1 / 0 == 1)",
        "input.l.map(a, input.l.distinct())",
        "input.l.map(a, input.deep.flatten())",
        " + ".join(["input.s"] * 60),
        "input.l.map(a, input.l.sort())",
        "input.l.map(x, input.l.map(y, input.s)).join('')",
    ],
)
def test_an_expression_that_would_run_away_is_stopped_soon(text: str) -> None:
    began = time.thread_time()
    with pytest.raises((ExpressionFailed, ExpressionInvalid)):
        compile_expression(text).evaluate(BIG)
    assert time.thread_time() - began < SLOWEST_SECONDS


def test_a_template_names_a_list_many_times_and_is_refused_before_it_is_written_out() -> None:
    template = compile_template([["${input.l}"] * 100] * 2)
    began = time.thread_time()
    with pytest.raises(ExpressionFailed, match="larger than"):
        template.render(BIG)
    assert time.thread_time() - began < SLOWEST_SECONDS


# --- Templates ---


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        ("${input.l}", [1, 2, 3]),
        ("n=${input.n}, l=${input.l}, none=${input.none}, s=${input.s}", "n=3, l=[1, 2, 3], none=null, s=abc"),
        ("$${input.n} costs $5 {}", "${input.n} costs $5 {}"),
        ("${ {'a': '}'}.a }", "}"),
        ({"a.b": "${1}", "a": {"b": "${2}"}}, {"a.b": 1, "a": {"b": 2}}),
        (["${input.n}", {"x": ["${input.s}!"]}, 7, None, True], [3, {"x": ["abc!"]}, 7, None, True]),
        ({"plain": "text"}, {"plain": "text"}),
    ],
)
def test_a_template_is_filled_in_wherever_its_expressions_stand(value: Any, rendered: Any) -> None:
    assert compile_template(value).render(NAMES) == rendered


def test_a_template_says_which_of_its_expressions_failed() -> None:
    with pytest.raises(ExpressionFailed, match=r"^a\.0\.b: input\.m: input has no field 'm'$"):
        compile_template({"a": [{"b": "x${input.m}"}]}).render(NAMES)


@pytest.mark.parametrize("text", ["${", "${}", "a ${1", "${'}", "${1 2}"])
def test_a_template_with_a_broken_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        compile_template({"a": text})


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("steps.a.output.x + steps['b'].error", {"a", "b"}),
        ("steps == 1", {None}),
        ("[steps.a, steps]", {"a", None}),
        ("input.steps.a", set()),
        ("[1].map(steps, steps.a)", {"a"}),  # bound, yet read as the run's: the careful side
    ],
)
def test_an_expression_tells_which_steps_it_takes_results_of(text: str, steps: set[str | None]) -> None:
    assert set(compile_expression(text).steps()) == steps


# --- Whatever comes ---

_PIECES = st.sampled_from(
    [
        "1",
        "2.5",
        "'a'",
        "true",
        "null",
        "input",
        "steps",
        "input.l",
        "input.s",
        ".map(",
        ".filter(",
        ".exists(",
        "x",
        ",",
        ")",
        "(",
        "[",
        "]",
        "{",
        "}",
        ":",
        "?",
        "&&",
        "||",
        "==",
        "!=",
        "<",
        ">",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "in",
        ".size()",
        "size(",
        "has(",
        ".",
        ".join(",
        "${",
        "}",
        ".matches(",
        ".sort()",
        ".flatten()",
        ".replace(",
        "'x'",
        "\\",
        '"',
        "'",
        "é",
        "0x",
        "1e9",
        "_",
        "$",
    ]
)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.text(max_size=200), st.lists(_PIECES, max_size=60).map("".join), st.lists(_PIECES, max_size=60).map(" ".join)
    )
)
def test_no_text_crashes_or_hangs(text: str) -> None:
    began = time.thread_time()
    for compile_ in (compile_expression, lambda text: compile_template({"a": text})):
        try:
            compiled = compile_(text)
        except ExpressionInvalid:
            continue
        try:
            compiled.evaluate(BIG) if isinstance(compiled, Expression) else compiled.render(BIG)
        except ExpressionFailed:
            continue
    assert time.thread_time() - began < SLOWEST_SECONDS


_NUMBERS = st.integers(-(10**6), 10**6)


def _expressions() -> st.SearchStrategy[str]:
    ints = st.deferred(
        lambda: st.one_of(
            _NUMBERS.map(lambda n: str(n) if n >= 0 else f"({n})"),
            st.sampled_from(["input.n", "input.l[1]", "size(input.s)", "size(lists)", "int('7')"]).map(
                lambda text: text.replace("lists", "input.l")
            ),
            st.tuples(ints, st.sampled_from("+-*/%"), ints).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(bools, ints, ints).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
        )
    )
    texts = st.deferred(
        lambda: st.one_of(
            st.text("ab'\\é", max_size=4).map(lambda s: "'" + s.replace("\\", "\\\\").replace("'", "\\'") + "'"),
            st.just("input.s"),
            ints.map(lambda n: f"string({n})"),
            st.tuples(texts, texts).map(lambda t: f"({t[0]} + {t[1]})"),
        )
    )
    lists = st.deferred(
        lambda: st.one_of(
            st.just("input.l"),
            st.lists(ints, max_size=3).map(lambda made: f"[{', '.join(made)}]"),
            st.tuples(lists, ints).map(lambda t: f"{t[0]}.map(x, x + {t[1]})"),
            st.tuples(lists, ints).map(lambda t: f"{t[0]}.filter(x, x > {t[1]})"),
            st.tuples(lists, lists).map(lambda t: f"({t[0]} + {t[1]})"),
        )
    )
    bools = st.deferred(
        lambda: st.one_of(
            st.sampled_from(["true", "false", "has(input.m)", "has(input.n)", "input.m.x", "('x' in input.d)"]),
            st.tuples(ints, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), ints).map(
                lambda t: f"({t[0]} {t[1]} {t[2]})"
            ),
            st.tuples(texts, st.sampled_from(["==", "<", "!="]), texts).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(lists, st.sampled_from(["==", "!="]), lists).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(ints, lists).map(lambda t: f"({t[0]} in {t[1]})"),
            st.tuples(bools, st.sampled_from(["&&", "||"]), bools).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            bools.map(lambda b: f"!{b}"),
            st.tuples(texts, st.sampled_from(["contains", "startsWith", "endsWith"]), texts).map(
                lambda t: f"{t[0]}.{t[1]}({t[2]})"
            ),
            st.tuples(lists, st.sampled_from(["all", "exists", "exists_one"]), ints).map(
                lambda t: f"{t[0]}.{t[1]}(x, x > {t[2]})"
            ),
        )
    )
    return st.one_of(ints, texts, lists, bools)


FAILED = object()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(_expressions())
def test_expressions_mean_what_the_cel_library_says(text: str) -> None:
    try:
        ours: Any = compile_expression(text).evaluate(NAMES)
    except ExpressionInvalid:
        return  # longer or deeper than is allowed
    except ExpressionFailed:
        ours = FAILED
    try:
        theirs: Any = cel.compile(text).execute(NAMES)
    except Exception:
        theirs = FAILED
    assert (ours, type(ours)) == (theirs, type(theirs)), text
