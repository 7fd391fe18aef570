"""The Celery task of the sweep."""

from __future__ import annotations

from celery import shared_task

from common.application.work import sweep as net


@shared_task(name="common.sweep", queue="high")  # type: ignore[untyped-decorator] # celery ships no types
def sweep() -> None:
    """Look for due work and for what dead workers held; skipped where another does."""
    net.sweep()
