"""The base of a simulated HTTP service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api_clients.simulation.simulator import Simulator

if TYPE_CHECKING:
    from api_clients.simulation.websocket import WebSocket


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the service sees it; header names are lower-case, a parameter may come more than once."""

    method: str
    path: str
    params: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """`chunks` is a body without an end of its own, sent piece by piece until it ends, the client leaves (it is closed
    then) or the server stops; an empty piece only asks whether the client is still there. `converse` takes over the
    connection as a WebSocket where the request asked for one. Both over a socket only.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Callable[[], Iterator[bytes]] | None = None
    converse: Callable[[WebSocket], None] | None = None


def json_answer(document: Any, *, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


class HttpSimulator(Simulator[Received]):
    """Override `answer`, and `admits` where the service wants credentials.

    Clients of other wires speak in HTTP's words too, so this simulates them in process as well.
    """

    def answer(self, received: Received) -> Answer:
        raise NotImplementedError

    def admits(self, received: Received) -> bool:
        return True

    def respond(self, received: Received) -> Answer:
        """Answer as a well service would."""
        if not self.admits(received):
            return json_answer({"message": "unauthorized"}, status=401)
        return self.answer(received)
