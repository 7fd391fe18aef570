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
from queue import SimpleQueue
from typing import Any, Protocol

from api_clients.domain.errors import CircuitOpen, Malformed, Rejected, ServiceError, Unreachable
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.values import Stream
from api_clients.network.gns3.values import GONE, Notification

BACKOFF = RetryPolicy(base_seconds=0.2, max_seconds=5.0)
MAX_LINE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Connected:
    """The server speaks (its first word is a ping): what happened before was not told."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The stream has ended, or could not be opened; it is tried again. Told once for each outage, so that each is
    followed by a Connected, and each Connected by at most one of these.
    """

    error: ServiceError


Item = Notification | Connected | Lost
Arrival = SimpleQueue[Stream | Exception | None]


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
        self._arrival: Arrival | None = None

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
            if self._arrival is not None:
                self._arrival.put(None)
            if self._stream is not None:
                self._stream.close()

    def __iter__(self) -> Iterator[Item]:
        failures = 0
        while not self._stopped.is_set():
            connected = False
            try:
                for notification in self._read(self._open()):
                    if not connected:
                        connected, failures = True, 0
                        yield Connected()
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

    def _open(self) -> Stream | None:
        """Return the stream, or None when stopped before it was there: a hung server must not hold up whoever stops."""
        arrival: Arrival = SimpleQueue()
        with self._lock:
            if self._stopped.is_set():
                return None
            self._arrival = arrival
        threading.Thread(target=self._ask, args=(arrival,), name="gns3-notifications", daemon=True).start()
        came = arrival.get()
        if isinstance(came, Exception):
            raise came
        return came

    def _ask(self, arrival: Arrival) -> None:
        came: Stream | Exception
        try:
            came = self._client.open_notifications(self._project_id)
        except Exception as error:  # noqa: BLE001 # raised where it is waited for
            came = error
        with self._lock:
            if not self._stopped.is_set():
                if not isinstance(came, Exception):
                    self._stream = came
                arrival.put(came)
                return
        if not isinstance(came, Exception):
            came.close()

    def _close(self) -> None:
        with self._lock:
            stream, self._stream, self._arrival = self._stream, None, None
        if stream is not None:
            stream.close()

    def _read(self, stream: Stream | None) -> Iterator[Notification]:
        rest = b""
        while stream is not None and (chunk := stream.read()):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                raise Malformed(f"sent a notification of more than {MAX_LINE_BYTES} bytes", service="gns3")
            for line in lines:
                if line.strip():
                    yield read_notification(line, project_id=self._project_id or "")

    def _pause(self, error: ServiceError, failures: int) -> float:
        """Full jitter, so that many listeners do not come back together; as long as an open circuit asks for."""
        wait = self._backoff.longest_wait(failures) * self._draw()
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
