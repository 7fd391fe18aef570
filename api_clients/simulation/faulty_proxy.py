"""Stands between a client and a real server that speaks over TCP or a unix socket, and fails in its stead.

What the server is sent is not understood here: each chunk that a client sends counts as a request.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from api_clients.simulation.faults import Fault
from api_clients.simulation.simulator import Simulator

CHUNK_BYTES = 65_536
Connect = Callable[[], socket.socket]


class FaultyProxy(Simulator[bytes]):
    """`connect` opens a connection to the real server. Listens on a port of 127.0.0.1 that `stop` and `start` keep."""

    def __init__(self, connect: Connect, *, url: str = "tcp://127.0.0.1:{port}") -> None:
        """`url` is how clients spell its address, {port} in the place of the port."""
        super().__init__()
        self._url = url
        self._connect = connect
        self.port = 0
        self._listener: socket.socket | None = None
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return self._url.format(port=self.port)

    def start(self) -> None:
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), name="proxy", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._listener is None:
            return
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listener = None
        for connection in list(self._open):
            _cut(connection)

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = listener.accept()
                server = self._connect()
            except OSError:
                return
            self._open.update((client, server))
            parts = (client, server, threading.Event())
            for carry in (self._ask, self._answer):
                threading.Thread(target=carry, args=parts, name="proxy", daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, is_cut_short: threading.Event) -> None:
        """Carry what the client sends, until a fault ends the connection."""
        with suppress(OSError):
            while chunk := client.recv(CHUNK_BYTES):
                fault = self.take(chunk)
                if fault is not None and fault.kind == "truncate":
                    is_cut_short.set()
                elif fault is not None:
                    self._misbehave(client, fault)
                    break
                server.sendall(chunk)
        self._end(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, is_cut_short: threading.Event) -> None:
        with suppress(OSError):
            while chunk := server.recv(CHUNK_BYTES):
                if is_cut_short.is_set():
                    client.sendall(chunk[: len(chunk) // 2])
                    break
                client.sendall(chunk)
        self._end(client, server)

    def _misbehave(self, client: socket.socket, fault: Fault) -> None:
        if fault.kind == "hang":
            self._stopping.wait(fault.seconds)
        elif fault.kind == "garbage":
            client.sendall(fault.body)
        elif fault.kind != "close":
            raise ValueError(f"a proxy that does not know the protocol cannot meet the fault {fault.kind}")

    def _end(self, *connections: socket.socket) -> None:
        for connection in connections:
            _cut(connection)
            self._open.discard(connection)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def faulty_proxy(connect: Connect, *, url: str) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(connect, url=url)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
