"""What the registry tells about modules, local and remote alike, as frozen values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from common.domain.errors import Unavailable
from common.domain.modules import Capability, Health, JsonObject
from common.domain.roles import Role
from common.domain.topics import Interest, Priority

ModuleKind = Literal["local", "remote"]
ModuleState = Literal["active", "lost"]


class Subscribed(NamedTuple):
    """One subscription: `module` wants the events that match one of `topics`, of `priority` or higher.

    `source` and `subject` narrow it, as in Interest.
    """

    module: str
    topics: tuple[str, ...]
    priority: Priority
    source: str | None = None
    subject: str | None = None

    @property
    def interest(self) -> Interest:
        return Interest(self.topics, self.priority, self.source, self.subject)


@dataclass(frozen=True, slots=True)
class OfferedCapability:
    """A capability and who offers it. `available` is False while its remote module is lost."""

    name: str
    module: str
    description: str
    input_schema: JsonObject
    output_schema: JsonObject
    timeout_seconds: float
    role: Role
    queue: str | None
    available: bool = True
    local: Capability | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class KnownModule:
    """`health` is as it was last asked or told, None before that; the counters lag by a few seconds."""

    name: str
    kind: ModuleKind
    version: str
    state: ModuleState
    description: str
    capabilities: tuple[OfferedCapability, ...]
    message_types: tuple[str, ...]
    subscriptions: tuple[Subscribed, ...]
    callback_url: str = ""
    registered_at: datetime | None = None
    registered_by: str = ""
    heartbeat_at: datetime | None = None
    last_activity_at: datetime | None = None
    messages: int = 0
    errors: int = 0
    health: Health | None = None
    health_at: datetime | None = None


def takes(types: Collection[str]) -> str:
    """Which messages a module takes, in words."""
    return f"It takes: {', '.join(sorted(types))}." if types else "It takes no messages."


def not_taken(module: str, message_type: str, types: Collection[str]) -> str:
    return f"The module {module} does not take messages of the type {message_type}. {takes(types)}"


class CapabilityUnavailable(Unavailable):
    """Nobody offers the capability (`module` is empty then), or the module that does is lost."""

    def __init__(self, name: str, *, offered: tuple[str, ...] = (), module: str = "") -> None:
        super().__init__(_why_unavailable(name, offered, module), code="capability_unavailable")
        self.capability = name
        self.module = module


def _why_unavailable(name: str, offered: tuple[str, ...], module: str) -> str:
    if module:
        return f"The capability {name} is offered by the module {module}, which is lost: it sends no heartbeats."
    listed = f"Offered: {', '.join(offered)}." if offered else "No module offers any."
    return f"No module offers the capability {name}. {listed}"
