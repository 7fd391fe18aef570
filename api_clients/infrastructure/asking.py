"""Asks an address what it is: plain HTTP and HTTPS without a login, and bytes over TCP.

Certificates are not checked, since nothing secret is sent; what is found is looked at by a person before it is used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from api_clients.domain.identification import Told

TIMEOUT_SECONDS = 2.0
MARGIN_SECONDS = 0.1
MOST_BYTES = 65_536
_ERRORS = (OSError, http.client.HTTPException, ValueError)


class Asker:
    """One address and port; `name` is what the Host header says. Answers are kept, so several may recognise by one.

    Who has not answered in time, neither HTTP nor HTTPS, is not asked so again for another path.
    """

    def __init__(self, address: str, port: int, *, name: str = "", timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._address = address
        self._port = port
        self._name = name or address
        self._timeout = timeout_seconds
        self._answers: dict[str, Told | None] = {}
        self._spoken: dict[bytes, bytes] = {}
        self._mute: set[str] = set()  # ways of asking that ran into the time limit
        self.scheme = ""
        """http or https, once something has answered."""

    def get(self, path: str) -> Told | None:
        if path not in self._answers:
            self._answers[path] = self._get(path)
        return self._answers[path]

    def talk(self, sent: bytes) -> bytes:
        if sent not in self._spoken:
            self._spoken[sent] = self._talk(sent)
        return self._spoken[sent]

    @property
    def is_mute(self) -> bool:
        """It has said nothing, neither to HTTP and HTTPS nor to other bytes; whoever asks next waits in vain."""
        return self._is_mute_to_http and "talk" in self._mute

    @property
    def _is_mute_to_http(self) -> bool:
        return {"http", "https"} <= self._mute

    def _get(self, path: str) -> Told | None:
        if self._is_mute_to_http:
            return None
        for scheme in (self.scheme,) if self.scheme else ("http", "https"):
            told = self._exchange(scheme, path)
            if told is not None and not _wants_tls(told):
                self.scheme = scheme
                return told
        return None

    def _exchange(self, scheme: str, path: str) -> Told | None:
        ends_at, ended = time.monotonic() + self._timeout, threading.Event()
        connection = http.client.HTTPConnection(self._address, self._port, timeout=self._timeout)
        try:
            connection.connect()
            if scheme == "https":  # a handshake as a whole is bounded by the socket's time limit
                connection.sock = _unchecked().wrap_socket(connection.sock, server_hostname=self._name)
            with _ending(connection.sock, ends_at, ended):
                headers = {"Host": self._host(), "User-Agent": "nms", "Accept": "*/*", "Connection": "close"}
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                named = {name.lower(): value for name, value in answer.getheaders()}
                return Told(answer.status, named, _read(answer))
        except TimeoutError:
            self._mute.add(scheme)
            return None
        except _ERRORS:
            if ended.is_set():  # before its own limit was noticed, as may be on a busy machine
                self._mute.add(scheme)
            return None
        finally:
            connection.close()

    def _talk(self, sent: bytes) -> bytes:
        try:
            with self._connected() as connection:
                connection.sendall(sent)
                return connection.recv(MOST_BYTES)
        except TimeoutError:
            self._mute.add("talk")
            return b""
        except OSError:
            return b""

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with socket.create_connection((self._address, self._port), timeout=self._timeout) as connection:
            yield connection

    def _host(self) -> str:
        return f"{bracketed(self._name)}:{self._port}"


def bracketed(host: str) -> str:
    """As a host stands before a port."""
    return f"[{host}]" if ":" in host else host


@contextmanager
def _ending(connection: socket.socket, ends_at: float, ended: threading.Event) -> Iterator[None]:
    """End the conversation when its time is up, however slowly bytes come: a socket's own limit is for each alone.
    `ended` tells that it was.
    """

    def end() -> None:
        ended.set()
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)  # an SSLSocket's own is not for another thread

    left = max(0.0, ends_at - time.monotonic())
    connection.settimeout(left)
    timer = threading.Timer(left + MARGIN_SECONDS, end)  # later than the socket's own, which tells a mute one
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(answer: http.client.HTTPResponse) -> bytes:
    """As much as comes in time; what an answer begins with is enough to know it by."""
    body = b""
    while len(body) < MOST_BYTES:
        try:
            piece = answer.read1(MOST_BYTES - len(body))
        except _ERRORS:
            break
        if not piece:
            break
        body += piece
    return body


def _wants_tls(told: Told) -> bool:
    """What servers say to plain HTTP at a port for HTTPS (Go, nginx, Apache)."""
    said = told.body[:2000].lower()
    return told.status == 400 and b"https" in said and b"http request" in said.replace(b"plain ", b"")


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
