"""When long work shall stop: somebody asked for it, or the process ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import Error, connection

from common.application import services

LOOK_SECONDS = 0.5


class StopSign:
    """Ask as often as you like; `asked`, a query, is made twice a second, and its yes holds."""

    def __init__(self, asked: Callable[[], bool]) -> None:
        self._asked = asked
        self._thread = threading.get_ident()
        self._looked_at = 0.0
        self._stop = False

    def __call__(self) -> bool:
        if services.stopping.is_set():
            return True
        now = time.monotonic()
        if not self._stop and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._stop = self._look()
        return self._stop

    def _look(self) -> bool:
        try:
            return self._asked()
        except Error:
            return False  # a database that is away is no reason to throw work away
        finally:
            if threading.get_ident() != self._thread:
                connection.close()  # nobody else would, in a thread of the work's own
