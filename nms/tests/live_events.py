"""A WebSocket client of ws/events/ that remembers what came."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import connect

Event = dict[str, Any]


class LiveEvents:
    """Subscribed while its `with` lasts; `wait_for` returns the first event that fits, also one that came before."""

    def __init__(
        self, url: str, token: str, topics: list[str], *, after: int | None = None, path: str = "/ws/events/"
    ) -> None:
        self.events: list[Event] = []
        self._address = f"{url.replace('http', 'ws', 1)}{path}"
        self._token = token
        self._subscription = {"topics": topics} if after is None else {"topics": topics, "after": after}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self._token}"}
        self._socket = self._open.enter_context(connect(self._address, additional_headers=headers, open_timeout=60))
        assert self._receive(60)["type"] == "welcome"
        self._socket.send(json.dumps({"action": "subscribe", **self._subscription}))
        answer = self._receive(60)
        assert answer["type"] == "subscribed", answer
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def wait_for(self, fits: Callable[[Event], bool], *, timeout_seconds: float = 90) -> Event:
        limit = time.monotonic() + timeout_seconds
        seen = 0
        while True:
            for event in self.events[seen:]:
                if fits(event):
                    return event
            seen = len(self.events)
            left = limit - time.monotonic()
            try:
                message = self._receive(max(left, 0.01))
            except TimeoutError:
                last = [f"{event['type']} {event['subject']}" for event in self.events[-10:]]
                reason = f"none of {len(self.events)} events within {timeout_seconds:.0f} s fits; the last: {last}"
                raise TimeoutError(reason) from None
            assert message["type"] == "event", message
            self.events.append(message["event"])

    def _receive(self, timeout_seconds: float) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(timeout=timeout_seconds))
        return message
