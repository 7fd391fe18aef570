"""Which function answers which address, in which space."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from api_clients.monitoring.kibana.simulator.content import Contents, State
from api_clients.simulation import Answer, Received, json_answer

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


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    handler: Handler
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)))


def dispatch(routes: Sequence[Route], state: State, received: Received) -> Answer:
    if received.method != "GET" and not received.headers.get("kbn-xsrf"):
        return refused(400, "Request must contain a kbn-xsrf header.")
    inside = SPACE.fullmatch(received.path)
    space, path = inside.groups() if inside else ("default", received.path)
    if space not in state.spaces:
        return refused(404, f"Saved object [space/{space}] not found")
    for route in routes:
        match = route.pattern.fullmatch(path)
        if match and route.method == received.method:
            ids = {name: unquote(value) for name, value in match.groupdict().items()}
            try:
                return route.handler(Call(state, state.contents(space), received, ids))
            except Refusal as refusal:
                return refusal.answer
    return refused(404, "Not Found")


def refused(status: int, message: str) -> Answer:
    return json_answer({"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}, status=status)
