"""A server's notifications as one endless iteration: it comes back after every outage, and says when there was one.

    notifications = Notifications(client)
    for item in notifications:
        match item:
            case Connected(): read everything again, for what happened before is not told
            case Notification(): ...
            case Lost(): nothing is known until the next Connected

Streams repeat themselves and leave things out (docs/gns3.md), so what they say is a reason to look, never the truth.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from api_clients.domain.errors import CircuitOpen, Malformed, Rejected, ServiceError, Unreachable
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.values import Stream
from api_clients.network.gns3.values import Notification

BACKOFF = RetryPolicy(base_seconds=0.2, max_seconds=5.0)
MAX_LINE_BYTES = 16 * 1024 * 1024
GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Connected:
    """The stream has begun: what happened before it was not told."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The stream has ended, or could not be opened; it is tried again. Told once for each outage."""

    error: ServiceError


Item = Notification | Connected | Lost


class Opens(Protocol):
    def open_notifications(self, project_id: str | None = None) -> Stream: ...


class Notifications:
    """Iterate in one thread; `stop` from any other ends the iteration within a second.

    A project's stream ends with the error when the project is not there (Rejected, 404): there is nothing to wait for.
    """

    def __init__(
        self,
        client: Opens,
        project_id: str | None = None,
        *,
        backoff: RetryPolicy = BACKOFF,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._project_id = project_id
        self._backoff = backoff
        self._draw = draw
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._stream: Stream | None = None

    def stop(self) -> None:
        self._stopped.set()
        with self._lock:
            if self._stream is not None:
                self._stream.close()

    def __iter__(self) -> Iterator[Item]:
        failures = 0
        while not self._stopped.is_set():
            try:
                stream = self._open()
                yield Connected()
                for notification in self._read(stream):
                    failures = 0
                    yield notification
                error: ServiceError = Unreachable("the server ended the stream of notifications", service="gns3")
            except ServiceError as caught:
                if isinstance(caught, Rejected) and caught.status in GONE and self._project_id is not None:
                    raise
                error = caught
            finally:
                self._close()
            if self._stopped.is_set():
                return
            if failures == 0:
                yield Lost(error)
            failures += 1
            self._stopped.wait(self._pause(error, failures))

    def _open(self) -> Stream:
        stream = self._client.open_notifications(self._project_id)
        with self._lock:
            self._stream = stream
            if self._stopped.is_set():
                stream.close()
        return stream

    def _close(self) -> None:
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _read(self, stream: Stream) -> Iterator[Notification]:
        rest = b""
        while chunk := stream.read():
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                raise Malformed(f"sent a notification of more than {MAX_LINE_BYTES} bytes", service="gns3")
            for line in lines:
                if line.strip():
                    yield read_notification(line, project_id=self._project_id or "")

    def _pause(self, error: ServiceError, failures: int) -> float:
        """Full jitter, so that many listeners do not come back together; as long as an open circuit asks for."""
        bound = min(self._backoff.max_seconds, self._backoff.base_seconds * self._backoff.multiplier ** (failures - 1))
        wait = bound * self._draw()
        if isinstance(error, CircuitOpen):
            wait += min(error.retry_in_seconds, self._backoff.max_seconds)
        return wait


def read_notification(line: bytes, *, project_id: str = "") -> Notification:
    """Read one line of a stream. Raises Malformed."""
    try:
        document: Any = json.loads(line)
        return Notification(str(document["action"]), dict(document["event"]), project_id)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Malformed("sent a line that is no notification", service="gns3") from None
