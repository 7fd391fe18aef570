"""Which function of a simulator answers which address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

Handler = TypeVar("Handler")


@dataclass(frozen=True)  # a frozen one with slots cannot be called as Route[...](...)
class Route(Generic[Handler]):
    """`{name}` in the path stands for one segment, `{name:path}` for any number of them."""

    method: str
    path: str
    handler: Handler
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        text = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", self.path)
        text = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text)
        object.__setattr__(self, "pattern", re.compile(text))

    def match(self, path: str) -> dict[str, str] | None:
        """Return what stands in the places of the path, decoded; None where the path is another."""
        found = self.pattern.fullmatch(path)
        return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


def find_route(routes: Sequence[Route[Handler]], method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    for route in routes:
        if route.method == method and (ids := route.match(path)) is not None:
            return route.handler, ids
    return None
