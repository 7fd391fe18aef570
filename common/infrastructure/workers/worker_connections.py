"""Workers keep their database connections from task to task; web processes do not (see nms/settings.py)."""

from __future__ import annotations

from typing import Any

from celery import signals
from django.db import connections


def connect() -> None:
    """Once, from AppConfig.ready()."""
    signals.worker_init.connect(_keep_connections, weak=False)


def _keep_connections(**_: Any) -> None:
    """A new connection costs more than most tasks do. Each is tested before a task uses it, so that a database that
    was restarted costs no task."""
    for alias in connections:
        connections.settings[alias].update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True)
