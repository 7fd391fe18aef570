"""The Celery task of workflow steps."""

from __future__ import annotations

from celery import shared_task

from common.application.work.turns import take_turn
from common.application.workflows.execution import STEP_WORK


@shared_task(name=STEP_WORK.task)  # type: ignore[untyped-decorator] # celery ships no types
def run_steps(queue: str) -> None:
    """Take up steps that are due."""
    take_turn(STEP_WORK, queue)
