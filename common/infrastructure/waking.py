"""Wake Celery workers: a task that says "look into the database", sent soon and not too often.

Thousands of rows a second would mean thousands of tasks a second, which cost more than the work. So of one kind and
queue at most one task is sent in `PAUSE_SECONDS`, the first at once and another at the end if more was asked for in
between; a task finds all that was committed before it ran. A lost one costs a second: the sweep wakes again
(common/application/sweep.py).
"""

from __future__ import annotations

import atexit
import os
import threading
import time

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

PAUSE_SECONDS = 0.005
QUIET_SECONDS = 5.0
EXPIRES_SECONDS = 60.0

log = structlog.get_logger(__name__)


def wake_on_commit(task: str, queue: str) -> None:
    """Send `task` to `queue` once the current transaction has committed (now, without one)."""
    transaction.on_commit(lambda: wake(task, queue), robust=True)


def wake(task: str, queue: str) -> None:
    """Never raises and never waits long: what matters is in the database already."""
    _waker_of_this_process().wake(task, queue)


class _Waker:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Lock()
        self._wanted: dict[tuple[str, str], bool] = {}  # within its pause; the value: asked for again
        self._more = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._quiet_until = 0.0

    def wake(self, task: str, queue: str) -> None:
        key = (task, queue)
        with self._lock:
            if key in self._wanted:
                self._wanted[key] = True
                return
            self._wanted[key] = False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()
            self._more.notify()
        self._send(key)

    def flush(self) -> None:
        """Send what still waits; a short-lived command ends before the pause does."""
        with self._lock:
            again = [key for key, asked in self._wanted.items() if asked]
            self._wanted.clear()
        for key in again:
            self._send(key)

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._wanted:
                    self._more.wait()
            time.sleep(PAUSE_SECONDS)
            with self._lock:
                again = [key for key, asked in self._wanted.items() if asked]
                self._wanted = dict.fromkeys(again, False)
            for key in again:
                self._send(key)

    def _send(self, key: tuple[str, str]) -> None:
        task, queue = key
        if time.monotonic() < self._quiet_until:
            return
        try:
            current_app.send_task(task, args=[queue], queue=queue, expires=EXPIRES_SECONDS)
        except (OperationalError, OSError) as error:
            if not self._quiet_until:
                log.warning("the broker takes no wake-ups; workers find their work by the sweep", reason=str(error))
            self._quiet_until = time.monotonic() + QUIET_SECONDS
        else:
            if self._quiet_until:
                log.info("the broker takes wake-ups again")
            self._quiet_until = 0.0


_waker: _Waker | None = None
_lock = threading.Lock()


def _waker_of_this_process() -> _Waker:
    """A forked worker inherits the parent's waker without its thread, so it makes its own."""
    global _waker
    with _lock:
        if _waker is None or _waker.pid != os.getpid():
            _waker = _Waker()
        return _waker


@atexit.register
def _flush() -> None:
    if _waker is not None and _waker.pid == os.getpid():
        _waker.flush()
