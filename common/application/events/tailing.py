"""Follow the event store from a command: what is there after a position, then what comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection

from common.domain.envelope import Envelope
from common.domain.topics import Interest
from common.infrastructure.events import event_store, wakeups

READ_LIMIT = 500
POLL_SECONDS = 0.25
POLL_BESIDE_REDIS_SECONDS = 1.0  # the wake-ups are Redis's; polling is the net


def follow(interest: Interest, *, after: int, on_outage: Callable[[str], None]) -> Iterator[Envelope]:
    """Every event after `after` that `interest` wants, in order, without end.

    A database that goes away is told once to `on_outage`, and waited for; the sequence has no gap then either.
    """
    position = after
    with _woken() as woken:
        failing = False
        while True:
            woken.clear()
            try:
                envelopes = event_store.read_after(position, limit=READ_LIMIT)
                failing = False
            except Error as error:
                if not failing:
                    on_outage(str(error).strip())
                failing = True
                connection.close()
                envelopes = []
            for envelope in envelopes:
                position = envelope.position
                if interest.wants(envelope):
                    yield envelope
            if not envelopes:
                woken.wait(POLL_BESIDE_REDIS_SECONDS if settings.REDIS_URL else POLL_SECONDS)


@contextmanager
def _woken() -> Iterator[threading.Event]:
    woken = threading.Event()
    listener = wakeups.RedisListener(settings.REDIS_URL, woken) if settings.REDIS_URL else None
    wakeups.listen(woken)
    if listener:
        listener.daemon = True
        listener.start()
    try:
        yield woken
    finally:
        wakeups.forget(woken)
        if listener:
            listener.stop()
