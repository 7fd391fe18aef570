"""Events of the hub's own running: its switch, and the health of everything that it looks at."""

from __future__ import annotations

from typing import ClassVar, Literal

from common.domain.events import Event
from common.domain.topics import Priority

Status = Literal["healthy", "degraded", "unhealthy", "unknown"]


class _HubEvent(Event):
    def subject(self) -> str:
        return "hub"


class HubPaused(_HubEvent):
    """Somebody stopped the processing of messages, steps, schedules and triggers; what comes in waits."""

    type = "hub.paused"
    priority: ClassVar[Priority] = "high"


class HubResumed(_HubEvent):
    """Somebody started the processing again."""

    type = "hub.resumed"
    priority: ClassVar[Priority] = "high"


class _HealthEvent(Event):
    before: Status
    after: Status
    detail: str

    def effective_priority(self) -> Priority:
        return "high" if self.after in {"degraded", "unhealthy"} else "normal"


class SystemHealthChanged(_HealthEvent):
    """The system as a whole is better or worse than at the last look; `components` are those that are not well."""

    type = "system.health_changed"
    components: tuple[str, ...]

    def subject(self) -> str:
        return "system"


class ModuleHealthChanged(_HealthEvent):
    """A module says otherwise of its health than at the last look."""

    type = "module.health_changed"
    module: str

    def subject(self) -> str:
        return f"module:{self.module}"


class InfrastructureHealthChanged(_HealthEvent):
    """The database, the broker, the cache, the disk or the workers are otherwise than at the last look."""

    type = "system.component_changed"
    component: str

    def subject(self) -> str:
        return f"component:{self.component}"
