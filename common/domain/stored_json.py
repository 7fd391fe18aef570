"""Write JSON that may come from the database.

PostgreSQL keeps numbers by their value: 1e300, sent as a float, comes back as an integer of 301 digits, which orjson
refuses to write. Everything that has been stored is therefore written by `write`, never by orjson itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import orjson

SMALLEST, LARGEST = -(2**63), 2**64 - 1  # what orjson reads and writes as an integer


def write(value: Any, *, default: Callable[[Any], Any] | None = None, option: int = 0) -> bytes:
    """orjson.dumps, and integers of any size. Raises TypeError for what is no JSON."""
    try:
        return orjson.dumps(value, default=default, option=option)
    except TypeError as error:
        if "64-bit" not in str(error):
            raise
    return orjson.dumps(_writable(value), default=_then_writable(default), option=option)


def _then_writable(default: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    return None if default is None else lambda value: _writable(default(value))


def _writable(value: Any) -> Any:
    if isinstance(value, int) and not SMALLEST <= value <= LARGEST:
        return _number(value)
    if isinstance(value, Mapping):
        return {key: _writable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _writable(getattr(value, field.name)) for field in fields(value)}
    return value


def _number(number: int) -> float | orjson.Fragment:
    """As the float that it was sent as, else digit by digit."""
    digits = str(number)
    try:
        short = float(number)
    except OverflowError:
        return orjson.Fragment(digits)
    return short if Decimal(repr(short)) == number else orjson.Fragment(digits)
