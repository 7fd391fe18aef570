"""Asks an address what it is: plain HTTP and HTTPS without a login, and bytes over TCP.

Certificates are not checked, since nothing secret is sent; what is found is looked at by a person before it is used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from api_clients.domain.identification import Told

TIMEOUT_SECONDS = 2.0
MOST_BYTES = 65_536
_ERRORS = (OSError, http.client.HTTPException, ValueError)


class Asker:
    """One address and port; `name` is what the Host header says. Answers are kept, so several may recognise by one."""

    def __init__(self, address: str, port: int, *, name: str = "", timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._address = address
        self._port = port
        self._name = name or address
        self._timeout = timeout_seconds
        self._answers: dict[str, Told | None] = {}
        self._spoken: dict[bytes, bytes] = {}
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

    def _get(self, path: str) -> Told | None:
        for scheme in (self.scheme,) if self.scheme else ("http", "https"):
            told = self._exchange(scheme, path)
            if told is not None and not _wants_tls(told):
                self.scheme = scheme
                return told
        return None

    def _exchange(self, scheme: str, path: str) -> Told | None:
        ends_at = time.monotonic() + self._timeout
        connection = http.client.HTTPConnection(self._address, self._port, timeout=self._timeout)
        try:
            connection.connect()
            if scheme == "https":
                connection.sock = _unchecked().wrap_socket(connection.sock, server_hostname=self._name)
            headers = {"Host": self._host(), "User-Agent": "nms", "Accept": "*/*", "Connection": "close"}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Told(answer.status, named, _read(answer, connection.sock, ends_at))
        except _ERRORS:
            return None
        finally:
            connection.close()

    def _talk(self, sent: bytes) -> bytes:
        try:
            with self._connected() as connection:
                connection.sendall(sent)
                return connection.recv(MOST_BYTES)
        except OSError:
            return b""

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with socket.create_connection((self._address, self._port), timeout=self._timeout) as connection:
            yield connection

    def _host(self) -> str:
        name = f"[{self._name}]" if ":" in self._name else self._name
        return f"{name}:{self._port}"


def _read(answer: http.client.HTTPResponse, connection: socket.socket | None, ends_at: float) -> bytes:
    """As much as comes in time; what an answer begins with is enough to know it by."""
    body = b""
    while len(body) < MOST_BYTES and (left := ends_at - time.monotonic()) > 0:
        if connection is not None and connection.fileno() != -1:
            connection.settimeout(left)
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
