"""HTTP over a unix socket, with real sockets."""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest

from api_clients.domain.errors import Malformed, Rejected, Unauthorized, Unreachable
from api_clients.domain.values import Response
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.http import Bearer, ConnectionSettings, HttpTransport
from api_clients.infrastructure.tests.rig import a_request


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = f"{self.path} for {self.headers['Host']} as {self.headers['Authorization']}".encode()
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(said) + (5 if self.path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(said)
        self.wfile.flush()
        if self.path == "/cut":
            self.close_connection = True

    def address_string(self) -> str:
        return "a neighbour"

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    accepted = 0

    def get_request(self) -> tuple[socket.socket, object]:
        self.accepted += 1
        return super().get_request()


@contextmanager
def server(path: Path) -> Iterator[Server]:
    with Server(str(path), Handler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
        yield listening
        listening.shutdown()


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    yield from bearing_silence_for(30.0)


@pytest.fixture
def hasty() -> Iterator[HttpTransport]:
    yield from bearing_silence_for(0.5)


def bearing_silence_for(seconds: float) -> Iterator[HttpTransport]:
    made = HttpTransport(
        settings=ConnectionSettings(connect_timeout_seconds=seconds, read_timeout_seconds=seconds),
        credentials=Bearer("t0ken"),
        clock=SystemClock(),
    )
    yield made
    made.close()


def get(transport: HttpTransport, socket_file: Path, path: str = "/thing", **fields: object) -> Response:
    return transport.send(a_request(instance=f"unix://{quote(str(socket_file))}", path=path, **fields))


def test_a_path_its_parameters_and_the_credentials_arrive(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock"):
        answer = get(transport, tmp_path / "a.sock", "/a%2Fb/c", params=(("x", "1 2"), ("y", "&")))
    assert answer.body == b"/a%2Fb/c?x=1+2&y=%26 for localhost as Bearer t0ken"
    assert answer.instance == f"unix://{tmp_path}/a.sock"


def test_a_connection_is_kept_for_the_next_request(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock") as listening:
        for _ in range(5):
            get(transport, tmp_path / "a.sock")
        assert listening.accepted == 1


def test_each_socket_has_connections_of_its_own(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock") as one, server(tmp_path / "B %2F.sock") as other:
        for name in ("a.sock", "B %2F.sock", "a.sock"):
            assert get(transport, tmp_path / name).status == 200
        assert (one.accepted, other.accepted) == (1, 1)


def test_a_missing_socket_is_unreachable_and_named(tmp_path: Path, transport: HttpTransport) -> None:
    with pytest.raises(Unreachable, match=f"there is no socket {tmp_path}/none.sock"):
        get(transport, tmp_path / "none.sock")


def test_a_socket_that_nobody_listens_on_any_more_is_unreachable(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock"):
        pass
    with pytest.raises(Unreachable, match=r"a\.sock refused the connection"):
        get(transport, tmp_path / "a.sock")


def test_a_plain_file_is_unreachable(tmp_path: Path, transport: HttpTransport) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unreachable, match="file refused the connection"):
        get(transport, tmp_path / "file")


def test_a_path_too_long_for_a_socket_is_unreachable(tmp_path: Path, transport: HttpTransport) -> None:
    with pytest.raises(Unreachable):
        get(transport, tmp_path / ("a" * 120))


def test_a_server_that_comes_back_is_reached_again(tmp_path: Path, transport: HttpTransport) -> None:
    path = tmp_path / "a.sock"
    for _ in range(2):
        with server(path):
            assert get(transport, path).status == 200
        path.unlink()
        transport.close()  # a kept connection to the old server would be one attempt lost, as with TCP


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_socket_of_somebody_else_is_unauthorized(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock"):
        (tmp_path / "a.sock").chmod(0o600)
        raised: list[BaseException] = []
        as_nobody(lambda: get(transport, tmp_path / "a.sock"), raised)
    assert [type(error) for error in raised] == [Unauthorized]
    assert "may not use the socket" in str(raised[0])
    assert raised[0].verdict == "neutral"


def as_nobody(call: object, raised: list[BaseException]) -> None:
    """Call in a thread of its own user: the bare system call changes that thread alone, os.seteuid all of them."""
    setresuid = {"x86_64": 117, "aarch64": 147}[platform.machine()]
    syscall = ctypes.CDLL(None, use_errno=True).syscall

    def run() -> None:
        assert syscall(setresuid, -1, 65534, -1) == 0
        try:
            call()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)


def test_silence_is_unreachable_after_the_timeout(tmp_path: Path, hasty: HttpTransport) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "a.sock"))
        listener.listen()
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer from .*a\.sock within 0.5 s") as caught:
            get(hasty, tmp_path / "a.sock")
    assert caught.value.timed_out
    assert 0.4 < time.monotonic() - started < 20


def test_a_server_whose_line_is_full_is_waited_for_and_then_unreachable(tmp_path: Path, hasty: HttpTransport) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as before:
        listener.bind(str(tmp_path / "a.sock"))
        listener.listen(0)
        before.connect(str(tmp_path / "a.sock"))
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer from .*a\.sock within 0.5 s"):
            get(hasty, tmp_path / "a.sock")
    assert 0.4 < time.monotonic() - started < 20


def test_errors_are_told_as_over_tcp(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock"):
        with pytest.raises(Rejected, match="answered 404"):
            get(transport, tmp_path / "a.sock", "/missing")
        with pytest.raises(Malformed, match="cut short"):
            get(transport, tmp_path / "a.sock", "/cut")


def test_the_token_shows_in_no_error(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock"), pytest.raises(Rejected) as caught:
        get(transport, tmp_path / "a.sock", "/missing")  # its body quotes the token
    assert "t0ken" not in str(caught.value)
    assert "***" in str(caught.value)


def test_an_answer_is_read_as_it_comes(tmp_path: Path, transport: HttpTransport) -> None:
    with server(tmp_path / "a.sock"):
        answer = get(transport, tmp_path / "a.sock", streamed=True)
        assert answer.stream is not None
        assert b"".join(iter(answer.stream.read, b"")).startswith(b"/thing for localhost")
