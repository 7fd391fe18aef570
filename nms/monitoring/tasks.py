"""The Celery task of this module."""

from __future__ import annotations

from celery import shared_task

from nms.monitoring.overview import collecting


@shared_task(name="monitoring.collect_overview", queue="polling")  # type: ignore[untyped-decorator] # celery ships no types
def collect_overview() -> None:
    """Do one round, unless one is under way."""
    collecting.collect()
