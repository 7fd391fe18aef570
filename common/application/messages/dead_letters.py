"""Dead letters: messages that are tried no more, until somebody has them tried again."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.application.events.publishing import publish
from common.application.messages.metrics import count
from common.application.messages.sending import TASK
from common.domain.errors import Conflict, Unknown
from common.domain.hub_events.messages import MessageReplayed
from common.infrastructure.work.claims import order_at
from common.infrastructure.work.waking import wake_on_commit
from common.models import Message
from common.models.work import WAITING

REPLAY_LIMIT = 1000


def dead_letters() -> QuerySet[Message]:
    return Message.objects.filter(state=Message.State.DEAD)


def replay(uuid: UUID, *, actor: str = "") -> Message:
    """Have a dead letter delivered again. Raises Unknown, and Conflict for a message that is not dead."""
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(uuid=uuid).first()
        if message is None:
            raise Unknown(f"There is no message {uuid}.")
        if message.state != Message.State.DEAD:
            raise Conflict(
                f"The message {uuid} is {message.state}, not dead; only dead ones are replayed.", code="not_dead"
            )
        _revive([message], actor)
    return message


def replay_many(letters: QuerySet[Message], *, actor: str = "") -> list[Message]:
    """Have those of `letters` that are dead delivered again, the oldest first, at most REPLAY_LIMIT at once."""
    with transaction.atomic():
        dead = letters.filter(state=Message.State.DEAD).select_for_update(skip_locked=True).order_by("id")
        messages = list(dead[:REPLAY_LIMIT])
        _revive(messages, actor)
    return messages


def _revive(messages: Iterable[Message], actor: str) -> None:
    """Attempts count anew; what happened before stays in the events and in `replays`."""
    now = timezone.now()
    messages = list(messages)
    for message in messages:
        message.state, message.due_at, message.order_at = WAITING, now, order_at(now, message.priority)  # type: ignore[arg-type] # drafts have checked it
        message.attempts, message.crashes, message.finished_at = 0, 0, None
        message.replays += 1
        if message.expires_at is not None:  # as long as it had at first
            message.expires_at = now + (message.expires_at - message.created_at)
    names = ["state", "due_at", "order_at", "attempts", "crashes", "finished_at", "replays", "expires_at"]
    Message.objects.bulk_update(messages, names, batch_size=200)
    for queue in {message.queue for message in messages}:
        wake_on_commit(TASK, queue)
    count("replayed", messages)
    publish(*(_replayed(message) for message in messages), source="hub", actor=actor)


def _replayed(message: Message) -> MessageReplayed:
    return MessageReplayed(
        message=message.uuid,
        message_type=message.type,
        sender=message.sender,
        recipient=message.recipient,
        message_priority=message.priority,
        replays=message.replays,
    )
