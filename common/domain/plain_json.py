"""JSON as it comes from elsewhere, which may say what cannot be stored or not be told on."""

from __future__ import annotations

from math import isfinite
from typing import Any

SMALLEST, LARGEST = -(2**63), 2**64 - 1


def json_problem(document: Any) -> str | None:
    """What is in it that no one after us could read or keep, or None. Without recursion: it may be deep."""
    rest = [document]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            rest.extend(value)
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
        elif problem := _problem(value):
            return problem
    return None


def _problem(value: Any) -> str | None:
    if isinstance(value, str):
        return "a text with a NUL character" if "\0" in value else None
    if isinstance(value, float):
        return None if isfinite(value) else "a number that is infinite or none (NaN)"
    if isinstance(value, int) and not SMALLEST <= value <= LARGEST:
        return "an integer of more than 64 bits"
    return None
