"""The Celery tasks of the configured services."""

from __future__ import annotations

from celery import shared_task

from common.application.healing import healing


@shared_task(name=healing.TASK, queue=healing.QUEUE)  # type: ignore[untyped-decorator] # celery ships no types
def heal_services() -> None:
    """Restart what policies say and nobody has restarted yet."""
    healing.heal()
