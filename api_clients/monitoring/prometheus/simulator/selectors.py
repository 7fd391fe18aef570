"""Series selectors, `name{label="value", other=~"a.*"}`, the part of PromQL that the simulator understands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

SELECTOR = re.compile(r"\s*([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?\s*(?:\[\d+(?:ms|[smhdwy])\])?\s*", re.DOTALL)
MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
BRACKETS = {")": "(", "]": "[", "}": "{"}
Matches = Callable[[Mapping[str, str]], bool]


def parse(selector: str) -> Matches | None:
    """Return a test of label sets, or None for what is no selector."""
    found = SELECTOR.fullmatch(selector)
    if not found or not (found[1] or found[2]):
        return None
    wanted = [("__name__", "=", found[1])] if found[1] else []
    inside, at = found[2] or "", 0
    while at < len(inside):
        matcher = MATCHER.match(inside, at)
        if not matcher:
            return None
        wanted.append((matcher[1], matcher[2], re.sub(r"\\(.)", r"\1", matcher[3])))
        at = matcher.end()
    return lambda labels: all(_fits(labels.get(name, ""), how, value) for name, how, value in wanted)


def is_balanced(expression: str) -> bool:
    """Whether every bracket is closed, the least that a query must be to be parsed."""
    open_ones: list[str] = []
    for character in re.sub(r'"(?:[^"\\]|\\.)*"', "", expression):
        if character in BRACKETS.values():
            open_ones.append(character)
        elif character in BRACKETS and (not open_ones or open_ones.pop() != BRACKETS[character]):
            return False
    return not open_ones and expression.strip() != ""


def _fits(actual: str, how: str, value: str) -> bool:
    fits = re.fullmatch(value, actual) is not None if "~" in how else actual == value
    return fits != how.startswith("!")
