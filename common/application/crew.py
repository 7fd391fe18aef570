"""The crew of the hub: everything that runs beside the web server, started in order and stopped in reverse."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog
from django.db import connections

from common.application import services
from common.application.services import RunningService, Service

START_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Crew:
    """Starts in a thread of its own, so that a slow service holds up neither the web server nor the end."""

    def __init__(self, members: Sequence[Service], *, on_started: Callable[[], None] = lambda: None) -> None:
        self._members = members
        self._on_started = on_started
        self._running: list[tuple[str, RunningService]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._start_all, name="crew", daemon=True)

    def start(self) -> None:
        services.stopping.clear()
        self._thread.start()

    def _start_all(self) -> None:
        try:
            for member in self._members:
                if services.stopping.is_set():
                    return
                self._start_one(member)
            self._on_started()
        finally:
            connections.close_all()

    def _start_one(self, member: Service) -> None:
        try:
            handle = member.start()
        except Exception:
            # One service that cannot start must not take the web with it: the operator needs that to see why.
            log.exception("service did not start", service=member.name)
            return
        if handle is None:
            return
        with self._lock:
            if not services.stopping.is_set():
                self._running.append((member.name, handle))
                return
        self._stop_one(member.name, handle)  # the end came while it started

    def stop(self) -> None:
        with self._lock:
            services.stopping.set()
            running, self._running = self._running, []
        for name, handle in reversed(running):
            self._stop_one(name, handle)
        if self._thread.ident is not None:
            self._thread.join(START_SECONDS)

    def _stop_one(self, name: str, handle: RunningService) -> None:
        try:
            handle.stop()
        except Exception:
            log.exception("service did not stop cleanly", service=name)
