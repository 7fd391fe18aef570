"""The output of containers: from the engine's bytes to lines, and from lines to documents for Elasticsearch.

Without a terminal, stdout and stderr come in frames of one stream, each with a head of eight bytes: which of the two,
three zeros, and the length (https://docs.docker.com/reference/api/engine/, "Stream format"). A line of more than 16 kB
comes in several, of which only the last ends in a newline; each repeats the timestamp. With a terminal there are no
frames, just lines.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from hashlib import blake2b

from api_clients.domain.values import Response
from api_clients.platforms.docker.reading import moment
from api_clients.platforms.docker.values import ContainerDetail, LogLine, LogStreamName

HEAD = struct.Struct(">B3xI")
STREAMS: dict[int, LogStreamName] = {0: "stdout", 1: "stdout", 2: "stderr"}  # 0 is stdin, echoed
MAX_FRAME_BYTES = 16 * 1024 * 1024
DEFAULT_INDEX = "logs-docker.container-nms"


class FrameDecoder:
    """Bytes in, as they come; lines out."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._begun: dict[LogStreamName, LogLine] = {}

    def feed(self, data: bytes) -> Iterator[LogLine]:
        """Raises ValueError at what is no frame."""
        self._bytes += data
        while len(self._bytes) >= HEAD.size:
            kind, length = HEAD.unpack_from(self._bytes)
            if kind not in STREAMS or length > MAX_FRAME_BYTES:
                raise ValueError("no frame of a container's output")
            end = HEAD.size + length
            if len(self._bytes) < end:
                return
            frame = bytes(self._bytes[HEAD.size : end])
            del self._bytes[:end]
            yield from self._lines(STREAMS[kind], frame)

    def end(self) -> Iterator[LogLine]:
        """Give what has no newline at its end; raises ValueError where the bytes ended within a frame."""
        if self._bytes:
            raise ValueError("the output ended within a frame")
        yield from sorted(self._begun.values(), key=lambda line: line.timestamp)
        self._begun = {}

    def _lines(self, stream: LogStreamName, frame: bytes) -> Iterator[LogLine]:
        line = _line(stream, frame)
        begun = self._begun.pop(stream, None)
        if begun is not None:
            line = LogLine(begun.at, begun.timestamp, stream, begun.message + line.message)
        if frame.endswith(b"\n") or len(line.message) > MAX_FRAME_BYTES:
            yield line
        else:
            self._begun[stream] = line


class TerminalDecoder:
    """The same for a container with a terminal, whose output is all stdout."""

    def __init__(self) -> None:
        self._bytes = b""

    def feed(self, data: bytes) -> Iterator[LogLine]:
        *lines, self._bytes = (self._bytes + data).split(b"\n")
        if len(self._bytes) > MAX_FRAME_BYTES:
            raise ValueError("a line of a terminal without an end")
        yield from (_line("stdout", line) for line in lines)

    def end(self) -> Iterator[LogLine]:
        if self._bytes:
            yield _line("stdout", self._bytes)
        self._bytes = b""


Decoder = FrameDecoder | TerminalDecoder


def make_decoder(container: ContainerDetail) -> Decoder:
    return TerminalDecoder() if container.has_terminal else FrameDecoder()


def _line(stream: LogStreamName, data: bytes) -> LogLine:
    timestamp, separator, message = data.decode("utf-8", errors="replace").partition(" ")
    at = moment(timestamp)
    if not separator or at is None:
        raise ValueError("a line without its timestamp")
    return LogLine(at, timestamp, stream, message.removesuffix("\n").removesuffix("\r"))


def _read(decoder: Decoder, response: Response) -> tuple[LogLine, ...]:
    return (*decoder.feed(response.body), *decoder.end())


def read_frames(response: Response) -> tuple[LogLine, ...]:
    return _read(FrameDecoder(), response)


def read_terminal(response: Response) -> tuple[LogLine, ...]:
    return _read(TerminalDecoder(), response)


def bulk_entry(line: LogLine, container: ContainerDetail, *, index: str = DEFAULT_INDEX) -> bytes:
    """Return the two lines with which Elasticsearch's _bulk takes one line of output, fields named after ECS 8.

    The document's id follows from its content, so what is sent twice is there once. Dots in the names of labels
    become underscores: nms.service and nms.service.name cannot both be fields of one mapping.
    """
    action = {"create": {"_index": index, "_id": _identity(line, container)}}
    document = {
        "@timestamp": line.timestamp,
        "message": line.message,
        "stream": line.stream,
        "container": {"id": container.id, "name": container.name, "image": {"name": container.image}},
        "labels": {name.replace(".", "_"): value for name, value in sorted(container.labels.items())},
    }
    return b"".join(json.dumps(part, ensure_ascii=False).encode() + b"\n" for part in (action, document))


def _identity(line: LogLine, container: ContainerDetail) -> str:
    parts = (container.id, line.timestamp, line.stream, line.message)
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=16).hexdigest()
