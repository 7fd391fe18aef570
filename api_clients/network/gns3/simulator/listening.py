"""Who listens to the notifications, and what each of them still has to hear."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
LONGEST_WAIT_SECONDS = 1.0  # then the reader looks whether its client is still there


def notification(action: str, event: Document) -> str:
    return json.dumps({"action": action, "event": event})


@dataclass(eq=False, slots=True)
class Listener:
    """`project_id` is None for the controller's stream."""

    project_id: str | None
    waiting: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)


class Listeners:
    """Each notification is made once, whoever hears it."""

    def __init__(self, *, ping_seconds: float) -> None:
        self.ping_seconds = ping_seconds
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()

    def count(self, project_id: str | None) -> int:
        with self._lock:
            return sum(listener.project_id == project_id for listener in self._listeners)

    def tell(self, project_id: str | None, action: str, event: Document) -> None:
        with self._lock:
            hearing = [listener for listener in self._listeners if listener.project_id == project_id]
        if hearing:
            text = notification(action, event)
            for listener in hearing:
                listener.waiting.put(text)

    @contextmanager
    def listening(self, project_id: str | None) -> Iterator[Listener]:
        listener = Listener(project_id)
        with self._lock:
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def messages(self, listener: Listener) -> Iterator[str | None]:
        """Yield a ping, then what happens, and a ping after each silence; None from time to time for nothing."""
        yield notification("ping", PING)
        spoken = time.monotonic()
        while True:
            silence = time.monotonic() - spoken
            try:
                yield listener.waiting.get(timeout=max(0.0, min(LONGEST_WAIT_SECONDS, self.ping_seconds - silence)))
            except queue.Empty:
                if time.monotonic() - spoken < self.ping_seconds:
                    yield None
                    continue
                yield notification("ping", PING)
            spoken = time.monotonic()


PING = {"cpu_usage_percent": 3.5, "memory_usage_percent": 42.0}
