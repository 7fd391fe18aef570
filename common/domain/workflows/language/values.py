"""The values of expressions, which are those of JSON, and the budget that every walk through them is paid from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.domain.workflows.language.errors import ExpressionFailed

BUDGET = 100_000  # steps of one evaluation; some 50 ms
MAX_TEXT = 1024 * 1024
MAX_DEPTH = 100
CHARACTERS_FOR_A_STEP = 256
INT_MIN, INT_MAX = -(2**63), 2**63 - 1


class Budget:
    """What is left of the steps that an evaluation may take."""

    __slots__ = ("left",)

    def __init__(self, steps: int = BUDGET) -> None:
        self.left = steps

    def pay(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise ExpressionFailed("it takes too much work; let it look at less")

    def pay_for_text(self, length: int) -> None:
        """Before the text is made, so that none is made that is too long."""
        if length > MAX_TEXT:
            raise ExpressionFailed(f"it makes a text of {length:,} characters; at most {MAX_TEXT:,} are allowed")
        self.pay(1 + length // CHARACTERS_FOR_A_STEP)


def kind(value: object) -> str:
    """What CEL calls the type of a value."""
    if value is None:
        return "null_type"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "double"
    if isinstance(value, str):
        return "string"
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, Sequence):
        return "list"
    raise ExpressionFailed(f"a {type(value).__name__} is no value of JSON")


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def checked_number(value: float) -> float:
    """`value`, unless it is outside of what a 64-bit number can say."""
    if isinstance(value, int):
        if not INT_MIN <= value <= INT_MAX:
            raise ExpressionFailed("the result does not fit into 64 bits")
    elif value != value or value in (float("inf"), float("-inf")):
        raise ExpressionFailed("the result is no finite number")
    return value


def equal(left: Any, right: Any, budget: Budget, depth: int = 0) -> bool:
    """Deep equality by CEL's rules: numbers by value, everything else only with its own kind."""
    budget.pay()
    if depth > MAX_DEPTH:
        raise ExpressionFailed("a value is nested too deeply to be compared")
    if is_number(left) and is_number(right):
        return bool(left == right)
    if kind(left) != kind(right):
        return False
    if isinstance(left, str):
        budget.pay_for_text(min(len(left), len(right), MAX_TEXT))
        return bool(left == right)
    if isinstance(left, Mapping):
        return len(left) == len(right) and all(
            name in right and equal(value, right[name], budget, depth + 1) for name, value in left.items()
        )
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(
            equal(one, other, budget, depth + 1) for one, other in zip(left, right, strict=True)
        )
    return bool(left == right)


def size_of_json(value: Any, limit: int) -> int:
    """How long `value` is as JSON, roughly (escapes are not counted); counting ends once past `limit`.

    What an expression made may name one big list a million times over, so this comes before writing it out.
    """
    size, rest = 0, [(value, 0)]
    while rest and size <= limit:
        found, depth = rest.pop()
        if depth > MAX_DEPTH:
            raise ExpressionFailed(f"the result is nested more than {MAX_DEPTH} deep")
        if isinstance(found, str):
            size += len(found) + 2
        elif isinstance(found, Mapping):
            size += 2 + sum(len(str(name)) + 4 for name in found)
            rest.extend((each, depth + 1) for each in found.values())
        elif isinstance(found, list | tuple):
            size += 2 + len(found)
            rest.extend((each, depth + 1) for each in found)
        else:
            size += len(str(found))
    return size
