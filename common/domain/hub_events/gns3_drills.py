"""Fault drills in labs. What a drill does to a node or link is told by GNS3's own events as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.domain.events import Event, Priority

SOURCE = "gns3"


class _DrillEvent(Event):
    drill_id: int
    server: str
    project_id: str
    project: str
    kind: str
    about: str  # the id of the link or node
    label: str  # the same for people

    def subject(self) -> str:
        return f"drill:{self.drill_id}"


class DrillStarted(_DrillEvent):
    """A fault was brought about on purpose; it is undone at `until`."""

    type = "drill.started"
    parameters: dict[str, Any]
    until: datetime


class DrillEnded(_DrillEvent):
    """A drill is over. `outcome`: restored, superseded (somebody changed it meanwhile, which stands), or gone."""

    type = "drill.ended"
    outcome: str
    note: str
    ended_by: str  # who ended it early; "" when its time was over

    def effective_priority(self) -> Priority:
        return "normal" if self.outcome == "restored" else "high"
