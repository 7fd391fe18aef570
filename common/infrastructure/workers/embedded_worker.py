"""A Celery worker and scheduler in threads of this process, for the embedded mode.

A bare WorkController receives tasks and never runs them: Celery's current application is thread-local, so the pool's
threads fall back to the default application, which knows none of our tasks. The `celery worker` program cures that with
setup_worker_optimizations() (it makes the application the process's default and fixes the task registry); this class
does the same.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog
from celery import Celery, beat
from celery.app.trace import setup_worker_optimizations
from celery.worker import WorkController, state
from django.db import connections

from common.infrastructure.workers.embedded_pool import OTHER_THREADS, LanePool

READY_SECONDS = 10.0
STOP_SECONDS = 6.0
TURN_SECONDS = 0.2

log = structlog.get_logger(__name__)


class WorkerNotReady(RuntimeError):
    """The worker did not come up; the log says why."""


class _Controller(WorkController):  # type: ignore[misc] # celery ships no types
    def on_init_blueprint(self) -> None:
        setup_worker_optimizations(self.app, self.hostname)


class EmbeddedWorker:
    """Consumes all queues of the settings. One per process: Celery keeps the request to stop in module state."""

    def __init__(self, app: Celery) -> None:
        self._ready = threading.Event()
        self._controller = _Controller(
            app=app,
            pool=LanePool,
            concurrency=OTHER_THREADS,
            # Everything is fetched at once and waits in its lane: a limit would let one lane's line hold up the others.
            prefetch_multiplier=0,
            hostname=f"embedded@{app.main}",
            ready_callback=self._on_ready,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._thread = threading.Thread(target=self._run, name="celery-worker", daemon=True)

    def start(self) -> None:
        """Return once it consumes. Raises WorkerNotReady."""
        self._thread.start()
        if not self._ready.wait(READY_SECONDS):
            raise WorkerNotReady(f"The embedded Celery worker did not come up within {READY_SECONDS:.0f} seconds")

    def _on_ready(self, consumer: Any) -> None:
        _take_short_turns(consumer.connection)
        self._ready.set()

    def _run(self) -> None:
        try:
            self._controller.start()
        finally:
            connections.close_all()

    @property
    def controller(self) -> Any:
        """Celery's own worker."""
        return self._controller

    @property
    def running_tasks(self) -> list[str]:
        return sorted(request.name for request in state.active_requests)

    def stop(self) -> None:
        """Take no more tasks, give the running ones a few seconds."""
        state.should_stop = 0  # the exit code; the consumer looks at it each turn
        try:
            self._thread.join(STOP_SECONDS)
        finally:
            state.should_stop = None
        patience_ends = time.monotonic() + STOP_SECONDS / 2
        while state.active_requests and time.monotonic() < patience_ends:
            time.sleep(0.05)
        if running := self.running_tasks:
            log.warning("tasks were cut short; they are taken up again at the next start", tasks=running)


def _take_short_turns(connection: Any) -> None:
    """Celery's loop looks for the end every two seconds, and takes one turn more after it: both would be waited for."""
    drain = connection.drain_events
    connection.drain_events = lambda timeout: drain(timeout=min(timeout, TURN_SECONDS))


class EmbeddedBeat:
    """Celery's own scheduler in a thread. Its state is not kept: every schedule is an interval from the start."""

    def __init__(self, app: Celery) -> None:
        self._service: Any = beat.EmbeddedService(app, thread=True, scheduler_cls=beat.Scheduler)

    def start(self) -> None:
        self._service.start()

    def stop(self) -> None:
        self._service.stop()
