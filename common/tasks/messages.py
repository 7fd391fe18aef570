"""The Celery task that delivers messages."""

from __future__ import annotations

from celery import shared_task

from common.application.messages.delivery import MESSAGE_WORK
from common.application.work.turns import take_turn


@shared_task(name=MESSAGE_WORK.task)  # type: ignore[untyped-decorator] # celery ships no types
def deliver_messages(queue: str) -> None:
    """Deliver what is due in `queue` and the better ones, for a short while."""
    take_turn(MESSAGE_WORK, queue)
