"""Celery tasks of the hub, a file for each subject: thin, because what they do stands in common/application/."""

from common.tasks import events, sweep, system

__all__ = ["events", "sweep", "system"]
