"""Frames of output, cut anywhere."""

from __future__ import annotations

import json
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_clients.domain.errors import Malformed
from api_clients.platforms.docker.logs import FrameDecoder, TerminalDecoder, bulk_entry
from api_clients.platforms.docker.reading import container_detail
from api_clients.platforms.docker.simulator import DockerSimulator, SimulatedContainer
from api_clients.platforms.docker.streams import EventStream, LogLines
from api_clients.platforms.docker.values import ContainerDetail, LogLine

AT = "2026-01-31T08:00:00.123456789Z"
LABELS = {"service": "docker", "operation": "follow_logs", "target": "main"}


def frame(stream: int, text: str | bytes, *, at: str = AT) -> bytes:
    body = at.encode() + b" " + (text if isinstance(text, bytes) else text.encode())
    return struct.pack(">B3xI", stream, len(body)) + body


def decoded(data: bytes, *, size: int | None = None) -> list[tuple[str, str]]:
    decoder = FrameDecoder()
    pieces = [data] if size is None else [data[at : at + size] for at in range(0, len(data), size)]
    lines = [line for piece in pieces for line in decoder.feed(piece)]
    return [(line.stream, line.message) for line in (*lines, *decoder.end())]


@given(
    st.lists(st.tuples(st.sampled_from([1, 2]), st.text(st.characters(codec="utf-8", exclude_characters="\n\r")))),
    st.integers(1, 60),
)
def test_lines_are_the_same_wherever_the_bytes_are_cut(lines: list[tuple[int, str]], size: int) -> None:
    data = b"".join(frame(stream, text + "\n") for stream, text in lines)
    expected = [("stdout" if stream == 1 else "stderr", text) for stream, text in lines]
    assert decoded(data) == decoded(data, size=size) == expected


def test_many_lines_at_once_take_no_longer_each() -> None:
    data = frame(1, "a line of fifty characters, as many programs write\n") * 150_000
    started = time.thread_time()  # what other programs take of the processor does not count
    assert len(decoded(data)) == 150_000
    assert time.thread_time() - started < 10  # half a minute where each line moved all that follow it


def test_pieces_of_a_line_are_joined_with_those_of_their_own_stream() -> None:
    data = frame(1, "one ") + frame(2, "other ") + frame(1, "line\n") + frame(2, "line\n")
    assert decoded(data) == [("stdout", "one line"), ("stderr", "other line")]


def test_a_last_line_without_its_newline_is_a_line() -> None:
    assert decoded(frame(1, "no end")) == [("stdout", "no end")]


def test_what_is_not_utf8_is_shown_as_such() -> None:
    assert decoded(frame(1, b"caf\xe9\n")) == [("stdout", "caf\ufffd")]


def test_all_digits_of_a_time_are_kept() -> None:
    (line,) = FrameDecoder().feed(frame(1, "x\n"))
    assert (line.timestamp, line.at.microsecond) == (AT, 123456)


@pytest.mark.parametrize(
    "data",
    [
        frame(1, "cut short\n")[:-3],
        b"\x01\x00\x00",
        b"\x09\x00\x00\x00\x00\x00\x00\x01x",
        b"\x01\x00\x00\x00\xff\xff\xff\xff",
        frame(1, "no time", at="yesterday"),
        frame(1, "no zone", at="2026-01-31T08:00:00"),
        struct.pack(">B3xI", 1, 3) + b"abc",
        b"<html>It works!</html>",
    ],
)
def test_what_is_no_output_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(data)


def test_a_terminal_speaks_in_lines() -> None:
    decoder = TerminalDecoder()
    data = f"{AT} one\r\n{AT} two\r\n{AT} three".encode()
    lines = [line for at in range(0, len(data), 7) for line in decoder.feed(data[at : at + 7])]
    assert [line.message for line in (*lines, *decoder.end())] == ["one", "two", "three"]


class Pieces:
    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.is_closed = False

    def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.is_closed = True


def test_unreadable_output_is_malformed_and_the_stream_is_closed() -> None:
    pieces = Pieces(frame(1, "one\n"), b"\x07" * 8)
    read: list[LogLine] = []
    with pytest.raises(Malformed) as caught, LogLines(pieces, FrameDecoder(), LABELS) as lines:
        read.extend(lines)  # keeps what came before
    assert (caught.value.service, caught.value.operation) == ("docker", "follow_logs")
    assert pieces.is_closed
    assert [line.message for line in read] == ["one"]


def test_events_are_read_wherever_the_bytes_are_cut() -> None:
    told = DockerSimulator().events
    data = b"".join(json.dumps(item).encode() + b"\n" for item in told)
    stream = EventStream(Pieces(*(data[at : at + 11] for at in range(0, len(data), 11))), LABELS)
    assert [(item.action, item.name) for item in stream] == [
        (item["Action"], item["Actor"]["Attributes"]["name"]) for item in told
    ]
    with pytest.raises(Malformed):
        list(EventStream(Pieces(b'{"Type": "container"}\n'), LABELS))


@pytest.fixture
def container() -> ContainerDetail:
    simulated = SimulatedContainer("web", "labbb:1", {"nms.service": "true", "nms.service.name": "w", "team": "ö"})
    return container_detail(DockerSimulator([simulated])._inspected(simulated))


def test_a_line_is_an_action_and_a_document_for_elasticsearch(container: ContainerDetail) -> None:
    (line,) = FrameDecoder().feed(frame(2, 'disk "full"\n'))
    body = bulk_entry(line, container, index="logs-x")
    assert body.count(b"\n") == 2
    assert body.endswith(b"\n")
    action, document = (json.loads(part) for part in body.splitlines())
    assert list(action) == ["create"]
    assert action["create"]["_index"] == "logs-x"
    assert document == {
        "@timestamp": AT,
        "message": 'disk "full"',
        "stream": "stderr",
        "container": {"id": container.id, "name": "web", "image": {"name": "labbb:1"}},
        "labels": {"nms_service": "true", "nms_service_name": "w", "team": "ö"},
    }


def test_a_document_has_the_same_id_each_time_and_another_for_another_line(container: ContainerDetail) -> None:
    def identity(stream: int, text: str, at: str = AT) -> str:
        (line,) = FrameDecoder().feed(frame(stream, text, at=at))
        return str(json.loads(bulk_entry(line, container).splitlines()[0])["create"]["_id"])

    ids = [identity(1, "a\n"), identity(2, "a\n"), identity(1, "b\n"), identity(1, "a\n", AT.replace("9Z", "8Z"))]
    assert len(set(ids)) == 4
    assert identity(1, "a\n") == ids[0]
