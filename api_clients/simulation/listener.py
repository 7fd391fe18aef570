"""Accepts connections on a unix socket or a TCP port, gives each a thread, and cuts all of them when it stops."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

WAITING_AT_MOST = 64


class Listener:
    """`start` and `stop` keep the address, so that a client meets a refused connection in between."""

    def __init__(self, serve: Callable[[socket.socket], None], *, path: Path | None = None) -> None:
        """`serve` has a connection to itself; what it raises as OSError ends that one. Without `path` it listens on a
        free port of 127.0.0.1.
        """
        self._serve = serve
        self.path = path
        self.port = 0
        self.stopping = threading.Event()
        self._listening: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        self.stopping = threading.Event()
        self._listening = self._bound()
        threading.Thread(target=self._accept, args=(self._listening,), name="listener", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._listening is None:
            return
        self.stopping.set()
        shut(self._listening)
        self._listening.close()
        self._listening = None
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        with self._lock:
            shut(*self._open)

    def _handle(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            with suppress(OSError):  # a client that goes away in the middle is part of the game
                if not self.stopping.is_set():
                    self._serve(connection)
        finally:
            with self._lock:
                self._open.discard(connection)
            shut(connection)
            connection.close()

    def _bound(self) -> socket.socket:
        if self.path is None:
            listening = socket.create_server(("127.0.0.1", self.port))
            self.port = listening.getsockname()[1]
        else:
            self.path.unlink(missing_ok=True)
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(str(self.path))
        listening.listen(WAITING_AT_MOST)
        return listening

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), name="connection", daemon=True).start()


def shut(*connections: socket.socket) -> None:
    """End them for whoever reads or writes at either end; closing alone wakes no thread that waits."""
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
