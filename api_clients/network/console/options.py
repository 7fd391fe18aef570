"""The limits of a session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: to connect, for a prompt, for one command, and for the session altogether."""

    connect_seconds: float = 3.0
    arrival_seconds: float = 10.0
    command_seconds: float = 10.0
    deadline_seconds: float = 25.0

    def __post_init__(self) -> None:
        if min(self.connect_seconds, self.arrival_seconds, self.command_seconds, self.deadline_seconds) <= 0:
            raise ValueError("time limits are positive seconds")
