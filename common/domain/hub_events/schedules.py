"""What happens to schedules and triggers. That one started a run is told by the run itself (its actor and cause)."""

from __future__ import annotations

from typing import ClassVar

from common.domain.events import Event
from common.domain.topics import Priority


class _ScheduleEvent(Event):
    schedule_id: int
    name: str

    def subject(self) -> str:
        return f"schedule:{self.schedule_id}"


class ScheduleCreated(_ScheduleEvent):
    """Somebody made a schedule."""

    type = "schedule.created"
    workflow: str
    task: str
    enabled: bool


class ScheduleChanged(_ScheduleEvent):
    """Somebody changed a schedule, or switched it on or off."""

    type = "schedule.changed"
    changed: tuple[str, ...]
    enabled: bool


class ScheduleDeleted(_ScheduleEvent):
    """Somebody deleted a schedule."""

    type = "schedule.deleted"


class ScheduleFailed(_ScheduleEvent):
    """What a schedule should have started was refused; it will be tried again at its next time."""

    type = "schedule.failed"
    priority: ClassVar[Priority] = "high"
    error: str


class _TriggerEvent(Event):
    trigger_id: int
    name: str

    def subject(self) -> str:
        return f"trigger:{self.trigger_id}"


class TriggerCreated(_TriggerEvent):
    """Somebody made a trigger."""

    type = "trigger.created"
    topics: tuple[str, ...]
    workflow: str
    task: str
    enabled: bool


class TriggerChanged(_TriggerEvent):
    """Somebody changed a trigger, or switched it on or off."""

    type = "trigger.changed"
    changed: tuple[str, ...]
    enabled: bool


class TriggerDeleted(_TriggerEvent):
    """Somebody deleted a trigger."""

    type = "trigger.deleted"


class TriggerFailed(_TriggerEvent):
    """An event matched and nothing was started; told when it begins, not for each event until it works again."""

    type = "trigger.failed"
    priority: ClassVar[Priority] = "high"
    event_id: str
    event_type: str
    error: str
