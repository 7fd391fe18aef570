"""What happens to remote modules. Local ones are code: they come and go with the processes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from common.domain.events import Event
from common.domain.topics import Priority


class _ModuleEvent(Event):
    name: str

    def subject(self) -> str:
        return f"module:{self.name}"


class ModuleRegistered(_ModuleEvent):
    """A remote module registered for the first time."""

    type = "module.registered"
    module_version: str
    capabilities: tuple[str, ...]
    message_types: tuple[str, ...]


class ModuleUpdated(_ModuleEvent):
    """A remote module registered again and says something else of itself; it replaces the old at once."""

    type = "module.updated"
    module_version: str
    changed: tuple[str, ...]
    added_capabilities: tuple[str, ...]
    removed_capabilities: tuple[str, ...]


class ModuleUnregistered(_ModuleEvent):
    """A remote module is no longer known; what it offered, nobody offers."""

    type = "module.unregistered"


class _SubscriptionEvent(_ModuleEvent):
    subscription: int
    topics: tuple[str, ...]
    event_priority: Priority
    event_source: str
    event_subject: str


class ModuleSubscribed(_SubscriptionEvent):
    """A remote module is told of more events from now on: those of the source and subject, "" standing for any."""

    type = "module.subscribed"


class ModuleUnsubscribed(_SubscriptionEvent):
    """A remote module is no longer told of these events, unless another subscription wants them."""

    type = "module.unsubscribed"


class ModuleLost(_ModuleEvent):
    """A remote module has sent no heartbeat for too long; its capabilities fail, and messages wait for it."""

    type = "module.lost"
    priority: ClassVar[Priority] = "high"
    heartbeat_at: datetime


class ModuleRecovered(_ModuleEvent):
    """A lost module sent a heartbeat, or registered again."""

    type = "module.recovered"
    priority: ClassVar[Priority] = "high"
    silent_since: datetime
