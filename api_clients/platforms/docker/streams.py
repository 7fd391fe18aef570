"""Output and events as they come. Iterate in one thread; `close`, also from another, ends the iteration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from api_clients.domain.errors import Malformed
from api_clients.domain.values import Labels, Response, Stream
from api_clients.infrastructure.reading import UNREADABLE
from api_clients.platforms.docker.logs import Decoder, bulk_entry
from api_clients.platforms.docker.reading import event
from api_clients.platforms.docker.values import ContainerDetail, Event, LogLine

MAX_EVENT_BYTES = 1024 * 1024


def read_events(response: Response) -> tuple[Event, ...]:
    return tuple(event(json.loads(line)) for line in response.body.splitlines() if line.strip())


class _Closing:
    _stream: Stream

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class LogLines(_Closing):
    """Ends when the container does; raises Unreachable where the engine breaks off."""

    def __init__(self, stream: Stream, decoder: Decoder, labels: Labels) -> None:
        self._stream = stream
        self._decoder = decoder
        self._labels = labels

    def __iter__(self) -> Iterator[LogLine]:
        try:
            while data := self._stream.read():
                yield from self._decoder.feed(data)
            yield from self._decoder.end()
        except UNREADABLE as error:
            raise Malformed("sent output that cannot be read", **self._labels) from error


class LogDocuments(_Closing):
    """Each is a body for Elasticsearch's _bulk by itself; any number may be joined."""

    def __init__(self, lines: LogLines, container: ContainerDetail, *, index: str) -> None:
        self._lines = lines
        self._stream = lines._stream
        self._container = container
        self._index = index

    def __iter__(self) -> Iterator[bytes]:
        return (bulk_entry(line, self._container, index=self._index) for line in self._lines)


class EventStream(_Closing):
    """Ends when the engine does."""

    def __init__(self, stream: Stream, labels: Labels) -> None:
        self._stream = stream
        self._labels = labels

    def __iter__(self) -> Iterator[Event]:
        begun = b""
        while data := self._stream.read():
            *lines, begun = (begun + data).split(b"\n")
            if len(begun) > MAX_EVENT_BYTES:
                raise Malformed("sent an event without an end", **self._labels)
            yield from (self._event(line) for line in lines if line.strip())

    def _event(self, line: bytes) -> Event:
        try:
            return event(json.loads(line))
        except UNREADABLE as error:
            raise Malformed("sent an event that cannot be read", **self._labels) from error
