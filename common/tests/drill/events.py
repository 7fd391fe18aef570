"""An event for tests in real processes; the module `drill` subscribes to it."""

from __future__ import annotations

from common.domain.events import Event


class DrillHappened(Event):
    """The drill was told to let something happen."""

    type = "drill.happened"
    number: int
    at: float = 0.0  # seconds since the epoch, to measure how long others take to hear of it

    def subject(self) -> str:
        return f"drill:{self.number % 10}"
