"""Hears a stream of notifications in a thread, and waits for what should come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.notifications import Connected, Notifications
from api_clients.network.gns3.values import Notification

PATIENCE_SECONDS = 30.0


class Heard:
    def __init__(self) -> None:
        self._items: list[Notification] = []
        self._news = threading.Condition()
        self.connected = threading.Event()

    def add(self, item: Notification) -> None:
        with self._news:
            self._items.append(item)
            self._news.notify_all()

    def actions(self, *, but: str = "compute.updated") -> list[str]:
        """What came so far without pings and compute.updated, of which there may be any number."""
        with self._news:
            return [item.action for item in self._items if item.action not in ("ping", but)]

    def wait_for(self, action: str, wanted: Callable[[dict], bool] = lambda event: True, *, after: int = 0) -> int:
        """Return the place of the first one like this, counted from 1."""
        until = time.monotonic() + PATIENCE_SECONDS
        with self._news:
            while True:
                for place, item in enumerate(self._items, start=1):
                    if place > after and item.action == action and wanted(dict(item.event)):
                        return place
                left = until - time.monotonic()
                assert left > 0, f"no {action} came; there were {[item.action for item in self._items]}"
                self._news.wait(left)

    def event(self, place: int) -> dict:
        return dict(self._items[place - 1].event)


@contextmanager
def listening(client: Gns3Client, project_id: str | None = None) -> Iterator[Heard]:
    heard = Heard()
    notifications = Notifications(client, project_id)

    def hear() -> None:
        for item in notifications:
            if isinstance(item, Connected):
                heard.connected.set()
            elif isinstance(item, Notification):
                heard.add(item)

    thread = threading.Thread(target=hear, daemon=True)
    thread.start()
    try:
        assert heard.connected.wait(PATIENCE_SECONDS)
        heard.wait_for("ping")  # from here on it hears everything
        yield heard
    finally:
        notifications.stop()
        thread.join(15)
        assert not thread.is_alive()
