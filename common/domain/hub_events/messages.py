"""What happens to messages that is worth an event: the ends that need somebody's eye."""

from __future__ import annotations

from uuid import UUID

from common.domain.events import Event
from common.domain.topics import Priority


class _MessageEvent(Event):
    message: UUID
    message_type: str
    sender: str
    recipient: str
    message_priority: Priority

    def subject(self) -> str:
        return f"message:{self.message}"

    def effective_priority(self) -> Priority:
        return self.message_priority


class MessageDead(_MessageEvent):
    """A message could not be delivered and is tried no more: it was refused, or its attempts are exhausted."""

    type = "message.dead"
    attempts: int
    reason: str


class MessageExpired(_MessageEvent):
    """A message was not delivered before the moment until which it made sense."""

    type = "message.expired"


class MessageReplayed(_MessageEvent):
    """Somebody took a message out of the dead letters to have it delivered again."""

    type = "message.replayed"
    replays: int
