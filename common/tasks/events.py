"""The Celery tasks of the event store."""

from __future__ import annotations

from celery import shared_task

from common.application.events import distribution, retention
from common.application.events.publishing import DISTRIBUTE_TASK


@shared_task(name=DISTRIBUTE_TASK, queue="high")  # type: ignore[untyped-decorator] # celery ships no types
def distribute_events(queue: str = "high") -> None:
    """Hand committed events to the consumers that are behind."""
    distribution.distribute(queue)


@shared_task(name="common.retain_events", queue="low")  # type: ignore[untyped-decorator] # celery ships no types
def retain_events() -> None:
    """Let old events go, by the policy of NMS_EVENT_RETENTION."""
    retention.retain_events()
