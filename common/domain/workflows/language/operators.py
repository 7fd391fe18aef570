"""What the operators of expressions do, and to which kinds of values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from common.domain.workflows.language.errors import ExpressionFailed
from common.domain.workflows.language.values import Budget, checked_number, equal, is_number, kind


def boolean(value: Any, operator: str) -> bool:
    if not isinstance(value, bool):
        raise ExpressionFailed(f"{operator} needs true or false, not a {kind(value)}")
    return value


def _add(budget: Budget, left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        budget.pay_for_text(len(left) + len(right))
        return left + right
    if kind(left) == kind(right) == "list":
        budget.pay(len(left) + len(right))
        return [*left, *right]
    return checked_number(_numbers("+", left, right, lambda one, other: one + other))


def _numbers(operator: str, left: Any, right: Any, work: Callable[[Any, Any], Any]) -> Any:
    if not (is_number(left) and is_number(right)):
        raise ExpressionFailed(
            f"{kind(left)} {operator} {kind(right)} is not defined; string(x) makes a text of a number"
        )
    try:
        return work(left, right)
    except ZeroDivisionError:
        raise ExpressionFailed("division by zero") from None
    except OverflowError:
        raise ExpressionFailed("the result is too large") from None


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        return math.fmod(left, right) if right else left % right
    return left - right * _divide(left, right)


def _arithmetic(operator: str, work: Callable[[Any, Any], Any]) -> Callable[[Budget, Any, Any], Any]:
    return lambda budget, left, right: checked_number(_numbers(operator, left, right, work))


def _ordered(operator: str, work: Callable[[Any, Any], bool]) -> Callable[[Budget, Any, Any], Any]:
    def compare(budget: Budget, left: Any, right: Any) -> bool:
        texts = isinstance(left, str) and isinstance(right, str)
        if not texts and not (is_number(left) and is_number(right)):
            raise ExpressionFailed(f"{kind(left)} {operator} {kind(right)} is not defined")
        if texts:
            budget.pay_for_text(min(len(left), len(right)))
        return work(left, right)

    return compare


def _contains(budget: Budget, entry: Any, container: Any) -> bool:
    if isinstance(container, Mapping):
        return isinstance(entry, str) and entry in container
    if kind(container) != "list":
        raise ExpressionFailed(f"in needs a list or a map at its right, not a {kind(container)}")
    return any(equal(entry, other, budget) for other in container)


OPERATORS: dict[str, Callable[[Budget, Any, Any], Any]] = {
    "+": _add,
    "-": _arithmetic("-", lambda left, right: left - right),
    "*": _arithmetic("*", lambda left, right: left * right),
    "/": _arithmetic("/", _divide),
    "%": _arithmetic("%", _remainder),
    "==": lambda budget, left, right: equal(left, right, budget),
    "!=": lambda budget, left, right: not equal(left, right, budget),
    "<": _ordered("<", lambda left, right: left < right),
    "<=": _ordered("<=", lambda left, right: left <= right),
    ">": _ordered(">", lambda left, right: left > right),
    ">=": _ordered(">=", lambda left, right: left >= right),
    "in": _contains,
}
