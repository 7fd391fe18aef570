"""The service that listens to every configured server, in one process of the installation at a time.

Each process that may listen (a hub, a Celery worker) runs one; a lease in the server's row decides who does. When the
one who has it dies, another takes over within LEASE_SECONDS, and reads everything again: what differs becomes events.
"""

from __future__ import annotations

import threading
import time
from uuid import UUID, uuid4

import structlog
from celery import signals
from django.db import Error, connection, connections

from common.application.gns3.server_watch import ServerWatch
from common.application.gns3.servers import client, servers
from common.application.services import RunningService, register_service
from common.domain.errors import HubError
from common.infrastructure.gns3.leases import LEASE_SECONDS, RENEW_SECONDS, leave, take

log = structlog.get_logger(__name__)


class Listener:
    """Holds the leases it can get, and a watch for each."""

    def __init__(self) -> None:
        self._holder: UUID = uuid4()
        self._watches: dict[str, ServerWatch] = {}
        self._held_at: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gns3 listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Leave all streams and leases, so that another process takes over at once."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(10.0)

    def listens_to(self) -> tuple[str, ...]:
        return tuple(sorted(self._watches))

    def _run(self) -> None:
        failing = False
        try:
            while not self._stopping.is_set():
                try:
                    self._look_after_all()
                    failing = False
                except (Error, HubError) as error:
                    if not failing:
                        log.warning("GNS3 servers cannot be looked after; it is tried again", reason=str(error))
                    failing = True
                    connection.close()
                    self._drop_expired()
                self._stopping.wait(RENEW_SECONDS)
        finally:
            self._leave_all()
            connections.close_all()

    def _look_after_all(self) -> None:
        configured = servers()
        for server in set(self._watches) - set(configured):
            self._end(server)
        for server in configured:
            if take(server, self._holder):
                self._held_at[server] = time.monotonic()
                self._watch(server)
            elif server in self._watches:
                log.info("another process listens to a GNS3 server now", server=server)
                self._end(server)

    def _watch(self, server: str) -> None:
        watch = self._watches.get(server)
        if watch is not None and not watch.is_of(client(server)):
            self._end(server)
            watch = None
        if watch is None:
            log.info("listening to a GNS3 server", server=server)
            self._watches[server] = ServerWatch(server)
            self._watches[server].start()

    def _drop_expired(self) -> None:
        """A lease that could not be renewed in time is another's by now."""
        now = time.monotonic()
        for server in [key for key, held_at in self._held_at.items() if now > held_at + LEASE_SECONDS]:
            self._end(server)

    def _end(self, server: str) -> None:
        self._held_at.pop(server, None)
        if (watch := self._watches.pop(server, None)) is not None:
            watch.stop()

    def _leave_all(self) -> None:
        for server in list(self._watches):
            self._end(server)
            try:
                leave(server, self._holder)
            except Error as error:
                log.warning("a lease could not be given back; it runs out", server=server, reason=str(error))
                connection.close()


_lock = threading.Lock()
_running: list[Listener] = []  # of this process: one, whether a hub or a Celery worker started it


class _Handle:
    def stop(self) -> None:
        with _lock:
            listeners, _running[:] = list(_running), []
        for listener in listeners:
            listener.stop()


def start() -> RunningService | None:
    """None where this process listens already."""
    with _lock:
        if _running:
            return None
        _running.append(Listener())
        _running[0].start()
    return _Handle()


def connect() -> None:
    """Once, from AppConfig.ready(): hubs listen, and so do Celery workers, which are all there is in production."""
    register_service("gns3 listener", start)
    signals.worker_ready.connect(_worker_ready, weak=False, dispatch_uid="gns3 listener")
    signals.worker_shutdown.connect(_worker_shutdown, weak=False, dispatch_uid="gns3 listener")


def _worker_ready(**_: object) -> None:
    start()


def _worker_shutdown(**_: object) -> None:
    _Handle().stop()
