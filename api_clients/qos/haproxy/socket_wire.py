"""The stats socket (management guide, 9.3): one line is sent, the answer is all that comes until HAProxy closes.

Whatever would make two commands of one line is refused here, below everything that builds commands: a semicolon, a
line break, a payload's mark, and what is not printable.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from api_clients.domain.errors import (
    DeadlineExceeded,
    InvalidRequest,
    Malformed,
    ServiceError,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.policies.deadline import clip
from api_clients.domain.ports import Clock
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.http.unix_socket import connect_in_line
from api_clients.infrastructure.unix_socket import socket_path
from api_clients.infrastructure.wire import ConnectionSettings

CHUNK_BYTES = 65_536
LINE = re.compile(r"[a-z](?:(?!<<)[ -:=-~<]){0,8000}\Z")  # printable ASCII but the semicolon


class SocketWire:
    def __init__(self, settings: ConnectionSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def run(self, request: Request, address: str, command: str) -> Response:
        """Send a command to a unix:// or tcp:// address."""
        if not LINE.match(command):
            raise InvalidRequest(
                "a command is one line of printable characters, without a semicolon", **request.labels()
            )
        with self._connected(request, address) as connection:
            body = self._exchange(request, address, connection, command)
        if not body:
            raise Unreachable(f"{address} closed the connection without an answer", **request.labels())
        if not _is_whole(body, command):
            raise Malformed(f"{address} sent an answer that is cut short", **request.labels())
        return Response(200, {"content-type": "text/plain"}, body, instance=request.instance)

    @contextmanager
    def _connected(self, request: Request, address: str) -> Iterator[socket.socket]:
        now = self._clock.monotonic()
        if request.deadline is not None and request.deadline.has_passed(now):
            raise DeadlineExceeded("the deadline passed before the command could be sent", **request.labels())
        seconds = clip(self._settings.connect_timeout_seconds, request.deadline, now=now)
        try:
            connection = _connect(address, seconds)
        except OSError as error:
            raise _translated(request, address, error, seconds) from error
        with connection:
            yield connection

    def _exchange(self, request: Request, address: str, connection: socket.socket, command: str) -> bytes:
        silence = request.silence_seconds or self._settings.read_timeout_seconds
        body = bytearray()
        try:
            connection.settimeout(silence)
            connection.sendall(command.encode("ascii") + b"\n")
            while True:
                connection.settimeout(max(0.001, clip(silence, request.deadline, now=self._clock.monotonic())))
                chunk = connection.recv(CHUNK_BYTES)
                if not chunk:
                    return bytes(body)
                body += chunk
                self._refuse_endless(request, address, len(body))
        except OSError as error:
            raise _translated(request, address, error, silence) from error

    def _refuse_endless(self, request: Request, address: str, size: int) -> None:
        if size > self._settings.max_response_bytes:
            limit = self._settings.max_response_bytes
            raise TooLarge(f"{address} answered with more than {limit} bytes", **request.labels())
        if request.deadline is not None and request.deadline.has_passed(self._clock.monotonic()):
            late = Unreachable(f"{address} was still sending its answer at the deadline", **request.labels())
            late.timed_out = True
            raise late


def _is_whole(body: bytes, command: str) -> bool:
    """What is shown ends with an empty line, and every other answer with a line of its own."""
    return body == b"\n" or body.endswith(b"\n\n" if command.startswith("show ") else b"\n")


def _connect(address: str, seconds: float) -> socket.socket:
    if address.startswith("tcp://"):
        url = urlsplit(address)
        return socket.create_connection((url.hostname or "", url.port or 0), timeout=seconds)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        connect_in_line(connection, socket_path(address), seconds)
    except OSError:
        connection.close()
        raise
    return connection


def _translated(request: Request, address: str, error: OSError, seconds: float) -> ServiceError:
    match error:
        case PermissionError() if address.startswith("unix://"):
            return Unauthorized(
                f"this process may not use {address}: its owner, group or mode forbids it", **request.labels()
            )
        case TimeoutError():
            silent = Unreachable(f"no answer from {address} within {seconds:.3g} s", **request.labels())
            silent.timed_out = True
            return silent
        case FileNotFoundError():
            return Unreachable(f"connection refused: there is no socket {address}", **request.labels())
        case ConnectionRefusedError():
            return Unreachable(f"{address} refused the connection", **request.labels())
        case ConnectionResetError() | BrokenPipeError():
            return Unreachable(f"{address} broke the connection off", **request.labels())
    return Unreachable(f"{address} could not be reached: {error.strerror or type(error).__name__}", **request.labels())
