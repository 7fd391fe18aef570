"""Watch one server: the controller's stream always, the streams of the hub's own projects, polls of the others.

A project that has auto_close is closed by its server, and its nodes stopped, when the last listener to its stream
leaves. So only projects are listened to that the hub made or was told to watch, and none with auto_close: a restart of
the hub must not shut a lab down. The others are polled every second, which costs one small read each.

Everything runs in one thread; streams and polls have threads that only read. While the server is away nothing is
concluded but that it is away.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import structlog
from django.db import Error, connection, connections

from api_clients.domain.errors import ServiceError
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.notifications import Connected, Lost
from api_clients.network.gns3.values import Notification, Project
from common.application.gns3 import reading
from common.application.gns3.known import with_links, with_nodes
from common.application.gns3.notices import payload_of, step_of, warning_of
from common.application.gns3.projects import record_restored
from common.application.gns3.recording import (
    Row,
    look,
    record,
    record_warning,
    rows,
)
from common.application.gns3.server_link import ServerLink
from common.application.gns3.servers import client, hub_error
from common.application.gns3.watching import Watched
from common.domain.errors import HubError, Unknown
from common.infrastructure.gns3.polls import Poll, Polls
from common.infrastructure.gns3.streams import Ended, Heard, StreamReader

TURN_SECONDS = 0.05  # the longest wait for news
LIST_SECONDS = 5.0  # the list of projects is read so often even if no notification says to
ROWS_SECONDS = 0.25  # what others recorded is looked for so often, and whenever something was heard
READ_SECONDS = 0.3
PAUSE_SECONDS = 1.0  # after a failure of our own
MOST_AT_ONCE = 500  # notifications of one turn

log = structlog.get_logger(__name__)


class ServerWatch:
    def __init__(self, server: str) -> None:
        self.server = server
        self._client: Gns3Client = client(server)
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"gns3 {server}", daemon=True)
        self._controller = StreamReader(self._client, self._heard)
        self._streams: dict[str, StreamReader] = {}
        self._watched: dict[str, Watched] = {}
        self._polls = Polls(self._client, server)
        self._link = ServerLink(server, self._client)
        self._inbox: deque[Heard] = deque()  # heard, and not taken in yet
        self._listed: dict[str, Project] = {}
        self._hidden: set[str] = set()  # known, and not on the list: our login may not see them now
        self._list_at = 0.0
        self._rows_at = 0.0
        self._failing = False

    def start(self) -> None:
        self._controller.start()
        self._thread.start()

    def is_of(self, client: Gns3Client) -> bool:
        """False where the configuration has changed: then this watch asks the wrong server."""
        return self._client is client

    def stop(self) -> None:
        """Leave every stream and end within seconds."""
        self._stopping.set()
        readers = [self._controller, *self._streams.values()]
        for reader in readers:
            reader.stop()
        self._polls.stop()
        if self._thread.ident is not None:
            self._thread.join(5.0)
        for reader in readers:
            reader.join()

    # --- the turn ---

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                    self._failing = False
                except (Error, HubError, ServiceError) as error:
                    self._failed(error)
                except Exception:
                    log.exception("the watch of a GNS3 server failed; it goes on", server=self.server)
                    self._soil_all()
                    self._stopping.wait(PAUSE_SECONDS)
        finally:
            self._controller.stop()  # perhaps another one than `stop` knew
            connections.close_all()

    def _turn(self) -> None:
        self._inbox.extend(self._drain())
        if self._inbox:
            self._rows_at = 0.0
        self._take_in()
        if not self._link.is_on:
            self._link.conclude_loss()
            return
        if not self._link.is_greeted:
            self._greet()
        now = time.monotonic()
        if now >= self._list_at:
            self._read_list()
            self._rows_at = 0.0
        if now >= self._rows_at:
            self._follow_rows()
        self._collect_polls()
        self._read_what_is_due(now)
        for watched in self._watched.values():
            if watched.wants_poll(now) and not self._polls.is_under_way(watched.project_id):
                self._polls.begin(watched.project_id, watched.revision, with_links=watched.polled(now))

    def _read_what_is_due(self, now: float) -> None:
        """The longest waiting first, for READ_SECONDS at most: polls and news must not wait for many readings."""
        due = sorted((watched for watched in self._watched.values() if watched.is_due(now)), key=Watched.due_since)
        for watched in due:
            if self._stopping.is_set() or time.monotonic() > now + READ_SECONDS:
                return
            self._read_all(watched)

    def _drain(self) -> Iterator[Heard]:
        """What was heard since, after a short wait for something."""
        try:
            yield self._heard.get(timeout=TURN_SECONDS)
            for _ in range(MOST_AT_ONCE):
                yield self._heard.get_nowait()
        except queue.Empty:
            return

    def _failed(self, error: Exception) -> None:
        """An outage of the database, or a server that does not answer what it should: look again soon."""
        if not self._failing:
            log.warning(
                "the watch of a GNS3 server cannot go on; it tries again", server=self.server, reason=str(error)
            )
        self._failing = True
        if isinstance(error, Error):
            connection.close()
        self._soil_all()
        self._list_at = time.monotonic() + PAUSE_SECONDS
        self._stopping.wait(PAUSE_SECONDS)

    def _soil_all(self) -> None:
        now = time.monotonic()
        for watched in self._watched.values():
            watched.pending.clear()
            watched.soil(now)

    # --- what is heard ---

    def _take_in(self) -> None:
        """Where one cannot be taken in, those after it are in the next turn."""
        touched: dict[str, bool] = {}
        while self._inbox:
            one = self._inbox.popleft()
            if one.project_id == "":
                self._controller_says(one)
            elif (watched := self._watched.get(one.project_id)) is not None:
                believed = self._project_says(watched, one)
                touched[one.project_id] = touched.get(one.project_id, True) and believed
        for project_id, believed in touched.items():
            self._believe(self._watched[project_id], believed=believed)

    def _controller_says(self, heard: Heard) -> None:
        match heard.item:
            case Connected():
                self._link.connected()
                self._greet()
            case Lost(error=error):
                self._link.lost(error, heard.at)
            case Ended(error=error):
                self._link.lost(error, heard.at)
                self._hear_again()
            case Notification(action=action, event=event):
                self._controller_notifies(heard.item, action, event)

    def _controller_notifies(self, notification: Notification, action: str, event: Any) -> None:
        if action.startswith("project."):
            self._list_at = 0.0
        elif action.startswith("compute."):
            self._link.hears_of_compute(action, event)
        elif (warning := warning_of(notification)) is not None:
            record_warning(self.server, "", *warning)

    def _project_says(self, watched: Watched, heard: Heard) -> bool:
        """Whether what is said may be believed."""
        match heard.item:
            case Connected():
                watched.streaming = True
                watched.soil(heard.at)
            case Lost():
                watched.streaming = False
            case Ended():
                watched.streaming = False
                self._leave(watched.project_id)
                self._list_at = 0.0
            case Notification() as notification:
                return self._project_notifies(watched, notification, heard.at)
        return True

    def _project_notifies(self, watched: Watched, notification: Notification, at: float) -> bool:
        if notification.action == "ping":
            return True
        if (warning := warning_of(notification)) is not None:
            record_warning(self.server, watched.project_id, *warning)
            return True
        if notification.action == "snapshot.restored":
            self._restored(watched.project_id, notification.event)
            watched.soil(at)
            return True
        return watched.hears(step_of(notification), at, payload=payload_of(notification))

    def _restored(self, project_id: str, event: Any) -> None:
        project = self._listed.get(project_id)
        if project is not None:
            record_restored(self.server, project, str(event.get("snapshot_id", "")), str(event.get("name", "")))

    def _believe(self, watched: Watched, *, believed: bool) -> None:
        """Record what was said, as far as it differs; where it may not be believed, read instead."""
        steps, watched.pending = watched.pending, []
        if not watched.differs(steps):
            return
        if believed:
            revision = record(self.server, watched.project_id, watched.revision, steps)
            if revision is not None:
                for step in steps:
                    watched.known = step(watched.known)
                watched.revision = revision
                return
        self._read_all(watched)

    # --- the connection ---

    def _greet(self) -> None:
        self._link.greet()
        self._list_at = 0.0
        self._soil_all()

    def _hear_again(self) -> None:
        """The controller's stream comes back by itself, unless its reader broke."""
        self._stopping.wait(PAUSE_SECONDS)
        self._controller = StreamReader(self._client, self._heard)
        if not self._stopping.is_set():
            self._controller.start()

    # --- which projects ---

    def _read_list(self) -> None:
        self._list_at = time.monotonic() + LIST_SECONDS
        before = rows(self.server).keys()
        self._listed = {project.project_id: project for project in reading.projects(self.server, fresh=True)}
        self._hidden = set(before - self._listed.keys())

    def _follow_rows(self) -> None:
        """Watch the projects that are open and seen; what others recorded meanwhile is a reason to read again."""
        now = time.monotonic()
        self._rows_at = now + ROWS_SECONDS
        known = rows(self.server).items()
        opened = {key: row for key, row in known if row.status == "opened" and key not in self._hidden}
        for project_id in self._watched.keys() - opened.keys():
            del self._watched[project_id]
            self._leave(project_id)
        for project_id, row in opened.items():
            watched = self._watched.get(project_id)
            if watched is None:
                self._begin(project_id)
            elif watched.revision != row.revision:
                watched.is_overtaken(row.revision, now)
            self._listen(project_id, row)

    def _begin(self, project_id: str) -> None:
        seen = look(self.server, project_id)
        if seen is not None:
            self._watched[project_id] = Watched(project_id, seen.known, seen.revision)

    def _listen(self, project_id: str, row: Row) -> None:
        project = self._listed.get(project_id)
        wanted = row.has_stream and project is not None and not project.auto_close
        if wanted and project_id not in self._streams:
            self._streams[project_id] = StreamReader(self._client, self._heard, project_id=project_id)
            self._streams[project_id].start()
        elif not wanted and project_id in self._streams:
            self._leave(project_id)

    def _leave(self, project_id: str) -> None:
        if (reader := self._streams.pop(project_id, None)) is not None:
            reader.stop()
        if (watched := self._watched.get(project_id)) is not None:
            watched.streaming = False

    # --- reading ---

    def _read_all(self, watched: Watched) -> None:
        try:
            reading.prefetch(self.server, watched.project_id)
        except Unknown:
            self._list_at = 0.0
            return
        finally:
            watched.dirty_since = time.monotonic() + PAUSE_SECONDS  # where it failed, not at once again
        seen = look(self.server, watched.project_id)
        if seen is not None:
            watched.was_read(seen, time.monotonic())

    def _collect_polls(self) -> None:
        for poll in self._polls.done():
            watched = self._watched.get(poll.project_id)
            if poll.error is not None:
                self._poll_failed(poll.error)
            elif watched is not None:
                self._compare(watched, poll)

    def _compare(self, watched: Watched, poll: Poll) -> None:
        if poll.revision != watched.revision:
            return  # it is read again anyway
        steps = []
        if poll.nodes != watched.nodes:
            steps.append(lambda known: with_nodes(known, poll.nodes))
            watched.nodes = poll.nodes
        if poll.links is not None and poll.links != watched.links:
            read = poll.links
            steps.append(lambda known: with_links(known, read))
            watched.links = poll.links
        if not steps or not watched.differs(steps):
            return
        if record(self.server, watched.project_id, poll.revision, steps) is not None:
            seen = look(self.server, watched.project_id)
            if seen is not None:
                watched.takes(seen)
        watched.soil(time.monotonic())

    def _poll_failed(self, error: ServiceError) -> None:
        """A project that is gone or closed by now, or a server that goes away: the list or the stream will tell."""
        self._list_at = min(self._list_at, time.monotonic() + PAUSE_SECONDS)
        log.debug("a poll failed", server=self.server, reason=str(hub_error(self.server, error)))
