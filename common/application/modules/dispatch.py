"""From a message to whom it is for: what the delivery of messages calls for each row.

    handler = handler_for(message)                 # HandlerRefused: nobody will ever take it
    reply = handler.run(message, call)             # inside the transaction if handler.transactional

`run` raises HandlerRefused for what can never be handled, and RecipientLost where the module was not reached; any other
exception is a failure of this attempt. Whoever delivers counts what was handled (activity.count).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from common.application.events.causes import on_behalf_of
from common.application.modules import callbacks, registry
from common.domain import stored_json
from common.domain.known_modules import not_taken
from common.domain.modules import (
    Call,
    CapabilityFailed,
    EventReceived,
    EventSubscription,
    Handler,
    HandlerRefused,
    JsonObject,
    Module,
)
from common.domain.problem_texts import listed, problems_in
from common.domain.topics import Interest
from common.models import Message, ModuleRecord

_EVENT: TypeAdapter[EventReceived] = TypeAdapter(EventReceived)


class RecipientLost(Exception):
    """The remote module is lost, or nobody listens there now. The message waits: this says nothing of the message."""


class Delivery(Protocol):
    @property
    def transactional(self) -> bool:
        """Whether `run` belongs into the transaction that marks the message delivered."""
        ...

    def run(self, message: Message, call: Call) -> JsonObject | None:
        """Handle it; what is returned is the reply."""
        ...


def handler_for(message: Message) -> Delivery:
    """Raises HandlerRefused where there is no such recipient, or it does not take what is sent; RecipientLost."""
    module = registry.local_module(message.recipient)
    if module is not None:
        return _local(module, message)
    return _remote(message)


def read_event(body: Mapping[str, Any]) -> EventReceived:
    """The event in the body of a message of the kind `event`. Raises HandlerRefused."""
    try:
        return _EVENT.validate_python({"causation_id": "", **body})
    except ValidationError as error:
        raise HandlerRefused(f"The body is no event: {_told(error)}") from error


@dataclass(frozen=True, slots=True)
class _LocalMessage:
    handler: Handler

    @property
    def transactional(self) -> bool:
        return self.handler.transactional

    def run(self, message: Message, call: Call) -> JsonObject | None:
        try:
            body = self.handler.body.model_validate_json(stored_json.write(message.body))
        except ValidationError as error:
            raise HandlerRefused(f"The body is not one of {message.type}: {_told(error)}") from error
        with on_behalf_of(call):
            reply = self.handler.function(body, call)
        return None if reply is None else reply.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class _LocalEvent:
    """All subscriptions of the module that match; if one is not transactional, none is: it may be slow."""

    event: EventReceived
    subscriptions: tuple[EventSubscription, ...]

    @property
    def transactional(self) -> bool:
        return all(subscription.transactional for subscription in self.subscriptions)

    def run(self, message: Message, call: Call) -> None:
        with on_behalf_of(call):
            for subscription in self.subscriptions:
                subscription.function(self.event, call)


@dataclass(frozen=True, slots=True)
class _Remote:
    module: str
    transactional: bool = False  # a callback takes its time, and a rollback would not take it back

    def run(self, message: Message, call: Call) -> JsonObject | None:
        try:
            if message.kind == Message.Kind.EVENT:
                callbacks.deliver_event(self.module, read_event(message.body), call)
                return None
            return callbacks.deliver_message(self.module, message, call)
        except callbacks.NotReached as error:
            raise RecipientLost(f"{error} The message waits for it.") from error
        except CapabilityFailed as error:
            if error.retryable:
                raise
            raise HandlerRefused(f"{error} ({error.code})") from error


def _local(module: Module, message: Message) -> Delivery:
    if message.kind == Message.Kind.EVENT:
        event = read_event(message.body)
        wanted = tuple(subscription for subscription in module.subscriptions if _wants(subscription, event))
        if not wanted:
            raise HandlerRefused(f"The module {module.name} does not subscribe to {event.type} any more.")
        return _LocalEvent(event, wanted)
    for handler in module.handlers:
        if handler.message_type == message.type:
            return _LocalMessage(handler)
    types = tuple(handler.message_type for handler in module.handlers)
    raise HandlerRefused(not_taken(module.name, message.type, types))


def _remote(message: Message) -> Delivery:
    remote = ModuleRecord.objects.filter(pk=message.recipient, kind=ModuleRecord.Kind.REMOTE)
    known = remote.values_list("name", "state", "manifest__message_types").first()
    if known is None:
        raise HandlerRefused(f"There is no module {message.recipient}.")
    name, state, types = known
    if state == ModuleRecord.State.LOST:
        raise RecipientLost(f"The module {name} is lost: it sends no heartbeats. The message waits for it.")
    if message.kind != Message.Kind.EVENT and message.type not in types:
        raise HandlerRefused(not_taken(name, message.type, types))
    return _Remote(name)


def _wants(subscription: EventSubscription, event: EventReceived) -> bool:
    return Interest(subscription.topics, subscription.priority).wants(event)


def _told(error: ValidationError) -> str:
    return listed(problems_in(error), whole="body")
