"""The functions of expressions; `x.f(y)` is `f(x, y)`. Each pays for what it walks through or makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from common.domain.workflows.language.errors import ExpressionFailed
from common.domain.workflows.language.values import MAX_TEXT, Budget, checked_number, equal, is_number, kind

MAX_PATTERN = 100
MAX_MATCHED = 10_000
MATCH_STEPS = 10_000  # for each 1,000 characters


@dataclass(frozen=True, slots=True)
class Function:
    usage: str
    fewest: int
    most: int
    call: Callable[[Budget, list[Any]], Any]


def _text(value: Any, function: str) -> str:
    if not isinstance(value, str):
        raise ExpressionFailed(f"{function} needs a text, not a {kind(value)}")
    return value


def _list(value: Any, function: str) -> list[Any]:
    if kind(value) != "list":
        raise ExpressionFailed(f"{function} needs a list, not a {kind(value)}")
    return list(value)


def _size(budget: Budget, arguments: list[Any]) -> int:
    value = arguments[0]
    if isinstance(value, str | Mapping) or kind(value) == "list":
        return len(value)
    raise ExpressionFailed(f"size needs a text, a list or a map, not a {kind(value)}")


def _string(budget: Budget, arguments: list[Any]) -> str:
    value = arguments[0]
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value)
    raise ExpressionFailed(f"string needs a text, a number or a truth value, not a {kind(value)}")


def _number(name: str, spelled: re.Pattern[str], convert: Callable[[Any], Any]) -> Callable[[Budget, list[Any]], Any]:
    def call(budget: Budget, arguments: list[Any]) -> Any:
        value = arguments[0]
        if isinstance(value, str) and (len(value) > 100 or not spelled.fullmatch(value)):
            raise ExpressionFailed(f"{name}: {value[:40]!r} is no number")
        if not isinstance(value, str) and not is_number(value):
            raise ExpressionFailed(f"{name} needs a number or a text, not a {kind(value)}")
        try:
            return checked_number(convert(value))
        except OverflowError:
            raise ExpressionFailed("the result is too large") from None

    return call


def _bool(budget: Budget, arguments: list[Any]) -> bool:
    value = arguments[0]
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ExpressionFailed('bool needs a truth value, "true" or "false"')


def _of_texts(name: str, work: Callable[..., Any]) -> Callable[[Budget, list[Any]], Any]:
    """A function of texts that makes nothing longer than they are."""

    def call(budget: Budget, arguments: list[Any]) -> Any:
        texts = [_text(argument, name) for argument in arguments]
        budget.pay_for_text(len(texts[0]))
        return work(*texts)

    return call


def _replace(budget: Budget, arguments: list[Any]) -> str:
    text, old, new = (_text(argument, "replace") for argument in arguments)
    budget.pay_for_text(len(text))
    count = text.count(old)
    budget.pay_for_text(len(text) + count * (len(new) - len(old)))
    return text.replace(old, new)


def _split(budget: Budget, arguments: list[Any]) -> list[str]:
    text, separator = (_text(argument, "split") for argument in arguments)
    budget.pay_for_text(len(text))
    budget.pay(text.count(separator))
    return text.split(separator) if separator else list(text)


def _join(budget: Budget, arguments: list[Any]) -> str:
    entries = _list(arguments[0], "join")
    separator = _text(arguments[1], "join") if len(arguments) == 2 else ""
    budget.pay(len(entries))
    texts = [_text(entry, "join") for entry in entries]
    budget.pay_for_text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _substring(budget: Budget, arguments: list[Any]) -> str:
    text = _text(arguments[0], "substring")
    places = [place for place in arguments[1:] if isinstance(place, int) and not isinstance(place, bool)]
    start, end = (*places, len(text))[:2] if places else (-1, 0)
    if len(places) != len(arguments) - 1 or not 0 <= start <= end <= len(text):
        raise ExpressionFailed(f"substring: the text has {len(text)} characters; give places from 0 to that")
    budget.pay_for_text(end - start)
    return text[start:end]


def _distinct(budget: Budget, arguments: list[Any]) -> list[Any]:
    made: list[Any] = []
    seen: set[str | int] = set()
    others: list[Any] = []
    for entry in _list(arguments[0], "distinct"):
        budget.pay()
        simple = isinstance(entry, str | int) and not isinstance(entry, bool)
        if simple and entry not in seen and not any(equal(entry, one, budget) for one in others):
            seen.add(entry)
            made.append(entry)
        elif not simple and not any(equal(entry, one, budget) for one in made):
            others.append(entry)
            made.append(entry)
    return made


def _flatten(budget: Budget, arguments: list[Any]) -> list[Any]:
    made: list[Any] = []
    for entry in _list(arguments[0], "flatten"):
        inner = list(entry) if kind(entry) == "list" else [entry]
        budget.pay(1 + len(inner))
        made.extend(inner)
    return made


def _numbers(budget: Budget, arguments: list[Any], name: str) -> list[Any]:
    entries = _list(arguments[0], name) if len(arguments) == 1 else arguments
    budget.pay(len(entries))
    if not all(is_number(entry) for entry in entries):
        raise ExpressionFailed(f"{name} needs numbers")
    return entries


def _extreme(name: str, choose: Callable[[list[Any]], Any]) -> Callable[[Budget, list[Any]], Any]:
    def call(budget: Budget, arguments: list[Any]) -> Any:
        numbers = _numbers(budget, arguments, name)
        if not numbers:
            raise ExpressionFailed(f"{name}: the list is empty")
        return choose(numbers)

    return call


def _sort(budget: Budget, arguments: list[Any]) -> list[Any]:
    entries = _list(arguments[0], "sort")
    budget.pay(4 * len(entries))
    if all(is_number(entry) for entry in entries) or all(isinstance(entry, str) for entry in entries):
        budget.pay_for_text(min(sum(len(entry) for entry in entries if isinstance(entry, str)), MAX_TEXT))
        return sorted(entries)
    raise ExpressionFailed("sort needs a list of numbers or a list of texts")


# RE2 is linear in the text whatever the pattern; Python's engine would take for ever with some.
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1024 * 1024


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(pattern, _OPTIONS)
    except (re2.error, UnicodeEncodeError):
        raise ExpressionFailed(f"matches: {pattern!r} is no regular expression (RE2)") from None


def _matches(budget: Budget, arguments: list[Any]) -> bool:
    text, pattern = (_text(argument, "matches") for argument in arguments)
    if len(text) > MAX_MATCHED or len(pattern) > MAX_PATTERN:
        raise ExpressionFailed(f"matches: at most {MAX_MATCHED:,} characters and a pattern of {MAX_PATTERN}")
    budget.pay(MATCH_STEPS * (1 + len(text) // 1000))
    try:
        return _compiled(pattern).search(text) is not None
    except UnicodeEncodeError:
        raise ExpressionFailed("matches: the text holds half a surrogate pair") from None


_INT = re.compile(r"[+-]?\d+", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)

FUNCTIONS: dict[str, Function] = {
    "bool": Function("bool(x)", 1, 1, _bool),
    "contains": Function("text.contains(part)", 2, 2, _of_texts("contains", lambda text, part: part in text)),
    "distinct": Function("list.distinct()", 1, 1, _distinct),
    "double": Function("double(x)", 1, 1, _number("double", _DOUBLE, float)),
    "endsWith": Function("text.endsWith(part)", 2, 2, _of_texts("endsWith", str.endswith)),
    "flatten": Function("list.flatten()", 1, 1, _flatten),
    "int": Function("int(x)", 1, 1, _number("int", _INT, int)),
    "join": Function("list.join(separator)", 1, 2, _join),
    "lowerAscii": Function("text.lowerAscii()", 1, 1, _of_texts("lowerAscii", lambda text: _ascii(text, str.lower))),
    "matches": Function("text.matches(pattern)", 2, 2, _matches),
    "max": Function("max(list) or max(a, b)", 1, 10, _extreme("max", max)),
    "min": Function("min(list) or min(a, b)", 1, 10, _extreme("min", min)),
    "replace": Function("text.replace(old, new)", 3, 3, _replace),
    "size": Function("size(x)", 1, 1, _size),
    "sort": Function("list.sort()", 1, 1, _sort),
    "split": Function("text.split(separator)", 2, 2, _split),
    "startsWith": Function("text.startsWith(part)", 2, 2, _of_texts("startsWith", str.startswith)),
    "string": Function("string(x)", 1, 1, _string),
    "substring": Function("text.substring(start, end)", 2, 3, _substring),
    "sum": Function("sum(list)", 1, 1, lambda budget, given: checked_number(sum(_numbers(budget, given, "sum")))),
    "trim": Function("text.trim()", 1, 1, _of_texts("trim", str.strip)),
    "type": Function("type(x)", 1, 1, lambda budget, given: kind(given[0])),
    "upperAscii": Function("text.upperAscii()", 1, 1, _of_texts("upperAscii", lambda text: _ascii(text, str.upper))),
}


def _ascii(text: str, change: Callable[[str], str]) -> str:
    return "".join(change(letter) if letter.isascii() else letter for letter in text)
