"""What the tests of single links share: a request, and a transport that answers what a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from redis import Redis

from api_clients.domain.operation import Lane, Operation
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.redis_connection import connect

READ = Operation("look", idempotent=True, role="viewer", lane="read")
WRITE = Operation("change", idempotent=False, role="operator", lane="write")
CACHED = replace(READ, cache_seconds=10.0)


def a_request(operation: Operation = READ, *, lane: Lane | None = None, path: str = "/thing", **fields: Any) -> Request:
    operation = replace(operation, lane=lane) if lane else operation
    return Request("storeroom", operation, "main", "GET", path, **fields)


class Scripted:
    """Gives its answers in turn, the last one for ever; an exception is raised, a function is called."""

    def __init__(self, *answers: Response | BaseException | Callable[[Request], Response]) -> None:
        self._answers = list(answers) or [Response(200, body=b"ok")]
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    def send(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)


def patiently(url: str) -> Redis:
    """A connection to a Redis that is there: on a busy machine half a second without an answer is no outage."""
    return connect(url, timeout_seconds=30.0)


def in_threads(count: int, call: Callable[[], Any]) -> list[Any]:
    """Call from that many threads at once; return results and exceptions."""
    results: list[Any] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait(60)
        try:
            results.append(call())
        except BaseException as error:
            results.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not [thread for thread in threads if thread.is_alive()], "a thread hangs"
    return results
