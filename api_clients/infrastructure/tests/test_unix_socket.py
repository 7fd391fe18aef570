"""One conversation over a unix socket, with servers that keep their clients waiting."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_clients.domain.errors import DeadlineExceeded, Malformed, TooLarge, Unreachable
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.ports import Clock
from api_clients.infrastructure.clock import ManualClock, SystemClock
from api_clients.infrastructure.tests.rig import a_request
from api_clients.infrastructure.unix_socket import UnixConversation, socket_path
from api_clients.infrastructure.wire import ConnectionSettings

PATIENT = ConnectionSettings(connect_timeout_seconds=60.0, read_timeout_seconds=60.0, max_response_bytes=1_000)
HASTY = ConnectionSettings(connect_timeout_seconds=0.3, read_timeout_seconds=0.3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def listener(path: Path) -> Iterator[socket.socket]:
    """Its line of waiting connections has one place."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(0)
        yield listening


def talk(
    path: Path, settings: ConnectionSettings = PATIENT, clock: Clock | None = None, **fields: object
) -> UnixConversation:
    return UnixConversation(a_request(instance=f"unix://{path}", **fields), settings, clock or SystemClock())


def answer(listener: socket.socket, *pieces: bytes) -> threading.Thread:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.01)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def test_answers_are_split_where_they_end_and_joined_where_they_do_not(listener: socket.socket, path: Path) -> None:
    serving = answer(listener, b"on", b"e<E", b"ND>two<END>", b"thr")
    with talk(path) as conversation:
        assert conversation.receive(b"<END>") == b"one"
        assert conversation.receive(b"<END>") == b"two"
        with pytest.raises(Malformed, match="in the middle"):
            conversation.receive(b"<END>")
    serving.join(5)


def test_the_process_at_the_other_end_is_known(listener: socket.socket, path: Path) -> None:
    with talk(path) as conversation:
        assert conversation.peer_pid() == os.getpid()


def test_a_full_line_is_waited_for(listener: socket.socket, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(str(path))
        threading.Timer(0.1, lambda: listener.accept()[0].close()).start()
        with talk(path):
            pass


def test_a_line_that_stays_full_is_unreachable(listener: socket.socket, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(str(path))
        with pytest.raises(Unreachable, match=r"took no connection for 0\.3 s") as caught, talk(path, HASTY):
            pass
    assert caught.value.timed_out


def test_silence_ends_with_the_deadline(listener: socket.socket, path: Path) -> None:
    started, clock = time.monotonic(), ManualClock()  # it does not pass before anybody is asked
    deadline = Deadline.after(0.1, now=clock.monotonic())
    with talk(path, clock=clock, deadline=deadline) as conversation, pytest.raises(Unreachable) as caught:
        conversation.receive(b"\n")
    assert caught.value.timed_out
    assert time.monotonic() - started < 20


def test_nothing_is_sent_after_the_deadline(listener: socket.socket, path: Path) -> None:
    with pytest.raises(DeadlineExceeded), talk(path, deadline=Deadline(0.0)):
        pass


def test_an_answer_beyond_the_limit_is_refused(listener: socket.socket, path: Path) -> None:
    serving = answer(listener, b"x" * 2_000)
    with talk(path) as conversation, pytest.raises(TooLarge, match="more than 1000 bytes"):
        conversation.receive(b"\n")
    serving.join(5)


@pytest.mark.parametrize(
    ("url", "path"), [("unix:///run/x.sock", "/run/x.sock"), ("unix:///run/a%20b.sock", "/run/a b.sock")]
)
def test_addresses(url: str, path: str) -> None:
    assert socket_path(url) == path
