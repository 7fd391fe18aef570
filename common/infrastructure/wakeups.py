"""Tell event feeds that something was committed. A hint, never the data: the database is the truth."""

from __future__ import annotations

import threading

_listeners: set[threading.Event] = set()
_lock = threading.Lock()


def listen(event: threading.Event) -> None:
    with _lock:
        _listeners.add(event)


def forget(event: threading.Event) -> None:
    with _lock:
        _listeners.discard(event)


def wake_local() -> None:
    """Wake the feeds of this process; callable from any thread."""
    with _lock:
        listeners = tuple(_listeners)
    for event in listeners:
        event.set()


def notify() -> None:
    """Wake the feeds of every process."""
    wake_local()
