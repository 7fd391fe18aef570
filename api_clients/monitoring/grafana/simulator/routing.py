"""Which function answers which address."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from api_clients.monitoring.grafana.simulator.state import State
from api_clients.simulation import Answer, Received, json_answer


class Refusal(Exception):
    """`word` is Grafana's own for the reason, where it has one."""

    def __init__(self, status: int, message: str, *, word: str = "") -> None:
        super().__init__(message)
        self.answer = json_answer({"message": message, **({"status": word} if word else {})}, status=status)


@dataclass(frozen=True, slots=True)
class Call:
    state: State
    received: Received
    ids: dict[str, str]

    def param(self, name: str, default: str = "") -> str:
        return self.received.params.get(name, [default])[0]

    def page(self, rows: Sequence[Any], *, size_name: str, size: int) -> list[Any]:
        size = int(self.param(size_name, str(size)))
        start = (int(self.param("page", "1")) - 1) * size
        return list(rows[start : start + size])

    def body(self, *required: str) -> dict[str, Any]:
        """Return the body. Raises Refusal where a field is lacking."""
        document: dict[str, Any] = self.received.json()
        lacking = [name for name in required if name not in document]
        if lacking:
            raise Refusal(400, f"bad request data: {', '.join(lacking)} is required")
        return document


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    handler: Handler
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)))


def dispatch(routes: Sequence[Route], state: State, received: Received) -> Answer:
    for route in routes:
        match = route.pattern.fullmatch(received.path)
        if match and route.method == received.method:
            ids = {name: unquote(value) for name, value in match.groupdict().items()}
            try:
                return route.handler(Call(state, received, ids))
            except Refusal as refusal:
                return refusal.answer
    return json_answer({"message": "Not found"}, status=404)


def said(message: str, *, status: int = 200) -> Answer:
    return json_answer({"message": message}, status=status)
