"""The Celery tasks of the event store."""

from __future__ import annotations

from celery import shared_task

from common.application import distribution
from common.application.events import DISTRIBUTE_TASK


@shared_task(name=DISTRIBUTE_TASK, queue="high")  # type: ignore[untyped-decorator] # celery ships no types
def distribute_events(queue: str = "high") -> None:
    """Hand committed events to the consumers that are behind."""
    distribution.distribute(queue)
