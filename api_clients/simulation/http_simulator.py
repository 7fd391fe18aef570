"""The base of a simulated HTTP service."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from api_clients.simulation.faults import Fault

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


class HttpSimulator:
    """Override `answer`, and `admits` where the service wants credentials. `received` remembers every request."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._fault: Fault | None = None
        self._lock = threading.Lock()

    def answer(self, received: Received) -> Answer:
        raise NotImplementedError

    def admits(self, received: Received) -> bool:
        return True

    def inject(self, fault: Fault) -> None:
        """Fail in this way from now on, instead of any fault before."""
        with self._lock:
            self._fault = fault

    def clear(self) -> None:
        with self._lock:
            self._fault = None

    def take(self, received: Received) -> Fault | None:
        """Note a request and return the fault it meets."""
        with self._lock:
            self.received.append(received)
            fault = self._fault
            if fault is not None and fault.times is not None:
                self._fault = replace(fault, times=fault.times - 1) if fault.times > 1 else None
            return fault

    def respond(self, received: Received) -> Answer:
        """Answer as a well service would."""
        if not self.admits(received):
            return json_answer({"message": "unauthorized"}, status=401)
        return self.answer(received)
