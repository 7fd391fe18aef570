"""The answers of several targets as one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from api_clients.gateway.calling import Answer


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a target's list, or its whole answer where that is no list."""

    target: str
    value: Any = field(repr=False)


def merged(answers: Iterable[Answer]) -> tuple[Row, ...]:
    """Return the rows of each answer in turn; a target's own order stays."""
    return tuple(Row(answer.target, value) for answer in answers for value in _values(answer.value))


def _values(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)
