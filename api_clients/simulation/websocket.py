"""The server's side of a WebSocket, on a socket whose HTTP request has been read already."""

from __future__ import annotations

import select
import socket
import threading
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

POLL_SECONDS = 0.2


class WebSocket:
    """`is_open` until either side has closed. `send` and `receive` belong to one thread."""

    def __init__(self, connection: socket.socket, request: bytes, stopping: threading.Event) -> None:
        self._connection = connection
        self._request = request
        self._stopping = stopping
        self._protocol = ServerProtocol()
        self._messages: list[str | bytes] = []
        self._fragments: list[Frame] = []
        self.is_open = False

    def __enter__(self) -> Self:
        self._protocol.receive_data(self._request)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
                self.is_open = self._protocol.handshake_exc is None
        self._flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.is_open:
            self.close()

    def send(self, message: str | bytes) -> None:
        if not self.is_open:
            return
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        self._flush()

    def receive(self, timeout_seconds: float = 0.0) -> str | bytes | None:
        """Return the next message, or None where none came in that time or the connection has ended."""
        if self._stopping.is_set():
            self.close(1012)
        if self.is_open and not self._messages:
            readable, _, _ = select.select([self._connection], [], [], timeout_seconds)
            if readable:
                self._read()
        return self._messages.pop(0) if self._messages else None

    def close(self, code: int = 1000) -> None:
        self.is_open = False
        try:
            self._protocol.send_close(code)
        except ConnectionClosed:
            return
        self._flush()

    def _read(self) -> None:
        try:
            received = self._connection.recv(65536)
        except OSError:
            received = b""
        if received:
            self._protocol.receive_data(received)
        else:
            self._protocol.receive_eof()
            self.is_open = False
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        self._flush()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self.is_open = False
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return  # pings are answered by the protocol
        self._fragments.append(frame)
        if frame.fin:
            whole = b"".join(bytes(fragment.data) for fragment in self._fragments)
            self._messages.append(whole.decode() if self._fragments[0].opcode is Opcode.TEXT else whole)
            self._fragments = []

    def _flush(self) -> None:
        try:
            for piece in self._protocol.data_to_send():
                if piece:
                    self._connection.sendall(piece)
        except OSError:
            self.is_open = False
