"""What wires over a unix socket share: one conversation, whose every step keeps the call's time, with what goes wrong
translated into the error tree. It knows no protocol: the caller says where an answer ends.
"""

from __future__ import annotations

import socket
import struct
from types import TracebackType
from urllib.parse import unquote, urlsplit

from api_clients.domain.errors import DeadlineExceeded, Malformed, TooLarge, Unauthorized, Unreachable
from api_clients.domain.policies.deadline import clip
from api_clients.domain.ports import Clock
from api_clients.domain.values import Request
from api_clients.infrastructure.wire import ConnectionSettings

CHUNK_BYTES = 65_536
FULL_LINE_SECONDS = 0.01  # between two attempts where the server's line of waiting connections is full


def socket_path(instance: str) -> str:
    """Return the path of an address such as unix:///run/service.sock."""
    return unquote(urlsplit(instance).path)


class UnixConversation:
    """One connection for one request: a context manager that connects, and closes whatever happens."""

    def __init__(self, request: Request, settings: ConnectionSettings, clock: Clock) -> None:
        self._request = request
        self._settings = settings
        self._clock = clock
        self._path = socket_path(request.instance)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._pending = b""

    def __enter__(self) -> UnixConversation:
        try:
            self._connect()
        except BaseException:
            self._socket.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def peer_pid(self) -> int:
        """Return the process that listens at the other end, as the kernel knows it (Linux)."""
        size = struct.calcsize("3i")
        pid, _, _ = struct.unpack("3i", self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return int(pid)

    def send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(seconds := self._silence())
            self._socket.sendall(data)
        except TimeoutError as error:
            raise self._timed_out("took nothing of the request for", seconds) from error
        except OSError as error:
            raise self._closed() from error

    def receive(self, end: bytes) -> bytes:
        """Return what arrives up to `end`, without it; what comes after is kept for the next call."""
        data = bytearray(self._pending)
        searched = 0
        while (at := data.find(end, searched)) < 0:
            searched = max(0, len(data) - len(end) + 1)
            data += self._next_chunk(has_begun=bool(data))
            if len(data) > self._settings.max_response_bytes:
                raise TooLarge(
                    f"{self._path} answered with more than {self._settings.max_response_bytes} bytes",
                    **self._request.labels(),
                )
        self._pending = bytes(data[at + len(end) :])
        return bytes(data[:at])

    def _connect(self) -> None:
        """A stream socket with a timeout is refused with EAGAIN, not kept waiting, where the server's line is full."""
        until = self._clock.monotonic() + clip(
            self._settings.connect_timeout_seconds, self._request.deadline, now=self._clock.monotonic()
        )
        self._refuse_late()
        self._socket.settimeout(self._settings.connect_timeout_seconds)
        while True:
            try:
                self._socket.connect(self._path)
            except BlockingIOError as error:
                if self._clock.monotonic() >= until:
                    raise self._timed_out("took no connection for", self._settings.connect_timeout_seconds) from error
                self._clock.sleep(FULL_LINE_SECONDS)
            except PermissionError as error:
                raise Unauthorized(
                    f"{self._path}: permission denied; NMS has to run as a user who may open this socket",
                    **self._request.labels(),
                ) from error
            except FileNotFoundError as error:
                raise Unreachable(
                    f"{self._path}: connection refused, there is no such socket", **self._request.labels()
                ) from error
            except OSError as error:
                said = (error.strerror or str(error)).lower()
                raise Unreachable(f"{self._path}: {said}", **self._request.labels()) from error
            else:
                return

    def _next_chunk(self, *, has_begun: bool) -> bytes:
        self._refuse_late("was still sending its answer at the deadline")
        try:
            self._socket.settimeout(seconds := self._silence())
            chunk = self._socket.recv(CHUNK_BYTES)
        except TimeoutError as error:
            raise self._timed_out("said nothing for", seconds) from error
        except OSError as error:
            raise self._closed() from error
        if not chunk and has_begun:
            raise Malformed(f"{self._path} closed the connection in the middle of its answer", **self._request.labels())
        if not chunk:
            raise self._closed()
        return chunk

    def _silence(self) -> float:
        seconds = self._request.silence_seconds or self._settings.read_timeout_seconds
        return max(0.001, clip(seconds, self._request.deadline, now=self._clock.monotonic()))

    def _refuse_late(self, doing: str | None = None) -> None:
        deadline = self._request.deadline
        if deadline is None or not deadline.has_passed(self._clock.monotonic()):
            return
        if doing is None:
            raise DeadlineExceeded("the deadline passed before the request could be sent", **self._request.labels())
        late = Unreachable(f"{self._path} {doing}", **self._request.labels())
        late.timed_out = True
        raise late

    def _timed_out(self, what: str, seconds: float) -> Unreachable:
        silent = Unreachable(f"{self._path} {what} {seconds:.3g} s", **self._request.labels())
        silent.timed_out = True
        return silent

    def _closed(self) -> Unreachable:
        return Unreachable(f"{self._path} closed the connection without an answer", **self._request.labels())
