"""Which function answers which address, in which space."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from api_clients.monitoring.kibana.simulator.content import Contents, State
from api_clients.simulation import Answer, Received, json_answer, routing
from api_clients.simulation.routing import find_route

SPACE = re.compile(r"/s/([^/]+)(/.*)")
NOTHING = Answer(204)


class Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = refused(status, message)


@dataclass(frozen=True, slots=True)
class Call:
    """`held` is what the space holds that was asked about."""

    state: State
    held: Contents
    received: Received
    ids: dict[str, str]

    def param(self, name: str, default: str = "") -> str:
        return self.received.params.get(name, [default])[0]

    def is_true(self, name: str) -> bool:
        return self.param(name) == "true"


Handler = Callable[[Call], Answer]
Route = routing.Route[Handler]


def dispatch(routes: Sequence[Route], state: State, received: Received) -> Answer:
    if received.method != "GET" and not received.headers.get("kbn-xsrf"):
        return refused(400, "Request must contain a kbn-xsrf header.")
    inside = SPACE.fullmatch(received.path)
    space, path = inside.groups() if inside else ("default", received.path)
    if space not in state.spaces:
        return refused(404, f"Saved object [space/{space}] not found")
    found = find_route(routes, received.method, path)
    if found is None:
        return refused(404, "Not Found")
    handler, ids = found
    try:
        return handler(Call(state, state.contents(space), received, ids))
    except Refusal as refusal:
        return refusal.answer


def refused(status: int, message: str) -> Answer:
    return json_answer({"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}, status=status)
