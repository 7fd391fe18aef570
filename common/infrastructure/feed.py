"""The event feed: one per process, from the store to every subscriber inside it.

A thread reads what was committed after its position, writes each event as JSON once, and hands batches to the
subscribers on their event loops. It runs while there are subscribers, sleeps until woken (see wakeups) and polls
slowly as the safety net.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from common.infrastructure import event_store, wakeups
from common.infrastructure.event_store import Envelope

POLL_SECONDS = 1.0
READ_LIMIT = 500
QUEUE_LIMIT = 1000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event ready to send: `frame` is the WebSocket message, written once for all subscribers."""

    position: int
    type: str
    source: str
    subject: str
    priority: str
    frame: str


def envelope_dict(envelope: Envelope) -> dict[str, Any]:
    """The envelope as it stands on the wire and in REST answers."""
    return {
        "position": envelope.position,
        "id": envelope.id,
        "type": envelope.type,
        "version": envelope.version,
        "source": envelope.source,
        "subject": envelope.subject,
        "priority": envelope.priority,
        "time": envelope.time,
        "actor": envelope.actor,
        "correlation_id": envelope.correlation_id,
        "data": envelope.data,
    }


def feed_event(envelope: Envelope) -> FeedEvent:
    message = {"type": "event", "event": envelope_dict(envelope)}
    return FeedEvent(
        position=envelope.position,
        type=envelope.type,
        source=envelope.source,
        subject=envelope.subject,
        priority=envelope.priority,
        frame=orjson.dumps(message, option=orjson.OPT_UTC_Z).decode(),
    )


class Subscriber:
    """A bounded queue on one event loop. What does not fit is dropped and remembered as an overflow."""

    def __init__(self, wants: Callable[[FeedEvent], bool], *, limit: int = QUEUE_LIMIT) -> None:
        self.loop = asyncio.get_running_loop()
        self.ready = asyncio.Event()
        self.overflowed = False
        self.seen = 0  # everything up to here was queued, if it was wanted
        self._wants = wants
        self._queue: deque[FeedEvent] = deque()
        self._limit = limit

    def offer(self, events: Sequence[FeedEvent]) -> None:
        """Called on the loop by the feed. After an overflow nothing is taken until `restart`."""
        if self.overflowed:
            return
        for event in events:
            if not self._wants(event):
                continue
            if len(self._queue) >= self._limit:
                self.overflowed = True
                break
            self._queue.append(event)
        else:
            self.seen = events[-1].position
        if self._queue or self.overflowed:
            self.ready.set()

    def take(self) -> FeedEvent | None:
        return self._queue.popleft() if self._queue else None

    def restart(self) -> None:
        """Empty the queue and take events again; the store has all that was offered until now."""
        self._queue.clear()
        self.overflowed = False


class EventFeed:
    """Fans the store out to the subscribers of this process, on whatever event loops they live."""

    def __init__(self, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._subscribers: dict[asyncio.AbstractEventLoop, set[Subscriber]] = {}
        self._thread: _FeedThread | None = None

    @property
    def subscribers(self) -> int:
        with self._lock:
            return sum(len(group) for group in self._subscribers.values())

    def attach(self, subscriber: Subscriber) -> None:
        """Offer what is committed from now on. Blocks for a query, so call it in a thread, not on the loop.

        What was committed before the return may be offered or not: read it from the store, and skip doubles.
        """
        with self._lock:
            self._subscribers.setdefault(subscriber.loop, set()).add(subscriber)
            if self._thread is None:
                self._thread = _FeedThread(self, self._poll_seconds, position=event_store.last_position())
                self._thread.start()

    def detach(self, subscriber: Subscriber) -> None:
        with self._lock:
            group = self._subscribers.get(subscriber.loop, set())
            group.discard(subscriber)
            if not group:
                self._subscribers.pop(subscriber.loop, None)
            if not self._subscribers and self._thread is not None:
                self._thread.stop()
                self._thread = None

    def deliver(self, events: Sequence[FeedEvent]) -> None:
        with self._lock:
            loops = list(self._subscribers)
        for loop in loops:
            try:
                loop.call_soon_threadsafe(self._offer, loop, events)
            except RuntimeError:  # the loop was closed with subscribers on it (a server cut short)
                with self._lock:
                    self._subscribers.pop(loop, None)

    def _offer(self, loop: asyncio.AbstractEventLoop, events: Sequence[FeedEvent]) -> None:
        with self._lock:
            group = tuple(self._subscribers.get(loop, ()))
        for subscriber in group:
            subscriber.offer(events)


class _FeedThread(threading.Thread):
    def __init__(self, feed: EventFeed, poll_seconds: float, *, position: int) -> None:
        super().__init__(name="event-feed", daemon=True)
        self._feed = feed
        self._poll_seconds = poll_seconds
        self._woken = threading.Event()
        self._stopping = False
        self._position = position

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
                close_old_connections()
                self._read()
                if failing:
                    log.info("event feed reads the database again")
                failing = False
            except DatabaseError as error:
                if not failing:
                    log.error("event feed cannot read the database; trying on", reason=str(error))  # noqa: TRY400 # one line for an outage, without its traceback
                failing = True
                connection.close()
            self._woken.wait(self._poll_seconds)

    def _read(self) -> None:
        while not self._stopping:
            envelopes = event_store.read_after(self._position, limit=READ_LIMIT)
            if not envelopes:
                return
            self._position = envelopes[-1].position
            self._feed.deliver([feed_event(envelope) for envelope in envelopes])


feed = EventFeed()
