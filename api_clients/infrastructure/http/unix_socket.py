"""HTTP over a unix socket, as Docker's engine speaks it: an adapter for requests, of which the wire makes use alike.

An address is unix:///var/run/docker.sock, all of it the socket's file. requests wants a host in every address, so
the file stands there percent-encoded, under a scheme that no other adapter takes; what is sent names localhost, for
servers in Go refuse a Host header with a slash.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import urllib3
from requests import PreparedRequest
from requests.adapters import HTTPAdapter

from api_clients.infrastructure.unix_socket import FULL_LINE_SECONDS, socket_path

SCHEME = "unix://"
MOUNT = "http+unix://"
HOST = "localhost"


class SocketForbidden(PermissionError):
    """The socket's file is not ours to use: its owner lets in others, by its mode or its group."""


def is_unix(instance: str) -> bool:
    return instance.startswith(SCHEME)


def requests_address(instance: str) -> str:
    """Spell a unix:// address as one that requests can take apart, to be followed by the path of the request."""
    return MOUNT + quote(socket_path(instance), safe="")


class UnixSocketAdapter(HTTPAdapter):
    """A pool of kept-alive connections for each socket file."""

    def __init__(self, *, max_connections: int) -> None:
        super().__init__(max_retries=0)
        self._max_connections = max_connections
        self._pools: dict[str, _Pool] = {}
        self._lock = threading.Lock()

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> urllib3.HTTPConnectionPool:
        path = unquote(urlsplit(str(request.url)).netloc)
        with self._lock:
            if path not in self._pools:
                self._pools[path] = _Pool(path, max_connections=self._max_connections)
            return self._pools[path]

    def close(self) -> None:
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()
        super().close()


class _Pool(urllib3.HTTPConnectionPool):
    def __init__(self, path: str, *, max_connections: int) -> None:
        super().__init__(HOST, maxsize=max_connections)
        self._path = path

    def _new_conn(self) -> _Connection:
        self.num_connections += 1
        return _Connection(self._path, timeout=self.timeout.connect_timeout)


class _Connection(urllib3.connection.HTTPConnection):
    def __init__(self, path: str, *, timeout: Any) -> None:
        super().__init__(HOST, timeout=timeout)
        self._path = path

    def _new_conn(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        seconds = float(self.timeout) if isinstance(self.timeout, (int, float)) else None
        connection.settimeout(seconds)
        try:
            connect_in_line(connection, self._path, seconds)
        except PermissionError as error:
            connection.close()
            raise self._translated(error) from SocketForbidden(error.errno, error.strerror)
        except OSError as error:
            connection.close()
            raise self._translated(error) from error
        return connection

    def _translated(self, error: OSError) -> Exception:
        if isinstance(error, TimeoutError):
            return urllib3.exceptions.ConnectTimeoutError(self, f"{self._path} took no connection in time")
        return urllib3.exceptions.NewConnectionError(self, f"{self._path}: {error.strerror}")


def connect_in_line(connection: socket.socket, path: str, seconds: float | None) -> None:
    """A socket with a timeout is refused with EAGAIN, not kept waiting, where the server's line is full.

    Raises OSError, TimeoutError where it stays full.
    """
    until = time.monotonic() + (seconds or 0.0)
    while True:
        try:
            return connection.connect(path)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise TimeoutError("the server's line of waiting connections stays full") from error
            time.sleep(FULL_LINE_SECONDS)
