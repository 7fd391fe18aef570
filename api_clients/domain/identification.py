"""How a service is told from another by what it answers: each service says so in `identification.py` beside its client.

    IDENTIFICATION = Identification(ports=(9090,), recognise=recognise)

    def recognise(ask: Ask) -> Recognised | None:
        answer = ask.get("/api/v1/status/buildinfo")
        ...

Nobody is signed in with: what is asked is what a service tells strangers, or the way in which it turns them away. A
port alone proves nothing; neither does an answer that other programs give too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Told:
    """An answer over HTTP, whatever its status; header names are lower-case, the body is cut at 64 KiB."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def document(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def value(self, *path: str) -> Any:
        """What stands at a path of keys in the JSON body; None where there is no such place."""
        found = self.document()
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


class Ask(Protocol):
    """One address that is being asked. What fails or takes too long is None or empty, never an error."""

    def get(self, path: str) -> Told | None:
        """GET a path, over HTTP or, where that is what is spoken there, HTTPS."""
        ...

    def talk(self, sent: bytes) -> bytes:
        """Send bytes over a connection of their own, and return what comes back first."""
        ...


@dataclass(frozen=True, slots=True)
class Recognised:
    """`evidence` says for people what gave it away."""

    evidence: str
    version: str = ""
    needs_login: bool = False


@dataclass(frozen=True, slots=True)
class Identification:
    """`ports` are where it is looked for; `scheme` is of its addresses where that is not http or https."""

    ports: tuple[int, ...]
    recognise: Callable[[Ask], Recognised | None]
    scheme: str = ""


def text(value: Any) -> str:
    """A version as services write them: a short text, else nothing."""
    return value[:100] if isinstance(value, str) else ""
