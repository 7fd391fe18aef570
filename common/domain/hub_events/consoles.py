"""Who was on which console of a lab: what an auditor asks. What was typed is not kept; it may hold passwords."""

from __future__ import annotations

from typing import Literal

from common.domain.events import Event

SOURCE = "gns3"
Over = Literal["websocket", "rest"]
Ending = Literal[
    "left",
    "idle",
    "login_ended",
    "node_stopped",
    "node_suspended",
    "node_deleted",
    "project_closed",
    "console_closed",
    "failed",
]


class _ConsoleEvent(Event):
    session: str
    project_id: str
    node_id: str
    node_name: str
    over: Over

    def subject(self) -> str:
        return f"gns3:{self.project_id}/{self.node_id}"


class ConsoleOpened(_ConsoleEvent):
    """Somebody (the actor) opened the console of a node, over a WebSocket or by a line over REST."""

    type = "console.opened"


class ConsoleClosed(_ConsoleEvent):
    """A console session ended; there is none of a hub that was killed."""

    type = "console.closed"
    reason: Ending
    seconds: float
    bytes_typed: int
    bytes_shown: int
