"""One WebSocket as an ASGI server gives it to us, and the short way to its wire.

Through ASGI each event costs a call, an encoding and a frame for each client. An event is the same for all of them, so
its frame is written once (RFC 6455, 5.2: what a server sends is not masked) and handed to the transport as it is. That
needs the server's own connection, which uvicorn's `send` belongs to; under another server everything goes through ASGI.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from common.domain.stream import MAX_MESSAGE_BYTES

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_WIRE_BYTES = 4 * MAX_MESSAGE_BYTES  # up to here one is told of the limit and goes on
MAX_REASON = 120  # bytes that fit a close frame (RFC 6455, 5.5), our texts being ASCII
_TEXT = 0x81  # the last fragment, and the only one, of a text message


class Disconnected(OSError):
    """The client is gone. An OSError, as servers raise from `send` (ASGI specification, websocket.send)."""


def text_frame(text: bytes) -> bytes:
    """A complete text message on the wire."""
    length = len(text)
    if length < 126:
        return struct.pack("!BB", _TEXT, length) + text
    if length < 65536:
        return struct.pack("!BBH", _TEXT, 126, length) + text
    return struct.pack("!BBQ", _TEXT, 127, length) + text


def texts_of(frames: bytes) -> Iterator[str]:
    """What `text_frame` was given, one frame after the other."""
    start = 0
    while start < len(frames):
        length = frames[start + 1]
        start += 2
        if length >= 126:
            width = 2 if length == 126 else 8
            length = int.from_bytes(frames[start : start + width], "big")
            start += width
        yield frames[start : start + length].decode()
        start += length


class WebSocket:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._wire = _Wire.behind(send)

    @property
    def is_direct(self) -> bool:
        """Whether `offer` works at all."""
        return self._wire is not None

    async def accept(self, subprotocol: str | None) -> None:
        await self._receive()  # websocket.connect
        if self._wire:
            self._wire.prepare()
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def receive(self) -> str | None:
        """The next text message; None for a binary one. Raises Disconnected."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Disconnected
        return message.get("text")

    async def receive_frame(self) -> str | bytes:
        """The next message, as it came: text or binary. Raises Disconnected."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Disconnected
        text: str | None = message.get("text")
        return bytes(message.get("bytes") or b"") if text is None else text

    async def send_bytes(self, data: bytes) -> None:
        await self._send({"type": "websocket.send", "bytes": data})

    async def send(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def send_frames(self, frames: bytes) -> None:
        """Send complete frames, waiting while the client does not read. Raises OSError once it is gone."""
        if self._wire is None:
            for text in texts_of(frames):
                await self.send(text)
            return
        await self._wire.writable()
        if not self._wire.write(frames):
            raise Disconnected

    def offer(self, frames: bytes) -> bool:
        """Send complete frames if the client has read what it got before; else nothing, and return False."""
        return self._wire is not None and self._wire.write(frames)

    async def close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason[:MAX_REASON]})


class _Wire:
    """The connection below ASGI, as uvicorn keeps it."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: WebSocketsSansIOProtocol) -> None:
        self._protocol = protocol

    @classmethod
    def behind(cls, send: Send) -> _Wire | None:
        protocol = getattr(send, "__self__", None)
        return cls(protocol) if isinstance(protocol, WebSocketsSansIOProtocol) else None

    def prepare(self) -> None:
        """Before the handshake is answered, and however the server was started: take large messages from nobody (a
        larger one closes the connection with 1009), and answer no to permessage-deflate, which would keep two windows
        of 45 kB in all for each client, and pack each event once for each of them."""
        self._protocol.conn.max_message_size = MAX_WIRE_BYTES
        self._protocol.response.headers.pop("Sec-WebSocket-Extensions", None)
        self._protocol.conn.extensions = []

    async def writable(self) -> None:
        await self._protocol.writable.wait()

    def write(self, frames: bytes) -> bool:
        protocol = self._protocol
        transport = protocol.transport
        if not protocol.writable.is_set() or protocol.close_sent or transport.is_closing():
            return False
        transport.write(frames)
        return True
