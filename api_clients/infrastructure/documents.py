"""Small parts of JSON documents, read strictly: a field of the wrong kind is an error, one that is left out is empty.

What they raise makes an answer Malformed (reading.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


@dataclass(frozen=True, slots=True)
class rows(Generic[T]):  # noqa: N801 # reads as a function where it is used; a class, so that two of one shape are equal
    """Read a list with what reads one of it; Go says null for a list without anything in it."""

    read: Callable[[Any], T]

    def __call__(self, document: Any) -> tuple[T, ...]:
        if document is None:
            return ()
        if not isinstance(document, list):
            raise TypeError("not a list")
        return tuple(self.read(item) for item in document)


def needed(document: Mapping[str, Any], name: str) -> str:
    """Return a field that must be there."""
    value = document[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def text(document: Mapping[str, Any], name: str) -> str:
    """Return a field that may be left out or null, "" then."""
    return "" if document.get(name) is None else needed(document, name)


def number(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    return 0 if value is None else int(value)


def texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(str(item) for item in document.get(name) or ())


def labels(value: Any) -> Mapping[str, str]:
    return {name: str(item) for name, item in mapping(value or {}).items()}


def moment(value: Any) -> datetime | None:
    """Read RFC 3339, which has a zone; None where there is nothing."""
    if not value:
        return None
    read = datetime.fromisoformat(value)
    if read.tzinfo is None:
        raise ValueError("a time without a zone")
    return read.astimezone(UTC)
