"""Wake Celery workers: a task that says "look into the database", sent soon and not too often.

Thousands of rows a second would mean thousands of tasks a second, which cost more than the work. So of one kind and
queue only one task waits to be taken up, in the whole installation: whoever sends one leaves a mark, whoever finds the
mark sends none, and the worker removes it before it looks (see wake_marks.py). Whatever was committed before the look
is found by it. A process sends what it was asked for in a thread, so that no caller waits for the broker, and of the
same at most one in PAUSE_SECONDS. A task that gets lost costs a second: then the mark is gone, and the sweep wakes
again (common/application/work/sweep.py).
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import redis
import structlog
from celery import current_app, signals
from django.db import transaction
from kombu.exceptions import OperationalError

from common.infrastructure.work import wake_marks
from common.infrastructure.work.coalescing import Coalescer

PAUSE_SECONDS = 0.01
QUIET_SECONDS = 2.0
EXPIRES_SECONDS = 60.0
HEADER = "nms_wake"

log = structlog.get_logger(__name__)

Key = tuple[str, str]


def connect() -> None:
    """Once, from AppConfig.ready()."""
    signals.task_prerun.connect(_begin, weak=False)


def wake_on_commit(task: str, queue: str) -> None:
    """Send `task` to `queue` once the current transaction has committed (now, without one)."""
    transaction.on_commit(lambda: wake(task, queue), robust=True)


@contextmanager
def waking_nobody(task: str) -> Iterator[None]:
    """Send no `task` from this process meanwhile: it does the work itself (a command in the foreground)."""
    _unsent.add(task)
    try:
        yield
    finally:
        _unsent.discard(task)


def wake(task: str, queue: str) -> None:
    """Never raises and never waits: what matters is in the database already."""
    if task in _unsent:
        return
    _wakes.ask((task, queue))


def flush() -> None:
    """Send what was asked for; a short-lived command would end before the thread does."""
    _wakes.flush()


def _begin(task: Any, **_: Any) -> None:
    """A wake-up begins: what is committed from now on needs another."""
    queue = getattr(task.request, HEADER, None)
    if queue is not None:
        wake_marks.clear(task.name, queue)


class _Sender:
    def __init__(self) -> None:
        self._quiet_until = 0.0

    def send_all(self, wanted: Collection[Key]) -> None:
        for task, queue in wanted:
            self._send(task, queue)

    def _send(self, task: str, queue: str) -> None:
        if time.monotonic() < self._quiet_until:
            return  # the sweep makes good for it
        try:
            if wake_marks.leave(task, queue):
                current_app.send_task(task, args=[queue], queue=queue, expires=EXPIRES_SECONDS, headers={HEADER: queue})
        except (OperationalError, OSError, redis.RedisError) as error:
            if not self._quiet_until:
                log.warning("the broker takes no wake-ups; workers find their work by the sweep", reason=str(error))
            self._quiet_until = time.monotonic() + QUIET_SECONDS
        except Exception:
            # The thread serves the whole process: one task that cannot be sent must not silence the others.
            log.exception("a wake-up could not be sent", task=task, queue=queue)
        else:
            if self._quiet_until:
                log.info("the broker takes wake-ups again")
            self._quiet_until = 0.0


_unsent: set[str] = set()
_wakes = Coalescer(_Sender().send_all, pause_seconds=PAUSE_SECONDS, name="waker")
atexit.register(flush)
