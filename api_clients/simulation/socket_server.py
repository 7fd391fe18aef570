"""Serves a simulator of a protocol other than HTTP, on a unix socket or a TCP port, a thread for each connection."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from api_clients.simulation.faults import Fault
from api_clients.simulation.listener import Listener
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


class SocketServer(Listener):
    def __init__(self, simulator: SocketSimulator, *, path: Path | None = None) -> None:
        """With `path` it listens on a unix socket there, else on a free port of 127.0.0.1."""
        super().__init__(self._converse, path=path)
        self._simulator = simulator

    @property
    def url(self) -> str:
        return f"unix://{self.path}" if self.path else f"tcp://127.0.0.1:{self.port}"

    def _converse(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            while request := self._simulator.read_request(stream):
                if not self._answer(connection, request):
                    break

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
            self.stopping.wait(fault.seconds)
        elif fault.kind == "garbage":
            connection.sendall(fault.body)
        elif fault.kind == "truncate":
            answer = self._simulator.answer(request)
            connection.sendall(answer[: len(answer) // 2])
        elif fault.kind == "drip":
            for byte in self._simulator.answer(request):
                connection.sendall(bytes([byte]))
                if self.stopping.wait(fault.seconds):
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
