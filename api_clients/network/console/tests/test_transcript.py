from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_clients.network.console.transcript import EDGE, Transcript


def shown(*pieces: bytes) -> list[str]:
    transcript = Transcript()
    for piece in pieces:
        transcript.feed(piece)
    return transcript.since(0)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\r\ntwo", ["one", "two"]),
        (b"one\r\r\ntwo", ["one", "two"]),
        (b"shwo\b\bow ip", ["show ip"]),
        (b"show\b \b\b \bwn", ["shwn"]),
        (b"long line\rL", ["Long line"]),
        (b"long line\r\x1b[KL", ["L"]),
        (b"\x1b[1;32mgreen\x1b[0m text", ["green text"]),
        (b"\x1b]0;a window title\x07prompt$ ", ["prompt$ "]),
        (b"\x1b[?2004hroot# ", ["root# "]),
        (b" --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bnext\r\n", ["next", ""]),
        (b"---(more)---\r            \rnext\r\n", ["next", ""]),
        (b"\r[admin@R] > \r[admin@R] > /\r\x1b[K[admin@R] > /i", ["[admin@R] > /i"]),
        (b"a\tb", ["a       b"]),
        (b"ab\x1b[2DX", ["Xb"]),
        (b"a\x1b[3CX", ["a   X"]),
        (b"abc\x1b[2GX", ["aXc"]),
        (b"abcd\x1b[3D\x1b[2P", ["ad"]),
        (b"screen\x1b[2J\x1b[Hnew", ["screen", "new"]),
        (b"bell\x07 and null\x00", ["bell and null"]),
        ("\xe4\u2713".encode(), ["\xe4\u2713"]),
        (b"\xff\xfe", ["\ufffd\ufffd"]),
        (b"\x1b[", [""]),
        (b"\x1b[\r\nnext", ["[", "next"]),
    ],
)
def test_lines_are_as_a_terminal_shows_them(data: bytes, lines: list[str]) -> None:
    assert shown(data) == lines
    assert shown(*(data[place : place + 1] for place in range(len(data)))) == lines  # however it is cut


def test_an_escape_sequence_that_never_ends_holds_nothing_back_for_long() -> None:
    assert "after" in "".join(shown(b"\x1b]" + b"x" * 5000, b"after"))


@pytest.mark.parametrize(
    "piece",
    [b"\x1b[99999Cx\n", b"\x1b[99999Gx\n", b"\x1b[99999@", b"\x1b[99999@\x1b[99999Cx\n", b"\x1b[" + b"9" * 5000 + b"C"],
)
def test_a_few_bytes_that_move_the_cursor_far_make_no_endless_line(piece: bytes) -> None:
    lines = shown(piece * 50)
    assert max(map(len, lines)) <= EDGE + 1


def test_the_cursor_moves_freely_inside_a_line_that_is_longer_than_the_screen() -> None:
    long = b"x" * 2000
    assert shown(long + b"\x1b[3D\x1b[2CY") == ["x" * 1999 + "Y"]
    assert shown(long + b"\x1b[1500GY") == ["x" * 1499 + "Y" + "x" * 500]


def test_its_size_is_told() -> None:
    transcript = Transcript()
    transcript.feed(b"four\r\n\r\nrest")
    assert transcript.size == 6


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_bytes_are_taken(pieces: list[bytes]) -> None:
    assert all(isinstance(line, str) for line in shown(*pieces))


def test_a_long_output_takes_time_in_proportion() -> None:
    piece = b"interface GigabitEthernet0/1\r\n ip address 10.0.0.1 255.255.255.0\r\n" * 50
    transcript, started = Transcript(), time.perf_counter()
    for _ in range(300):  # a megabyte
        transcript.feed(piece)
    assert len(transcript.lines) == 30_000
    assert time.perf_counter() - started < 5.0
