"""What a module tells the hub of itself: capabilities, message handlers, event subscriptions, health, workflows.

    register_module(Module(
        name="network_management",
        version="1.0",
        description="Inventory, discovery and topology.",
        capabilities=(Capability("network_management.discover", discover, DiscoverInput, DiscoverOutput),),
    ))

This is the contract for modules in this process; one that runs elsewhere says the same in JSON (docs/modules.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from common.domain.roles import Role
from common.domain.topics import Priority

JsonObject = dict[str, Any]


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Call:
    """The circumstances of one call of a capability or handler."""

    actor: str = ""  # the person or job behind it
    correlation_id: str = ""  # what ties everything of one undertaking together
    causation_id: str = ""  # the event, message or step that led here
    idempotency_key: str = ""  # the same for every attempt at the same thing
    deadline: datetime | None = None  # nobody waits for the answer any longer
    should_stop: Callable[[], bool] = field(default=_never, compare=False)  # cancelled, or the process ends


@dataclass(frozen=True, slots=True)
class Capability:
    """A named function that anyone may call through the hub; `input` and `output` refuse extra fields.

    `function` runs outside a transaction. It may be called again for the same `idempotency_key` when a worker died.
    It raises CapabilityFailed for a failure that people should read; any other exception is a defect, and logged.
    """

    name: str
    function: Callable[[Any, Call], BaseModel]
    input: type[BaseModel]
    output: type[BaseModel]
    description: str = ""
    role: Role = "operator"  # who may call it over REST or name it in a workflow that they start
    queue: str | None = None  # a Celery queue of its own (discovery, polling); by priority without it
    timeout_seconds: float = 60.0


class CapabilityFailed(Exception):
    """The capability could not do what was asked. `retryable`: trying again later may help."""

    def __init__(self, message: str, *, code: str = "failed", retryable: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class HandlerRefused(Exception):
    """A message can never be handled (nonsense, or about something gone): it goes to the dead letters at once."""


@dataclass(frozen=True, slots=True)
class Handler:
    """Receives messages of one type.

    With `transactional` (the default) it runs inside the transaction that marks the message delivered: what it writes
    to the database happens exactly once, however often a worker dies; it must be quick and do nothing else. Without,
    it runs outside, may take long, and sees the same message again after a crash (`call.idempotency_key` tells).
    What it returns is the reply to a request.
    """

    message_type: str
    function: Callable[[Any, Call], BaseModel | None]
    body: type[BaseModel]
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class EventReceived:
    """An event as a subscriber gets it."""

    position: int
    id: UUID
    type: str
    version: int
    source: str
    subject: str
    priority: Priority
    time: datetime
    actor: str
    correlation_id: str
    causation_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventSubscription:
    """Each matching event is delivered as a message: durable, retried, dead-lettered; `transactional` as in Handler."""

    topics: tuple[str, ...]
    function: Callable[[EventReceived, Call], None]
    priority: Priority = "low"
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class Health:
    status: Literal["healthy", "degraded", "unhealthy"]
    detail: str = ""


def _healthy() -> Health:
    return Health("healthy")


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    version: str
    description: str
    capabilities: tuple[Capability, ...] = ()
    handlers: tuple[Handler, ...] = ()
    subscriptions: tuple[EventSubscription, ...] = ()
    health: Callable[[], Health] = _healthy  # quick: no more than a query or two
    workflows: tuple[JsonObject, ...] = ()  # definitions as data (docs/workflows.md)
