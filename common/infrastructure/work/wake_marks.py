"""Marks that say: somebody will look for work of this task and queue after this moment, no wake-up is needed.

Whoever sends a wake-up leaves one, which its worker clears before it looks; a worker that will look again keeps one.

In Redis, where that is the broker, else in this process, which then is the only one. A mark lives a second at most, so
that one whose task got lost keeps nobody asleep for longer.
"""

from __future__ import annotations

import threading
import time

import redis
from django.conf import settings

LIFE_SECONDS = 1.0
SOCKET_TIMEOUT_SECONDS = 1.0

_lock = threading.Lock()
_marks: dict[str, float] = {}
_client: redis.Redis | None = None
_client_url: str | None = None


def leave(task: str, queue: str) -> bool:
    """Leave the mark; False where it is there already. Raises redis.RedisError."""
    name = _name(task, queue)
    if settings.REDIS_URL:
        return bool(_redis(settings.REDIS_URL).set(name, 1, nx=True, px=int(LIFE_SECONDS * 1000)))
    now = time.monotonic()
    with _lock:
        fresh = _marks.get(name, 0.0) <= now
        if fresh:
            _marks[name] = now + LIFE_SECONDS
    return fresh


def keep(task: str, queue: str) -> bool:
    """Like `leave`, for a worker that looks again before the mark's life ends; never raises."""
    try:
        return leave(task, queue)
    except redis.RedisError:
        return False  # without marks every commit sends a wake-up, which is right, only dearer


def clear(task: str, queue: str) -> None:
    """Never raises: a mark that cannot be removed ends by itself."""
    name = _name(task, queue)
    if not settings.REDIS_URL:
        with _lock:
            _marks.pop(name, None)
        return
    try:
        _redis(settings.REDIS_URL).delete(name)
    except redis.RedisError:
        return  # whoever asks Redis for more says so (waking.py, Celery)


def _name(task: str, queue: str) -> str:
    return f"nms:wake:{task}:{queue}"


def _redis(url: str) -> redis.Redis:
    """One pool of connections for the process; redis-py makes a new one after a fork."""
    global _client, _client_url
    with _lock:
        if _client is None or _client_url != url:
            _client_url = url
            _client = redis.Redis.from_url(
                url,
                socket_timeout=SOCKET_TIMEOUT_SECONDS,
                socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
            )
        return _client
