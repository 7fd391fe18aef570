"""Ask again for every open connection whether its login still holds: one task for each event loop.

Connections that came with the same credentials share the question, one question runs at a time, and each connection
has its turn counted from when it connected, so that a thousand of them are no burst of queries.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

import structlog
from django.db import Error

from common.infrastructure.events.database_thread import in_database
from common.infrastructure.websocket.login import Credentials, LoginRefused, Visitor, identify

TICK_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Watched(Protocol):
    credentials: Credentials

    def next_check(self) -> float:
        """Seconds from now until it is to be asked for again, if it holds now."""

    def recheck(self, answer: Visitor | LoginRefused) -> None:
        """Go on, or end the connection."""


class LoginWatch:
    def __init__(self) -> None:
        self._due: dict[Watched, float] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, connection: Watched) -> None:
        self._due[connection] = time.monotonic() + connection.next_check()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def remove(self, connection: Watched) -> None:
        self._due.pop(connection, None)
        if not self._due and self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def is_idle(self) -> bool:
        return not self._due

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._pause())
            try:
                await self._check_those_due()
            except Exception:
                # The task serves all connections: one that cannot be asked for must not end the watch over the others.
                log.exception("logins of open connections could not be checked")

    def _pause(self) -> float:
        return max(0.02, min(TICK_SECONDS, min(self._due.values()) - time.monotonic()))

    async def _check_those_due(self) -> None:
        now = time.monotonic()
        answers: dict[Credentials, Visitor | LoginRefused | None] = {}
        for connection in [each for each, due in self._due.items() if due <= now]:
            if connection not in self._due:
                continue  # it left while others were asked for
            credentials = connection.credentials
            if credentials not in answers:
                answers[credentials] = await _ask(credentials)
            answer = answers[credentials]
            if answer is not None:
                connection.recheck(answer)
            if connection in self._due:
                self._due[connection] = time.monotonic() + connection.next_check()


async def _ask(credentials: Credentials) -> Visitor | LoginRefused | None:
    """None where nobody can say now; an expired token needs no database."""
    try:
        return await in_database(identify, credentials)
    except LoginRefused as refusal:
        return refusal
    except Error:
        return None


_watches: dict[asyncio.AbstractEventLoop, LoginWatch] = {}


def watch(connection: Watched) -> None:
    loop = asyncio.get_running_loop()
    _watches.setdefault(loop, LoginWatch()).add(connection)


def unwatch(connection: Watched) -> None:
    loop = asyncio.get_running_loop()
    if (watching := _watches.get(loop)) is not None:
        watching.remove(connection)
        if watching.is_idle:
            del _watches[loop]
