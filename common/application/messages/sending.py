"""Send messages to modules: stored in the caller's transaction, delivered after its commit (see delivery.py).

    send("qos.limit", {"device_id": 7}, recipient="qos_management", sender="monitoring", priority="high")

What is sent is in the database when these functions return, or when the transaction commits in which they were
called. It is delivered at least once, and its effects in the database exactly once (see docs/messages.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import uuid4

from django.db import transaction

from common.application.messages.metrics import count
from common.application.modules import registry
from common.domain.errors import Invalid, Unknown
from common.domain.known_modules import not_taken, takes
from common.domain.messages import Draft, Kind, draft
from common.domain.topics import Priority
from common.infrastructure import message_rows
from common.infrastructure.work.waking import wake
from common.models import Message

TASK = "common.deliver_messages"
REPLY_SUFFIX = ".reply"


def send(
    type: str,
    body: Mapping[str, Any],
    *,
    recipient: str,
    sender: str,
    priority: Priority = "normal",
    actor: str = "",
    correlation_id: str = "",
    causation_id: str = "",
    idempotency_key: str | None = None,
    expires_in_seconds: float | None = None,
    delay_seconds: float = 0.0,
    max_attempts: int = 5,
    kind: Kind = "direct",
) -> Message:
    """Send one message to one module.

    With an `idempotency_key` the same message from `sender` to `recipient` is sent once in 24 hours; again it returns
    the first one. Raises Invalid, Unknown (no such recipient; the text names the known ones), and Conflict where the
    key was used for another message.
    """
    return send_many(
        [
            draft(
                type=type,
                body=body,
                recipient=recipient,
                sender=sender,
                priority=priority,
                actor=actor,
                correlation_id=correlation_id,
                causation_id=causation_id,
                idempotency_key=idempotency_key,
                expires_in_seconds=expires_in_seconds,
                delay_seconds=delay_seconds,
                max_attempts=max_attempts,
                kind=kind,
            )
        ]
    )[0]


def send_many(drafts: Sequence[Draft]) -> list[Message]:
    """Send them all or none, in the given order; raises like `send`. Make drafts with `draft(...)`."""
    if not drafts:
        return []
    for recipient, type in {(item.recipient, item.type): None for item in drafts if item.kind != "event"}:
        _check_recipient(recipient, type)
    messages = message_rows.insert(drafts)
    transaction.on_commit(lambda: _sent(messages), robust=True)
    return messages


def _sent(messages: Sequence[Message]) -> None:
    for queue in {message.queue for message in messages}:
        wake(TASK, queue)
    count("sent", messages)


def broadcast(
    type: str, body: Mapping[str, Any], *, sender: str, correlation_id: str = "", **options: Any
) -> list[Message]:
    """Send to every module that takes messages of the type, but not to the sender; one message for each of them.

    `options` are those of `send`. All have one correlation id. The list is empty where nobody takes the type.
    """
    common = {**options, "type": type, "body": body, "sender": sender, "kind": "broadcast"}
    common["correlation_id"] = correlation_id or uuid4().hex
    draft(**common, recipient="checked")  # so that nonsense is refused even where nobody would get it
    names = [name for name in registry.handlers(type) if name != sender]
    return send_many([draft(**common, recipient=name) for name in names])


def send_replies(answered: Iterable[Message]) -> None:
    """Send the replies to requests whose senders want them as messages: modules that take `<type>.reply`."""
    takers = cache(registry.handlers)
    wanted = [request for request in answered if request.sender in takers(f"{request.type}{REPLY_SUFFIX}")]
    send_many([_reply(request) for request in wanted])


def _reply(request: Message) -> Draft:
    return draft(
        type=f"{request.type}{REPLY_SUFFIX}",
        body=request.reply or {},
        recipient=request.sender,
        sender=request.recipient,
        kind="reply",
        priority=request.priority,
        actor=request.actor,
        correlation_id=request.correlation_id,
        causation_id=str(request.uuid),
    )


def _check_recipient(name: str, type: str) -> None:
    module = registry.local_module(name)
    if module is not None:
        types = tuple(handler.message_type for handler in module.handlers)
    else:
        known = registry.find_module(name)
        if known is None:
            names = ", ".join(other.name for other in registry.modules()) or "none"
            raise Unknown(f"There is no module {name}. Known: {names}.", code="unknown_recipient")
        types = known.message_types
    if type not in types:
        problem = {"field": "type", "code": "type_not_taken", "message": takes(types)}
        raise Invalid(not_taken(name, type, types), code="type_not_taken", details=(problem,))
