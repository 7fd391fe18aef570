"""Serves a simulator over HTTP/1.1 on a port of this machine or a unix socket, each connection in its own thread."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from api_clients.simulation.faults import Fault
from api_clients.simulation.http_simulator import Answer, HttpSimulator, Received

if TYPE_CHECKING:
    from api_clients.simulation.websocket import WebSocket


class SimulatorServer:
    """`stop` and `start` keep the port or the path, so that a client meets a refused connection in between."""

    def __init__(
        self, simulator: HttpSimulator, *, host: str = "127.0.0.1", port: int = 0, path: Path | None = None
    ) -> None:
        """With `path` it listens on a unix socket there."""
        self._simulator = simulator
        self._address = (host, port)
        self._path = path
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        if self._path is not None:
            return f"unix://{self._path}"
        host, port = self._address
        return f"http://{host}:{port}"

    @property
    def connections(self) -> int:
        """How many connections were accepted since the start."""
        return self._server.accepted if self._server else 0

    def start(self) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._server = _UnixServer(str(self._path), self._simulator)
        else:
            self._server = _Server(self._address, self._simulator)
            self._address = (self._address[0], self._server.server_port)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="simulator", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server.cut_connections()
        self._server = None


@contextmanager
def serve(simulator: HttpSimulator, *, path: Path | None = None) -> Iterator[SimulatorServer]:
    server = SimulatorServer(simulator, path=path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int] | str,
        simulator: HttpSimulator,
        handler: type[BaseHTTPRequestHandler] | None = None,
    ) -> None:
        self.simulator = simulator
        self.accepted = 0
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler or _Handler)  # type: ignore[arg-type] # a path, where it is a unix socket

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        with self._lock:
            self.accepted += 1
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        self.stopping.set()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # its peer was faster

    def handle_error(self, request: object, client_address: object) -> None:
        """Silent: a client that goes away in the middle is part of the game, and a test sees what it did not get."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in one segment: two small writes would wait 40 ms for the peer's delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        received = self._receive()
        simulator = self.server.simulator
        fault = simulator.take(received)
        if fault is None:
            self._send(simulator.respond(received))
        else:
            self._misbehave(fault, received)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 # the names http.server calls

    def _receive(self) -> Received:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        params = parse_qs(url.query, keep_blank_values=True)
        return Received(self.command, url.path, params, headers, self.rfile.read(length))

    def _send(self, answer: Answer) -> None:
        if answer.converse is not None and self.headers.get("Upgrade", "").lower() == "websocket":
            self._converse(answer.converse)
            return
        if answer.chunks is not None:
            self._stream(answer, answer.chunks())
            return
        self._send_head(answer)
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _send_status(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)

    def _send_head(self, answer: Answer) -> None:
        self._send_status(answer)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def _stream(self, answer: Answer, chunks: Iterator[bytes]) -> None:
        self._send_status(answer)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        try:
            for chunk in chunks:
                if self.server.stopping.is_set() or self._is_gone():
                    self.close_connection = True
                    return
                if chunk:
                    self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                    self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _is_gone(self) -> bool:
        """True where the client has closed; one that waits for the stream sends nothing more."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _converse(self, converse: Callable[[WebSocket], None]) -> None:
        from api_clients.simulation.websocket import WebSocket

        self.close_connection = True
        request = f"{self.requestline}\r\n{self.headers}".replace("\r\n", "\n").replace("\n", "\r\n").encode("latin-1")
        with WebSocket(self.connection, request, self.server.stopping) as opened:
            converse(opened)

    def _misbehave(self, fault: Fault, received: Received) -> None:
        if fault.kind == "status":
            self._send(Answer(fault.status, fault.body, fault.headers))
        elif fault.kind == "garbage":
            self._send(Answer(200, fault.body, {"Content-Type": "application/json"}))
        elif fault.kind == "drip":
            self._drip(self.server.simulator.respond(received), fault.seconds)
        elif fault.kind == "truncate":
            answer = self.server.simulator.respond(received)
            self._send_head(answer)
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        else:  # hang, close
            if fault.kind == "hang":
                self.server.stopping.wait(fault.seconds)
            self.close_connection = True

    def _drip(self, answer: Answer, seconds: float) -> None:
        self._send_head(answer)
        for at in range(len(answer.body)):
            self.wfile.write(answer.body[at : at + 1])
            self.wfile.flush()
            if self.server.stopping.wait(seconds):
                return

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what was received is in the simulator."""


class _UnixServer(_Server):
    address_family = socket.AF_UNIX

    def __init__(self, path: str, simulator: HttpSimulator) -> None:
        super().__init__(path, simulator, _UnixHandler)

    def server_bind(self) -> None:
        """Not that of HTTPServer, which asks for the name of the host."""
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0


class _UnixHandler(_Handler):
    disable_nagle_algorithm = False
