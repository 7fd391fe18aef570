"""Celery tasks of the hub, a file for each subject: thin, because what they do stands in common/application/."""

from common.tasks import drills, events, messages, services, sweep, system, workflows

__all__ = ["drills", "events", "messages", "services", "sweep", "system", "workflows"]
