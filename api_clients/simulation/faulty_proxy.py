"""Stands between a client and a real server that speaks over TCP or a unix socket, and fails in its stead.

What the server is sent is not understood here: each chunk that a client sends counts as a request.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from api_clients.simulation.faults import Fault
from api_clients.simulation.listener import Listener, shut
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
        self._listener = Listener(self._carry)

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def url(self) -> str:
        return self._url.format(port=self.port)

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        self._listener.stop()

    def _carry(self, client: socket.socket) -> None:
        """Carry one conversation, both ways, until either side ends it."""
        with self._connect() as server:
            is_cut_short = threading.Event()
            answers = threading.Thread(target=self._answer, args=(client, server, is_cut_short), daemon=True)
            answers.start()
            self._ask(client, server, is_cut_short)
            shut(client, server)
            answers.join()

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

    def _answer(self, client: socket.socket, server: socket.socket, is_cut_short: threading.Event) -> None:
        with suppress(OSError):
            while chunk := server.recv(CHUNK_BYTES):
                if is_cut_short.is_set():
                    client.sendall(chunk[: len(chunk) // 2])
                    break
                client.sendall(chunk)
        shut(client, server)

    def _misbehave(self, client: socket.socket, fault: Fault) -> None:
        if fault.kind == "hang":
            self._listener.stopping.wait(fault.seconds)
        elif fault.kind == "garbage":
            client.sendall(fault.body)
        elif fault.kind != "close":
            raise ValueError(f"a proxy that does not know the protocol cannot meet the fault {fault.kind}")


@contextmanager
def faulty_proxy(connect: Connect, *, url: str) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(connect, url=url)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
