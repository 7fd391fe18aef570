"""The Celery task that undoes drills."""

from __future__ import annotations

from celery import shared_task

from common.application.gns3.drills.ending import TASK, undo_due


@shared_task(name=TASK)  # type: ignore[untyped-decorator] # celery ships no types
def undo_drills(queue: str) -> None:
    """Undo the drills whose time is over."""
    undo_due(queue)
