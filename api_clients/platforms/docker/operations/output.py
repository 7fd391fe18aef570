"""The output of containers, as lines and as documents for Elasticsearch; and the engine's events.

Output is for operators: programs write secrets too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import Response, Stream
from api_clients.infrastructure.http import as_stream
from api_clients.platforms.docker.connection import filters, seconds
from api_clients.platforms.docker.logs import DEFAULT_INDEX, bulk_entry, make_decoder, read_frames, read_terminal
from api_clients.platforms.docker.operations.containers import ContainerOperations
from api_clients.platforms.docker.streams import EventStream, LogDocuments, LogLines, read_events
from api_clients.platforms.docker.values import ContainerDetail, Event, LogLine

Output = Literal["all", "stdout", "stderr"]
Kind = Literal["container", "image", "network", "volume", "daemon"]
MAX_LINES = 10_000
EVENTS_SECONDS = 300.0
SILENCE_SECONDS = 24 * 3600.0  # a container may say nothing for long; whoever follows it closes the stream
INDEX = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}\Z")


class OutputOperations(ContainerOperations):
    wall: Callable[[], float] = staticmethod(time.time)

    @operation(idempotent=True, role="operator", lane="read")
    def logs(
        self,
        container: str,
        tail: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
        output: Output = "all",
    ) -> tuple[LogLine, ...]:
        """Return the last `tail` lines (10 000 at most) of a container's output, oldest first, as far as its log driver
        keeps them.
        """
        return self._lines(self.container(container), tail=tail, since=since, until=until, output=output)

    @operation(idempotent=True, role="operator", lane="read")
    def log_documents(
        self,
        container: str,
        tail: int = 1000,
        since: datetime | None = None,
        until: datetime | None = None,
        output: Output = "all",
        index: str = DEFAULT_INDEX,
    ) -> bytes:
        """Return the last lines of a container's output as a body for Elasticsearch's _bulk, newline-delimited JSON."""
        self._check_index(index)
        detail = self.container(container)
        lines = self._lines(detail, tail=tail, since=since, until=until, output=output)
        return b"".join(bulk_entry(line, detail, index=index) for line in lines)

    @operation(idempotent=True, role="operator", lane="read", offered=False)
    def follow_logs(self, container: str, since: datetime | None = None, output: Output = "all") -> LogLines:
        """Return the lines of a container's output as they come, those kept since `since` first; close it when done."""
        detail = self.container(container)
        return LogLines(self._follow(detail, since, output), make_decoder(detail), self._labels())

    @operation(idempotent=True, role="operator", lane="read", offered=False)
    def follow_log_documents(
        self, container: str, since: datetime | None = None, output: Output = "all", index: str = DEFAULT_INDEX
    ) -> LogDocuments:
        """Return the same as documents for Elasticsearch's _bulk, one for each line; close it when done."""
        self._check_index(index)
        detail = self.container(container)
        lines = LogLines(self._follow(detail, since, output), make_decoder(detail), self._labels())
        return LogDocuments(lines, detail, index=index)

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def events(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        kinds: Sequence[Kind] = ("container",),
        actions: Sequence[str] = (),
        container: str = "",
    ) -> tuple[Event, ...]:
        """Return what happened, oldest first: in the last five minutes, or between two times. The engine keeps the last
        256 events or so. `actions` such as die, oom, start; `container` is a name or an id.
        """
        now = self.wall()
        begin = now - EVENTS_SECONDS if since is None else self._unix("since", since)
        end = now if until is None else self._unix("until", until)
        if begin > end or end > now:  # the engine would wait for the future
            raise InvalidRequest("since should be before until, and until not in the future")
        params = self._events_params(kinds, actions, container)
        return self._ask("/events", params={**params, "since": seconds(begin), "until": seconds(end)}, read=read_events)

    @operation(idempotent=True, role="viewer", lane="monitoring", offered=False)
    def watch_events(
        self, kinds: Sequence[Kind] = ("container",), actions: Sequence[str] = (), container: str = ""
    ) -> EventStream:
        """Return what happens from now on, as it does; close it when done."""
        params = self._events_params(kinds, actions, container)
        stream: Stream = self._ask(
            "/events", params=params, read=as_stream, streamed=True, silence_seconds=SILENCE_SECONDS
        )
        return EventStream(stream, self._labels())

    def _events_params(self, kinds: Sequence[str], actions: Sequence[str], container: str) -> dict[str, Any]:
        if container:
            self._container_path("", container)  # refuses what is no name
        chosen = {"type": kinds, "event": actions, "container": [container] if container else []}
        return {"filters": filters(chosen)}

    def _lines(
        self, detail: ContainerDetail, *, tail: int, since: datetime | None, until: datetime | None, output: Output
    ) -> tuple[LogLine, ...]:
        if not 1 <= tail <= MAX_LINES:
            raise InvalidRequest(f"tail should be from 1 to {MAX_LINES}")
        read: Callable[[Response], tuple[LogLine, ...]] = read_terminal if detail.has_terminal else read_frames
        params = {"tail": tail, "until": self._unix_text("until", until), **self._log_params(since, output)}
        return self._ask(self._container_path("/logs", detail.id), params=params, read=read)

    def _follow(self, detail: ContainerDetail, since: datetime | None, output: Output) -> Stream:
        params = {"follow": True, **self._log_params(since, output)}
        if since is None:
            params["tail"] = 0
        path = self._container_path("/logs", detail.id)
        return self._ask(path, params=params, read=as_stream, streamed=True, silence_seconds=SILENCE_SECONDS)

    def _log_params(self, since: datetime | None, output: Output) -> dict[str, Any]:
        return {
            "stdout": output != "stderr",
            "stderr": output != "stdout",
            "timestamps": True,
            "since": self._unix_text("since", since),
        }

    def _check_index(self, index: str) -> None:
        if not INDEX.match(index):
            raise InvalidRequest("index should be a name of small letters, digits, dots, dashes")
