"""Wait for the end of a message: told inside the process that delivers it, by looking now and then otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from time import monotonic

from common.models import Message
from common.models.work import RUNNING, WAITING

FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.005, 0.1

_lock = threading.Lock()
_waiting: dict[int, threading.Event] = {}


def tell_ended(pks: Iterable[int]) -> None:
    """Wake whoever waits for these in this process; after the commit."""
    if not _waiting:
        return
    for pk in pks:
        with _lock:
            event = _waiting.get(pk)
        if event is not None:
            event.set()


def wait_for_end(pk: int, *, seconds: float) -> Message | None:
    """The message once it has come to an end, or None if it has not by then."""
    ends_at = monotonic() + seconds
    with _lock:
        told = _waiting.setdefault(pk, threading.Event())
    pause = FIRST_LOOK_SECONDS
    try:
        while True:
            message = Message.objects.get(pk=pk)
            if message.state not in {WAITING, RUNNING}:
                return message
            left = ends_at - monotonic()
            if left <= 0:
                return None
            told.wait(min(pause, left))
            pause = min(pause * 1.5, LONGEST_LOOK_SECONDS)
    finally:
        with _lock:
            _waiting.pop(pk, None)
