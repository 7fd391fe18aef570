"""The ends of messages, and the ways back to waiting. Each is written only where the claim still holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.application.events.publishing import publish
from common.application.messages.metrics import count
from common.application.messages.waits import tell_ended
from common.application.modules import activity
from common.domain.events import Event
from common.domain.hub_events.messages import MessageDead, MessageExpired
from common.infrastructure.work.claims import order_at
from common.models import Message
from common.models.work import RUNNING, WAITING

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 300.0
LOST_PAUSE_SECONDS = 15.0
MAX_ERROR_LENGTH = 2000
EXPIRE_LIMIT = 500

log = structlog.get_logger(__name__)


def deliver(messages: Sequence[Message], claim: UUID) -> int:
    """Mark messages of one claim as delivered, inside the caller's transaction; return for how many it held."""
    ended = {"state": Message.State.DELIVERED, "finished_at": timezone.now(), "claim": None, "lease_until": None}
    answered = [message for message in messages if message.reply is not None]
    for message in answered:
        Message.objects.filter(pk=message.pk, claim=claim).update(reply=message.reply)
    pks = [message.pk for message in messages]
    return Message.objects.filter(pk__in=pks, claim=claim, state=RUNNING).update(**ended, error="")


def count_handled(state: str, messages: Sequence[Message]) -> None:
    count(state, messages)
    for recipient in {message.recipient for message in messages}:
        activity.count(recipient, messages=sum(message.recipient == recipient for message in messages))


def bury(message: Message, reason: str) -> None:
    """Put a message among the dead letters."""
    reason = reason[:MAX_ERROR_LENGTH].replace("\0", "")
    with transaction.atomic():
        if not _end(message, Message.State.DEAD, reason):
            return
        _tell(
            message,
            MessageDead(
                message=message.uuid,
                message_type=message.type,
                sender=message.sender,
                recipient=message.recipient,
                message_priority=message.priority,
                attempts=message.attempts,
                reason=reason,
            ),
        )
    _ended("dead", [message])


def expire(messages: Sequence[Message]) -> None:
    """End messages that nobody needs any more, claimed or waiting."""
    with transaction.atomic():
        ended = [message for message in messages if _end(message, Message.State.EXPIRED, "")]
        for message in ended:
            _tell(
                message,
                MessageExpired(
                    message=message.uuid,
                    message_type=message.type,
                    sender=message.sender,
                    recipient=message.recipient,
                    message_priority=message.priority,
                ),
            )
    _ended("expired", ended)


def expire_overdue() -> None:
    """For the sweep: end what waits beyond the moment until which it made sense."""
    overdue = Message.objects.filter(state=WAITING, expires_at__lte=timezone.now()).order_by("expires_at")
    if messages := list(overdue[:EXPIRE_LIMIT]):
        expire(messages)


def retry(message: Message, reason: str) -> None:
    """Wait for the next attempt: exponential backoff with full jitter, so that those that fail together part."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (message.attempts - 1))
    if _wait(message, reason, random.uniform(0, longest)):  # noqa: S311 # spreads load, guards nothing
        count("retried", [message])


def postpone(message: Message, reason: str) -> None:
    """Wait for the recipient; this was no attempt."""
    _wait(message, reason, LOST_PAUSE_SECONDS, attempts=F("attempts") - 1)


def _wait(message: Message, reason: str, seconds: float, **changes: object) -> bool:
    due_at = timezone.now() + timedelta(seconds=seconds)
    return bool(
        _mine(message).update(
            state=WAITING,
            claim=None,
            lease_until=None,
            due_at=due_at,
            order_at=order_at(due_at, message.priority),  # type: ignore[arg-type] # drafts have checked it
            error=reason[:MAX_ERROR_LENGTH].replace("\0", ""),
            **changes,
        )
    )


def _end(message: Message, state: Message.State, reason: str) -> bool:
    message.state, message.error, message.finished_at = state, reason, timezone.now()
    return bool(
        _mine(message).update(state=state, error=reason, finished_at=message.finished_at, claim=None, lease_until=None)
    )


def _mine(message: Message):  # type: ignore[no-untyped-def] # django-stubs' queryset of this model
    """The row, where nobody has claimed it since it was read."""
    state = RUNNING if message.claim else WAITING
    return Message.objects.filter(pk=message.pk, claim=message.claim, state=state)


def _tell(message: Message, event: Event) -> None:
    """No event for a message that itself brings an event of this kind: a subscriber that always fails would make one
    of each of its failures, for ever."""
    if message.kind == Message.Kind.EVENT and message.type.startswith("message."):
        return
    publish(
        event, source="hub", actor=message.actor, correlation_id=message.correlation_id, causation_id=str(message.uuid)
    )


def _ended(state: str, messages: Sequence[Message]) -> None:
    count(state, messages)
    tell_ended(message.pk for message in messages)
