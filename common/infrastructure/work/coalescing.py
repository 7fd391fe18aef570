"""Do something soon, in a thread, and not too often: the first at once, then one for all that was asked meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Hashable
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)
Key = TypeVar("Key", bound=Hashable)


class Coalescer(Generic[Key]):
    """Calls `perform` with what was asked for since the last call, each key once and in the order of asking.

    Whatever is asked for is performed afterwards, never before: that is what makes it a wake-up that cannot be lost in
    between. The thread starts with the first question; a forked process, which inherits no threads, starts its own.
    """

    def __init__(self, perform: Callable[[Collection[Key]], None], *, pause_seconds: float, name: str) -> None:
        self._perform = perform
        self._pause_seconds = pause_seconds
        self._name = name
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._asked = threading.Condition()
        self._performing = threading.Lock()
        self._wanted: dict[Key, None] = {}
        self._thread: threading.Thread | None = None

    def ask(self, key: Key) -> None:
        """Never waits; callable from any thread."""
        with self._asked:
            self._wanted[key] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._asked.notify()

    def flush(self) -> None:
        """Perform now what was asked for; at the end of a process, which does not wait for the thread."""
        with self._performing:  # what the thread has taken up is done when this returns
            self._perform_wanted()

    def _run(self) -> None:
        while True:
            with self._asked:
                self._asked.wait_for(lambda: self._wanted)
            with self._performing:
                self._perform_wanted()
            time.sleep(self._pause_seconds)

    def _perform_wanted(self) -> None:
        with self._asked:
            wanted, self._wanted = self._wanted, {}
        try:
            if wanted:
                self._perform(wanted)
        except Exception:
            # The thread serves the whole process: one failure must not silence what is asked for later.
            log.exception("could not be done now", what=self._name, asked_for=[str(key) for key in wanted])
