"""Answers that are read as they come, from real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api_clients.domain.errors import Malformed, Rejected, Unauthorized, Unreachable
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.ports import Clock
from api_clients.domain.values import Stream
from api_clients.infrastructure.clock import ManualClock, SystemClock
from api_clients.infrastructure.http import Bearer, ConnectionSettings, HttpTransport
from api_clients.infrastructure.tests.rig import a_request
from api_clients.infrastructure.tests.test_http_tls import certificate  # noqa: F401 # a fixture

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


@contextmanager
def server(talk: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Let `talk` speak to each caller once his request has come."""

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(connection,), daemon=True).start()

    def converse(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) if context else connection as speaking:
                speaking.recv(65536)
                talk(speaking)
        except OSError:
            return  # he has left

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"http{'s' if context else ''}://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def opened(url: str, *, silence_seconds: float = 30.0, clock: Clock | None = None, **fields: object) -> Stream:
    transport = HttpTransport(
        settings=ConnectionSettings(verify=False), credentials=Bearer("t0ken"), clock=clock or SystemClock()
    )
    answer = transport.send(a_request(instance=url, streamed=True, silence_seconds=silence_seconds, **fields))
    assert answer.stream is not None
    return answer.stream


def read_all(stream: Stream) -> bytes:
    return b"".join(iter(stream.read, b""))


def wait_for_the_end(connection: socket.socket) -> None:
    connection.settimeout(60)
    while connection.recv(65536):
        pass


def test_what_arrives_is_read_when_it_arrives_and_the_end_is_nothing() -> None:
    go_on = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD + chunk(b"one"))
        go_on.wait(30)
        connection.sendall(chunk(b"two") + END)

    with server(talk) as url:
        stream = opened(url)
        assert stream.read() == b"one"
        go_on.set()
        assert stream.read() == b"two"
        assert stream.read() == b""
        assert stream.read() == b""


def test_silence_is_unreachable() -> None:
    with server(lambda connection: (connection.sendall(HEAD + chunk(b"one")), wait_for_the_end(connection))) as url:
        stream = opened(url, silence_seconds=1.0)  # its head has to be there in that time too
        assert stream.read() == b"one"
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer from 127.0.0.1:\d+ within 1 s"):
            stream.read()
        assert 0.9 < time.monotonic() - started < 20


def test_a_stream_outlives_the_deadline_of_its_request() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        time.sleep(0.6)
        connection.sendall(chunk(b"late") + END)

    clock = ManualClock()  # the head is there in time, however slow the machine
    with server(talk) as url:
        stream = opened(url, clock=clock, deadline=Deadline.after(0.3, now=clock.monotonic()))
        clock.advance(0.6)
        assert stream.read() == b"late"


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_another_thread_ends_a_stream_that_waits(secure: bool, certificate: Path) -> None:  # noqa: F811
    context = None
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert", certificate / "key")
    with server(lambda one: (one.sendall(HEAD + chunk(b"one")), wait_for_the_end(one)), context) as url:
        stream = opened(url, silence_seconds=120)
        assert stream.read() == b"one"
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(stream.read()), daemon=True)
        reader.start()
        time.sleep(0.2)
        stream.close()
        reader.join(30)
        assert read == [b""]
        assert stream.read() == b""
        stream.close()


def test_an_answer_that_breaks_off_is_told_from_one_that_ends() -> None:
    with server(lambda connection: connection.sendall(HEAD + b"ff\r\nhalf")) as url:
        stream = opened(url)
        with pytest.raises((Malformed, Unreachable)):
            read_all(stream)


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", Unauthorized),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Rejected),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"garbage\r\n\r\n", Malformed),
        (b"", Unreachable),
    ],
)
def test_a_stream_that_does_not_begin_is_an_error(head: bytes, error: type[Exception]) -> None:
    with server(lambda connection: connection.sendall(head)) as url, pytest.raises(error):
        opened(url)


def test_a_redirect_is_no_stream() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
    transport = HttpTransport(clock=SystemClock())
    with server(lambda connection: connection.sendall(head)) as url:
        answer = transport.send(a_request(instance=url, streamed=True))
    assert (answer.status, answer.stream) == (302, None)


def test_an_end_from_elsewhere_frees_the_connection() -> None:
    gone = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(HEAD + chunk(b"one"))
        wait_for_the_end(connection)
        gone.set()

    with server(talk) as url:
        stream = opened(url)
        stream.read()
        stream.close()
        assert gone.wait(30), "the server was not told"
