"""Celery tasks of the hub, a file for each subject: thin, because what they do stands in common/application/."""

from common.tasks import events, messages, sweep, system, workflows

__all__ = ["events", "messages", "sweep", "system", "workflows"]
