"""Ask Celery itself: what workers are doing, and how many messages wait in the broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import redis
from amqp.exceptions import ChannelError  # type: ignore[import-untyped] # no stubs
from celery import current_app
from kombu.exceptions import OperationalError

ANSWER_SECONDS = 1.0

Unreachable = (OperationalError, redis.RedisError, OSError)


class BrokerUnreachable(Exception):
    """The broker cannot be asked; the text says why."""


def active_tasks(workers: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
    """What each of `workers` is at; one that does not answer within a second is left out. Raises BrokerUnreachable."""
    if not workers:
        return {}
    inspect = current_app.control.inspect(destination=list(workers), timeout=ANSWER_SECONDS, limit=len(workers))
    try:
        return inspect.active() or {}
    except Unreachable as error:
        raise BrokerUnreachable(str(error)) from error


def queue_lengths(queues: Sequence[str]) -> dict[str, int]:
    """Messages in the broker that no worker has taken. Raises BrokerUnreachable."""
    try:
        with current_app.connection_for_read() as connection, connection.channel() as channel:
            return {queue: _length(channel, queue) for queue in queues}
    except Unreachable as error:
        raise BrokerUnreachable(str(error)) from error


def _length(channel: Any, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except ChannelError as error:
        if str(error.reply_code) == "404":  # Redis has no empty lists
            return 0
        raise
