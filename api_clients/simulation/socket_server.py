"""Serves a simulator of a protocol other than HTTP, on a unix socket or a TCP port, a thread for each connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from api_clients.simulation.faults import Fault
from api_clients.simulation.simulator import Simulator


class SocketSimulator(Simulator[bytes]):
    """Says where a request ends and what its answer is, both in the bytes of the protocol."""

    def read_request(self, stream: BinaryIO) -> bytes:
        """Return the next request of a connection, b"" where it has ended."""
        raise NotImplementedError

    def answer(self, request: bytes) -> bytes:
        raise NotImplementedError

    def is_greeting(self, request: bytes) -> bool:
        """True of what opens a conversation and is no request: it is not counted and meets no fault."""
        return False

    def ends_after(self, request: bytes) -> bool:
        """True where the service closes the connection after this answer."""
        return False


class SocketServer:
    """`stop` and `start` keep the address, so that a client meets a refused connection in between."""

    def __init__(self, simulator: SocketSimulator, *, path: Path | None = None) -> None:
        """With `path` it listens on a unix socket there, else on a free port of 127.0.0.1."""
        self._simulator = simulator
        self._path = path
        self._port = 0
        self._listener: socket.socket | None = None
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"unix://{self._path}" if self._path else f"tcp://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._stopping = threading.Event()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self._path))
        else:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._port = self._listener.getsockname()[1]
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), name="simulator", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._listener is None:
            return
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listener = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._converse, args=(connection,), name="simulator", daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        # A client that goes away in the middle is part of the game, and a test sees what it did not get.
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            while request := self._simulator.read_request(stream):
                if not self._answer(connection, request):
                    break
        self._open.discard(connection)

    def _answer(self, connection: socket.socket, request: bytes) -> bool:
        """Answer as the fault says that the request meets; False where the connection ends with it."""
        fault = None if self._simulator.is_greeting(request) else self._simulator.take(request)
        if fault is not None:
            self._misbehave(connection, fault, request)
            return False
        connection.sendall(self._simulator.answer(request))
        return not self._simulator.ends_after(request)

    def _misbehave(self, connection: socket.socket, fault: Fault, request: bytes) -> None:
        if fault.kind == "hang":
            self._stopping.wait(fault.seconds)
        elif fault.kind == "garbage":
            connection.sendall(fault.body)
        elif fault.kind == "truncate":
            answer = self._simulator.answer(request)
            connection.sendall(answer[: len(answer) // 2])
        elif fault.kind == "drip":
            for byte in self._simulator.answer(request):
                connection.sendall(bytes([byte]))
                if self._stopping.wait(fault.seconds):
                    return
        elif fault.kind == "status":
            raise ValueError("a status is a word of HTTP; this protocol has none")


@contextmanager
def serve_socket(simulator: SocketSimulator, *, path: Path | None = None) -> Iterator[SocketServer]:
    server = SocketServer(simulator, path=path)
    server.start()
    try:
        yield server
    finally:
        server.stop()
