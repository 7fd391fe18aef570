"""Reads a server's notifications in a thread of its own, so that each is stamped when it comes, however busy we are."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.notifications import Item, Notifications

JOIN_SECONDS = 3.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream will not come back: what it was about is not there."""

    error: ServiceError


@dataclass(frozen=True, slots=True)
class Heard:
    """`project_id` is "" for the controller's stream; `at` is monotonic."""

    project_id: str
    item: Item | Ended
    at: float


class StreamReader:
    def __init__(self, client: Gns3Client, into: queue.SimpleQueue[Heard], *, project_id: str = "") -> None:
        self.project_id = project_id
        self._into = into
        self._notifications = Notifications(client, project_id or None)
        self._thread = threading.Thread(target=self._run, name=f"gns3 stream {project_id}".strip(), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; `join` waits for it."""
        self._notifications.stop()

    def join(self) -> None:
        if self._thread.ident is not None:
            self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        try:
            for item in self._notifications:
                self._put(item)
        except ServiceError as error:
            self._put(Ended(error))
        except Exception:
            log.exception("a stream of notifications broke", project=self.project_id)
            self._put(Ended(ServiceError("its reader broke; the log says more")))

    def _put(self, item: Item | Ended) -> None:
        self._into.put(Heard(self.project_id, item, time.monotonic()))
