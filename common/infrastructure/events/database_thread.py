"""Queries of the event loop's: one thread answers them, on a connection that lasts for a burst.

Django's own bridge opens and closes a connection for each question of an ASGI process, which for a thousand clients
that reconnect at once means thousands of them. Here they queue for one thread; it closes its connection as soon as
nobody asks any more, and ends soon after.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.db import Error, connections

BURST_SECONDS = 0.5
P = ParamSpec("P")
T = TypeVar("T")
_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` in the thread; raises what it raises. It must be quick, since others wait for their turn."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    _thread.put((lambda: function(*args, **kwargs), loop, future))
    return await future


class _DatabaseThread:
    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running = False

    def put(self, job: _Job) -> None:
        with self._lock:
            self._jobs.put(job)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="websocket-database", daemon=True).start()

    def _run(self) -> None:
        try:
            while (job := self._next()) is not None:
                _perform(*job)
        finally:
            connections.close_all()

    def _next(self) -> _Job | None:
        with contextlib.suppress(queue.Empty):
            return self._jobs.get(timeout=BURST_SECONDS)
        with self._lock:  # nothing can be put between this look and the end
            with contextlib.suppress(queue.Empty):
                return self._jobs.get_nowait()
            self._running = False
            return None


def _perform(function: Callable[[], Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]) -> None:
    if future.cancelled():
        return  # whoever asked is gone
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 # it is raised where the question was asked
        if isinstance(error, Error):
            connections.close_all()
        _answer(loop, future, future.set_exception, error)
    else:
        _answer(loop, future, future.set_result, result)


def _answer(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], set_answer: Callable[[Any], None], answer: Any
) -> None:
    def set_unless_done() -> None:
        if not future.done():
            set_answer(answer)

    with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
        loop.call_soon_threadsafe(set_unless_done)


_thread = _DatabaseThread()
