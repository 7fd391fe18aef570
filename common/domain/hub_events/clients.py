"""What was done to services through the gateway: what an auditor asks."""

from __future__ import annotations

from typing import Any, Literal

from common.domain.events import Event

SOURCE = "gateway"
Over = Literal["rest", "command"]


class ClientActionTaken(Event):
    """Somebody (the actor) asked a service to do something, and how it ended. Arguments that may hold a secret are
    there by name alone; `code` and `message` are those of the error that REST answered.
    """

    type = "client.action_taken"
    service: str
    operation: str
    target: str
    role: str
    arguments: dict[str, Any]
    outcome: Literal["done", "failed"]
    code: str
    message: str
    seconds: float
    over: Over

    def subject(self) -> str:
        return f"service:{self.service}/{self.target}"
