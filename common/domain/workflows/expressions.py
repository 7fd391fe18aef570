"""Expressions in definitions: bare ones (`when`), and `${...}` inside the strings of input values.

    compile_expression("size(input.targets) > 0").evaluate({"input": {"targets": []}})       -> False
    compile_template({"host": "${item.address}", "note": "by ${run.actor}"}).render(names)   -> a dict

A string that is one `${...}` and nothing else takes the value with its type; otherwise values are put into the text
(what is no text as JSON). `$${` stands for a plain `${`. Nothing here runs long or takes much memory, whatever the
expression and whatever the values: see language/values.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from common.domain.workflows.language import (
    Budget,
    ExpressionFailed,
    ExpressionInvalid,
    Node,
    Scope,
    parse,
    parse_until_brace,
)
from common.domain.workflows.language.nodes import Index, Literal, Member, Name, free_names, walk
from common.domain.workflows.language.values import size_of_json

__all__ = [
    "Expression",
    "ExpressionFailed",
    "ExpressionInvalid",
    "Template",
    "compile_expression",
    "compile_template",
    "dotted",
    "problems_of",
]

MAX_RESULT_BYTES = 1024 * 1024
Place = tuple[str | int, ...]  # the way into a JSON value
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Expression:
    text: str
    tree: Node

    def evaluate(self, names: Mapping[str, Any], *, budget: Budget | None = None) -> Any:
        """Its value, as JSON knows values; raises ExpressionFailed, which names the expression and says why."""
        try:
            value = self.tree.evaluate(Scope(names, budget or Budget()))
            _check_size(value)
        except ExpressionFailed as error:
            raise ExpressionFailed(f"{_short(self.text)}: {error}") from None
        except RecursionError:
            raise ExpressionFailed(f"{_short(self.text)}: it is nested too deeply") from None
        return value

    def test(self, names: Mapping[str, Any]) -> bool:
        """For conditions: anything but true or false fails."""
        value = self.evaluate(names)
        if not isinstance(value, bool):
            raise ExpressionFailed(f"{_short(self.text)}: a condition is true or false, and this is {value!r:.60}")
        return value

    def names(self) -> set[str]:
        """The names that it takes from outside."""
        return {name.name for name, _ in free_names(self.tree)}

    def steps(self) -> Iterator[str | None]:
        """The steps whose results it takes (`steps.ID`); None where that cannot be told (`steps` alone)."""
        bases: set[int] = set()
        for node in walk(self.tree):
            base = _step_named(node)
            if base is not None:
                bases.add(id(base[0]))
                yield base[1]
        if any(name.name == "steps" and id(name) not in bases for name, _ in free_names(self.tree)):
            yield None


def _step_named(node: Node) -> tuple[Name, str] | None:
    if isinstance(node, Member) and isinstance(node.target, Name) and node.target.name == "steps":
        return node.target, node.field
    if (
        isinstance(node, Index)
        and isinstance(node.target, Name)
        and node.target.name == "steps"
        and isinstance(node.index, Literal)
        and isinstance(node.index.value, str)
    ):
        return node.target, node.index.value
    return None


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Raises ExpressionInvalid. `${...}` around the whole is taken off, since it is easily written out of habit."""
    stripped = text.strip()
    if stripped.startswith("${"):
        tree, end = parse_until_brace(stripped, 2)
        if end != len(stripped):
            raise ExpressionInvalid("only one expression stands here; write it without ${ }", end + 1)
        return Expression(stripped[2:-1].strip(), tree)
    return Expression(stripped, parse(text))


@dataclass(frozen=True, slots=True)
class _Text:
    """A string with expressions in it, or exactly one expression."""

    parts: tuple[str | Expression, ...]

    def render(self, names: Mapping[str, Any], budget: Budget) -> Any:
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].evaluate(names, budget=budget)
        made = []
        for part in self.parts:
            text = part if isinstance(part, str) else _as_text(part.evaluate(names, budget=budget))
            budget.pay_for_text(len(text))
            made.append(text)
        return "".join(made)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Template:
    """A JSON value whose strings may hold expressions. `places` says where each of them stands."""

    value: Any
    places: tuple[tuple[Place, _Text], ...]

    def render(self, names: Mapping[str, Any]) -> Any:
        """The value with its expressions evaluated; raises ExpressionFailed, which names place and expression."""
        if not self.places:
            return self.value
        budget = Budget()
        rendered = {}
        for place, text in self.places:
            try:
                rendered[place] = text.render(names, budget)
            except ExpressionFailed as error:
                raise ExpressionFailed(f"{dotted(place)}: {error}" if place else str(error)) from None
        made = _filled(self.value, (), rendered)
        _check_size(made)
        return made

    @property
    def is_expression(self) -> bool:
        """Whether the whole value is one expression."""
        return any(
            not place and isinstance(text.parts[0], Expression) and len(text.parts) == 1 for place, text in self.places
        )

    def expressions(self) -> Iterator[tuple[str, Expression]]:
        for place, text in self.places:
            for part in text.parts:
                if isinstance(part, Expression):
                    yield dotted(place), part


def _check_size(value: Any) -> None:
    if not isinstance(value, _PLAIN) and size_of_json(value, MAX_RESULT_BYTES) > MAX_RESULT_BYTES:
        raise ExpressionFailed(f"the result is larger than {MAX_RESULT_BYTES:,} bytes")


def dotted(place: Place) -> str:
    return ".".join(map(str, place))


def _filled(value: Any, place: Place, rendered: Mapping[Place, Any]) -> Any:
    if isinstance(value, str):
        return rendered.get(place, value)
    if isinstance(value, Mapping):
        return {name: _filled(inner, (*place, name), rendered) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, (*place, index), rendered) for index, inner in enumerate(value)]
    return value


def compile_template(value: Any) -> Template:
    """Raises ExpressionInvalid for the first string that is wrong; `problems_of` tells of all."""
    places, problems = _read(value)
    for place, problem in problems:
        raise ExpressionInvalid(f"{dotted(place)}: {problem}" if place else str(problem), problem.column)
    return Template(value, tuple(places))


def problems_of(value: Any) -> list[tuple[Place, ExpressionInvalid]]:
    """What is wrong with the expressions in a value, each with its place."""
    return _read(value)[1]


def _read(value: Any) -> tuple[list[tuple[Place, _Text]], list[tuple[Place, ExpressionInvalid]]]:
    places: list[tuple[Place, _Text]] = []
    problems: list[tuple[Place, ExpressionInvalid]] = []
    for place, text in _strings(value, ()):
        if "${" not in text:
            continue
        try:
            places.append((place, _compile_text(text)))
        except ExpressionInvalid as error:
            problems.append((place, error))
    return places, problems


def _strings(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _strings(inner, (*place, name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*place, index))


@lru_cache(maxsize=4096)
def _compile_text(text: str) -> _Text:
    parts: list[str | Expression] = []
    plain, at = "", 0
    while (found := text.find("${", at)) >= 0:
        plain += text[at:found]
        if plain.endswith("$"):  # $${ stands for ${
            plain, at = plain + "{", found + 2
            continue
        tree, end = parse_until_brace(text, found + 2)
        if plain:
            parts.append(plain)
        parts.append(Expression(text[found + 2 : end - 1].strip(), tree))
        plain, at = "", end
    plain += text[at:]
    if plain or not parts:
        parts.append(plain)
    return _Text(tuple(parts))
