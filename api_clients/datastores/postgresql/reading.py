"""Makes values of rows; raises ValueError, LookupError or TypeError at what it does not know."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from api_clients.domain.values import Response

T = TypeVar("T")


@functools.cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


@dataclass(frozen=True, slots=True)
class as_rows(Generic[T]):  # noqa: N801 # reads as a function where it is used; a class, so that two of one shape are equal
    """Read every row as a value of `shape`; more columns than it has fields do no harm."""

    shape: type[T]

    def __call__(self, response: Response) -> tuple[T, ...]:
        rows = json.loads(response.body)["rows"]
        if not isinstance(rows, list):
            raise TypeError("no rows")
        shape: Any = self.shape
        adapter = _adapter(shape)
        return tuple(adapter.validate_python(row) for row in rows)


@dataclass(frozen=True, slots=True)
class as_row(Generic[T]):  # noqa: N801
    """Read the one row that there has to be."""

    shape: type[T]

    def __call__(self, response: Response) -> T:
        (row,) = as_rows(self.shape)(response)
        return row
