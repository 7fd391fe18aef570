"""A console without a lab behind it, for what no real node does on request: floods, silence, hanging up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class FakeConsole:
    """Keeps every connection and what came over it; `write` goes to all."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections: list[socket.socket] = []
        self.typed = b""
        threading.Thread(target=self._accept, daemon=True).start()

    def write(self, data: bytes) -> None:
        for connection in tuple(self.connections):
            connection.sendall(data)

    def hang_up(self) -> None:
        while self.connections:
            connection = self.connections.pop()
            with suppress(OSError):  # the hub may have gone first
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def close(self) -> None:
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        try:
            while data := connection.recv(65536):
                self.typed += data
        except OSError:
            return


@contextmanager
def fake_console() -> Iterator[FakeConsole]:
    console = FakeConsole()
    try:
        yield console
    finally:
        console.close()
