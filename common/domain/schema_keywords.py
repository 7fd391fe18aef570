"""The keywords of JSON Schema as a validator that ends soon: the library's, each watching the time, some done anew.

Anew are those that take quadratic or exponential time or much memory for values that somebody chose: regular
expressions by RE2, lists compared by keys instead of each with each, branches without collecting what is wrong in them,
messages without the whole value in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import lru_cache
from typing import Any

import attrs
import orjson
import re2
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from common.domain import stored_json

MAX_SECONDS = 2.0  # of the processor, for one value
MAX_PATTERN = 1_000
MAX_MATCHED = 10_000
MAX_MESSAGE = 300
_SHOWN = 80

Problems = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 64 * 1024  # bounds the program of a pattern, and with it the time for each character
_ends_at: ContextVar[float] = ContextVar("schema_check_ends_at", default=float("inf"))


class TooMuchWork(Exception):
    """Checking the value took too long."""


@contextmanager
def limited_time() -> Iterator[None]:
    """What is checked inside raises TooMuchWork after MAX_SECONDS of work; waiting for others does not count."""
    token = _ends_at.set(time.thread_time() + MAX_SECONDS)
    try:
        yield
    finally:
        _ends_at.reset(token)


def pattern_problem(pattern: str) -> str | None:
    """What keeps a regular expression from being used, or None."""
    if len(pattern) > MAX_PATTERN:
        return f"a pattern has at most {MAX_PATTERN:,} characters"
    try:
        _compiled(pattern)
    except (re2.error, UnicodeEncodeError):
        return (
            f"{pattern[:_SHOWN]!r} is no regular expression of RE2, or too large a one"
            " (it knows neither look-around nor back-references)"
        )
    return None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern, _OPTIONS)


def _go_on() -> None:
    if time.thread_time() > _ends_at.get():
        raise TooMuchWork(f"checking it against its schema takes more than {MAX_SECONDS:g} s; make one of them simpler")


def _watched(keyword: Keyword) -> Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Problems:
        _go_on()
        for error in keyword(validator, value, instance, schema) or ():
            error.message = error.message[:MAX_MESSAGE]  # the library's hold the whole value
            yield error
            _go_on()

    return check


def _shown(value: Any) -> str:
    """The beginning of the value, without making a text of the whole."""
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        return f"an object of {len(value):,} fields"
    return f"{value[:_SHOWN]!r}" if isinstance(value, str) else f"{value!r:.80}"


def _matches(pattern: str, text: str) -> bool:
    """Raises ValueError for what cannot be matched."""
    _go_on()
    if len(text) > MAX_MATCHED:
        raise ValueError(f"a text of {len(text):,} characters; patterns are matched with {MAX_MATCHED:,} at most")
    if problem := pattern_problem(pattern):
        raise ValueError(problem)
    try:
        return _compiled(pattern).search(text) is not None
    except UnicodeEncodeError:
        raise ValueError("the text holds half a surrogate pair") from None


def _pattern(validator: Any, pattern: Any, instance: Any, schema: Any) -> Problems:
    if not isinstance(instance, str):
        return
    try:
        if not _matches(pattern, instance):
            yield ValidationError(f"{_shown(instance)} does not match {pattern[:_SHOWN]!r}")
    except ValueError as error:
        yield ValidationError(str(error))


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Problems:
    if not isinstance(instance, dict):
        return
    for pattern, inner in patterns.items():
        for name, value in instance.items():
            try:
                matched = _matches(pattern, name)
            except ValueError as error:
                yield ValidationError(str(error))
                return
            if matched:
                yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, inner: Any, instance: Any, schema: Any) -> Problems:
    if not isinstance(instance, dict):
        return
    named, patterns = schema.get("properties", {}), tuple(schema.get("patternProperties", {}))
    extras = (name for name in instance if name not in named and not _matches_any(patterns, name))
    if inner is False:
        first = [name for name, _ in zip(extras, range(5), strict=False)]
        if first:
            yield ValidationError(f"Additional properties are not allowed: {', '.join(map(_shown, first))}")
        return
    for name in extras:
        _go_on()
        yield from validator.descend(instance[name], inner, path=name)


def _matches_any(patterns: tuple[str, ...], name: str) -> bool:
    try:
        return any(_matches(pattern, name) for pattern in patterns)
    except ValueError:
        return True  # patternProperties tells what is wrong


def _property_names(validator: Any, inner: Any, instance: Any, schema: Any) -> Problems:
    for name in instance if isinstance(instance, dict) else ():
        _go_on()
        yield from validator.descend(name, inner)


def _items(validator: Any, inner: Any, instance: Any, schema: Any) -> Problems:
    first = len(schema.get("prefixItems", ()))
    if not isinstance(instance, list) or len(instance) <= first or inner is True:
        return
    if inner is False:
        yield ValidationError(f"Expected at most {first} items, found {len(instance):,}")
        return
    for index in range(first, len(instance)):
        _go_on()
        yield from validator.descend(instance[index], inner, path=index)


def _contains(validator: Any, inner: Any, instance: Any, schema: Any) -> Problems:
    if not isinstance(instance, list):
        return
    fewest, most = schema.get("minContains", 1), schema.get("maxContains", len(instance))
    matching, count = validator.evolve(schema=inner), 0
    for entry in instance:
        _go_on()
        count += matching.is_valid(entry)
        if count > most:
            yield ValidationError(f"More than {most} entries are what it should contain", validator="maxContains")
            return
    if count < fewest:
        yield ValidationError(f"{count} entries are what it should contain; at least {fewest} must be")


def _any_of(validator: Any, branches: Any, instance: Any, schema: Any) -> Problems:
    if not any(validator.evolve(schema=branch).is_valid(instance) for branch in branches):
        yield ValidationError(f"{_shown(instance)} is not valid under any of the given schemas")


def _one_of(validator: Any, branches: Any, instance: Any, schema: Any) -> Problems:
    valid = sum(validator.evolve(schema=branch).is_valid(instance) for branch in branches)
    if valid == 0:
        yield ValidationError(f"{_shown(instance)} is not valid under any of the given schemas")
    elif valid > 1:
        yield ValidationError(f"{_shown(instance)} is valid under {valid} of the given schemas, and must be under one")


def _not(validator: Any, refused: Any, instance: Any, schema: Any) -> Problems:
    if validator.evolve(schema=refused).is_valid(instance):
        yield ValidationError(f"{_shown(instance)} should not be valid under the given schema")


def _type(validator: Any, types: Any, instance: Any, schema: Any) -> Problems:
    names = [types] if isinstance(types, str) else types
    if not any(validator.is_type(instance, name) for name in names):
        yield ValidationError(f"{_shown(instance)} is not of type {', '.join(map(repr, names))}")


def _const(validator: Any, expected: Any, instance: Any, schema: Any) -> Problems:
    if _key(expected) != _key(instance):
        yield ValidationError(f"{_shown(expected)} was expected")


def _enum(validator: Any, choices: Any, instance: Any, schema: Any) -> Problems:
    if _key(instance) not in _keys(stored_json.write(choices)):
        shown = ", ".join(_shown(choice) for choice in choices[:10])
        yield ValidationError(f"{_shown(instance)} is not one of {shown}{', ...' if len(choices) > 10 else ''}")


def _unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Problems:
    if not wanted or not isinstance(instance, list):
        return
    seen = set()
    for entry in instance:
        key = _key(entry)
        if key in seen:
            yield ValidationError(f"The list has non-unique elements: {_shown(entry)} is there twice")
            return
        seen.add(key)


def _multiple_of(validator: Any, divisor: Any, instance: Any, schema: Any) -> Problems:
    """In decimal, as the numbers were written: 0.3 is a multiple of 0.1."""
    if validator.is_type(instance, "number") and Fraction(str(instance)) % Fraction(str(divisor)):
        yield ValidationError(f"{instance!r} is not a multiple of {divisor!r}")


@lru_cache(maxsize=256)
def _keys(choices: bytes) -> frozenset[Any]:
    return frozenset(_key(choice) for choice in orjson.loads(choices))


def _key(value: Any) -> Any:
    """The same for what JSON Schema calls equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, bool) or value is None:
        return ("", value)
    if isinstance(value, list):
        _go_on()
        return ("list", tuple(_key(entry) for entry in value))
    if isinstance(value, dict):
        _go_on()
        return ("object", frozenset((name, _key(inner)) for name, inner in value.items()))
    return value


_ANEW: dict[str, Keyword] = {
    "additionalProperties": _additional_properties,
    "anyOf": _any_of,
    "const": _const,
    "contains": _contains,
    "enum": _enum,
    "items": _items,
    "multipleOf": _multiple_of,
    "not": _not,
    "oneOf": _one_of,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "propertyNames": _property_names,
    "type": _type,
    "uniqueItems": _unique_items,
}
SchemaValidator = extend(
    Draft202012Validator,
    {name: _watched(keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, **_ANEW}.items()},
)
# The library's takes its own validator where a part of a schema says `$schema`; this one stays what it is.
SchemaValidator.evolve = attrs.evolve
META_SCHEMA = SchemaValidator(Draft202012Validator.META_SCHEMA)
