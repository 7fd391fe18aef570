"""Tell event feeds that something was committed.

A wake-up is a hint, never the data: the database is the truth, and a feed that missed one finds the event at its next
poll. Inside the process it is a threading.Event; across processes a Redis channel, where Redis is configured. A thread
publishes there, so that no commit waits for Redis, and at most once in PAUSE_SECONDS: thousands of commits a second
need no thousands of wake-ups.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Iterable

import redis
import structlog
from django.conf import settings

from common.infrastructure.work.coalescing import Coalescer

CHANNEL = "nms:events:committed"
PAUSE_SECONDS = 0.005
QUIET_SECONDS = 5.0
SOCKET_TIMEOUT_SECONDS = 1.0

log = structlog.get_logger(__name__)
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
    """Wake the feeds of every process. Never raises and never waits: the commit has already happened."""
    wake_local()
    if settings.REDIS_URL:
        _announcements.ask(settings.REDIS_URL)


def flush() -> None:
    """Announce what was asked for; a short-lived command would end before the thread does."""
    _announcements.flush()


class _Announcer:
    """Publishes to one Redis; after a failure it keeps quiet for a while, so that a dead one does not slow commits."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = _client(url)
        self._quiet_until = 0.0

    def announce(self) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            self._client.publish(CHANNEL, "")
        except redis.RedisError as error:
            if not self._quiet_until:
                log.warning("redis does not take wake-ups; events arrive by polling", reason=str(error))
            self._quiet_until = time.monotonic() + QUIET_SECONDS
        else:
            if self._quiet_until:
                log.info("redis takes wake-ups again")
            self._quiet_until = 0.0


_announcer: _Announcer | None = None


def _announce(urls: Iterable[str]) -> None:
    global _announcer
    for url in urls:
        if _announcer is None or _announcer.url != url:
            _announcer = _Announcer(url)
        _announcer.announce()


_announcements = Coalescer(_announce, pause_seconds=PAUSE_SECONDS, name="event-announcer")
atexit.register(flush)


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=SOCKET_TIMEOUT_SECONDS, socket_connect_timeout=SOCKET_TIMEOUT_SECONDS
    )


class RedisListener(threading.Thread):
    """Turns what other processes announce into `woken`; reconnects for as long as it lives."""

    def __init__(self, url: str, woken: threading.Event) -> None:
        super().__init__(name="event-wakeups", daemon=True)
        self._url = url
        self._woken = woken
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        failing = False
        while not self._stopping.is_set():
            try:
                with _client(self._url) as client, client.pubsub() as channel:
                    channel.subscribe(CHANNEL)
                    if failing:
                        log.info("redis gives wake-ups again")
                    failing = False
                    self._receive(channel)
            except redis.RedisError as error:
                if not failing:
                    log.warning("redis gives no wake-ups; events arrive by polling", reason=str(error))
                failing = True
                self._stopping.wait(QUIET_SECONDS)

    def _receive(self, channel: redis.client.PubSub) -> None:
        """Wake for each message; the first confirms the subscription, and stands for what was committed before it."""
        while not self._stopping.is_set():
            if channel.get_message(timeout=SOCKET_TIMEOUT_SECONDS) is not None:
                self._woken.set()
