"""The event feed: one per process, from the store to every subscriber inside it.

A thread reads what was committed after its position, writes each event as a WebSocket frame once, keeps the newest in
a shared history and wakes one subscriber on each event loop (see fanout). Whoever walks through the history does so at
its own pace, and reads the store where it has fallen out of it. So a burst is read and written once however many
listen. The thread runs while there are subscribers, sleeps until woken (see wakeups), and polls slowly as the safety
net.
"""

from __future__ import annotations

import asyncio
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import orjson
import structlog
from django.conf import settings
from django.db import Error, connection

from common.domain import stored_json
from common.infrastructure.events import event_store, wakeups
from common.infrastructure.events.event_store import Envelope
from common.infrastructure.websocket.connection import text_frame

POLL_SECONDS = 1.0
PAUSE_SECONDS = 0.005  # between two reads: at thousands of commits a second one read finds several
READ_LIMIT = 500
HISTORY_LIMIT = 5000
HISTORY_BYTES = 64 * 1024 * 1024

log = structlog.get_logger(__name__)
_position = attrgetter("position")


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event ready to send: `frame` is the WebSocket message on the wire, written once for all subscribers."""

    position: int
    type: str
    source: str
    subject: str
    priority: str
    frame: bytes
    time: float = 0.0  # Unix time


def feed_event(envelope: Envelope) -> FeedEvent:
    message = {"type": "event", "event": envelope}  # orjson writes the fields of dataclasses
    return FeedEvent(
        position=envelope.position,
        type=envelope.type,
        source=envelope.source,
        subject=envelope.subject,
        priority=envelope.priority,
        frame=text_frame(stored_json.write(message, option=orjson.OPT_UTC_Z)),
        time=envelope.time.timestamp(),
    )


class History:
    """The newest events, in order and without holes, bounded in number and bytes; safe to use from any thread."""

    def __init__(self, *, position: int, limit: int, limit_bytes: int = HISTORY_BYTES) -> None:
        self._events: deque[FeedEvent] = deque()
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._before = position  # everything up to here is not, or no longer, in it
        self._lock = threading.Lock()

    @property
    def position(self) -> int:
        with self._lock:
            return self._events[-1].position if self._events else self._before

    def add(self, events: Sequence[FeedEvent]) -> None:
        with self._lock:
            for event in events:
                self._events.append(event)
                self._bytes += len(event.frame)
            while len(self._events) > self._limit or (self._bytes > self._limit_bytes and self._events):
                oldest = self._events.popleft()
                self._bytes -= len(oldest.frame)
                self._before = oldest.position

    def after(self, position: int, *, limit: int) -> list[FeedEvent] | None:
        """The next events after `position`; None where they have left the history and must be read from the store."""
        with self._lock:
            if position < self._before:
                return None
            start = bisect_right(self._events, position, key=_position)
            return [self._events[index] for index in range(start, min(start + limit, len(self._events)))]


class Subscriber:
    """Someone to wake, on the event loop where it was made."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.left = False

    def wake(self) -> None:
        """There is something new in the history; called on the loop."""


class EventFeed:
    """Wakes the subscribers of this process, on whatever event loops they live."""

    def __init__(self, *, poll_seconds: float = POLL_SECONDS, history_limit: int = HISTORY_LIMIT) -> None:
        self._poll_seconds = poll_seconds
        self._history_limit = history_limit
        self._lock = threading.Lock()
        self._subscribers: dict[asyncio.AbstractEventLoop, set[Subscriber]] = {}
        self._thread: _FeedThread | None = None

    def attach(self, subscriber: Subscriber) -> History:
        """Wake `subscriber` from now on, and return the history, which has all that is committed after the return.

        Blocks for a query, so call it in a thread, not on the loop.
        """
        position = event_store.last_position()  # before the lock, for which event loops wait in detach()
        with self._lock:
            if subscriber.left:  # it hung up in the meantime; nobody would detach it again
                return History(position=0, limit=0)
            self._subscribers.setdefault(subscriber.loop, set()).add(subscriber)
            if self._thread is None:
                history = History(position=position, limit=self._history_limit)
                self._thread = _FeedThread(self, history, self._poll_seconds)
                self._thread.start()
            return self._thread.history

    def detach(self, subscriber: Subscriber) -> None:
        with self._lock:
            subscriber.left = True
            group = self._subscribers.get(subscriber.loop, set())
            group.discard(subscriber)
            if not group:
                self._subscribers.pop(subscriber.loop, None)
            if not self._subscribers and self._thread is not None:
                self._thread.stop()
                self._thread = None

    @property
    def idle(self) -> bool:
        """Whether nobody listens, so that no thread runs."""
        with self._lock:
            return not self._subscribers and self._thread is None

    def wake_subscribers(self) -> None:
        with self._lock:
            loops = list(self._subscribers)
        for loop in loops:
            try:
                loop.call_soon_threadsafe(self._wake, loop)
            except RuntimeError:  # the loop was closed with subscribers on it (a server cut short)
                with self._lock:
                    self._subscribers.pop(loop, None)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            group = tuple(self._subscribers.get(loop, ()))
        for subscriber in group:
            subscriber.wake()


class _FeedThread(threading.Thread):
    def __init__(self, feed: EventFeed, history: History, poll_seconds: float) -> None:
        super().__init__(name="event-feed", daemon=True)
        self.history = history
        self._feed = feed
        self._poll_seconds = poll_seconds
        self._woken = threading.Event()
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    def run(self) -> None:
        wakeups.listen(self._woken)
        listener = wakeups.RedisListener(settings.REDIS_URL, self._woken) if settings.REDIS_URL else None
        if listener:
            listener.start()
        try:
            self._follow()
        finally:
            wakeups.forget(self._woken)
            if listener:
                listener.stop()
            connection.close()

    def _follow(self) -> None:
        failing = False
        while not self._stopping:
            self._woken.clear()
            try:
                self._read()
                if failing:
                    log.info("event feed reads the database again")
                failing = False
            except Error as error:
                if not failing:
                    log.error("event feed cannot read the database; trying on", reason=str(error))  # noqa: TRY400 # one line for an outage, without its traceback
                failing = True
                connection.close()
            time.sleep(PAUSE_SECONDS)
            self._woken.wait(self._poll_seconds)

    def _read(self) -> None:
        while not self._stopping:
            envelopes = event_store.read_after(self.history.position, limit=READ_LIMIT)
            if not envelopes:
                return
            self.history.add([feed_event(envelope) for envelope in envelopes])
            self._feed.wake_subscribers()


feed = EventFeed()
