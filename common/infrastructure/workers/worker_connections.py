"""The connections of workers: they keep those to the database, and outlive a broker that is away."""

from __future__ import annotations

from typing import Any

from celery import signals
from django.db import connections


def connect() -> None:
    """Once, from AppConfig.ready()."""
    signals.worker_init.connect(_keep_connections, weak=False)
    signals.worker_init.connect(_outlive_the_broker, weak=False)


def _keep_connections(**_: Any) -> None:
    """A new connection costs more than most tasks do. Each is tested before a task uses it, so that a database that
    was restarted costs no task. Web processes keep none (see nms/settings.py)."""
    for alias in connections:
        connections.settings[alias].update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True)


def _outlive_the_broker(**_: Any) -> None:
    """Let what a broken connection to Redis held go with it.

    Kombu gives unacknowledged messages back on the connection that has just broken, and acknowledges those that end
    later on a channel that is closed; of both the worker dies (AttributeError: 'NoneType' object has no attribute
    'client'). Nothing is lost without them: a message only says "look", and the sweep says so as well.
    """
    from kombu.transport import redis  # only workers need it, and importing it takes its time

    class ForgetfulQoS(redis.QoS):
        restore_at_shutdown = False

        def ack(self, delivery_tag: str) -> None:
            if self.channel.connection is not None:
                super().ack(delivery_tag)  # type: ignore[no-untyped-call] # kombu is typed in part

        def reject(self, delivery_tag: str, requeue: bool = False) -> None:
            if self.channel.connection is not None:
                super().reject(delivery_tag, requeue=requeue)  # type: ignore[no-untyped-call] # as above

    redis.Channel.QoS = ForgetfulQoS
