"""Which function answers which address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from api_clients.monitoring.grafana.simulator.state import State
from api_clients.simulation import Answer, Received, json_answer, routing
from api_clients.simulation.routing import find_route


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

    def page(self, rows: Sequence[Any], *, size_name: str, size: int, first: int = 1) -> list[Any]:
        size = int(self.param(size_name, str(size)))
        start = (int(self.param("page", str(first))) - first) * size
        return list(rows[start : start + size])

    def body(self, *required: str) -> dict[str, Any]:
        """Return the body. Raises Refusal where a field is lacking."""
        document: dict[str, Any] = self.received.json()
        lacking = [name for name in required if name not in document]
        if lacking:
            raise Refusal(400, f"bad request data: {', '.join(lacking)} is required")
        return document


Handler = Callable[[Call], Answer]
Route = routing.Route[Handler]


def dispatch(routes: Sequence[Route], state: State, received: Received) -> Answer:
    found = find_route(routes, received.method, received.path)
    if found is None:
        return json_answer({"message": "Not found"}, status=404)
    handler, ids = found
    try:
        return handler(Call(state, received, ids))
    except Refusal as refusal:
        return refusal.answer


def said(message: str, *, status: int = 200) -> Answer:
    return json_answer({"message": message}, status=status)
