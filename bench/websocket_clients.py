"""Many WebSocket clients in one process, so cheap that the server is what is measured: frames are taken apart in place.

    python -m bench.websocket_clients URL TOKEN COUNT TOPIC

It prints "ready" when all are subscribed, and at each line of its input what came since the last one, as JSON.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
from array import array
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

import uvloop

AT_ONCE = 50  # connections in the making
SECONDS_TO_SUBSCRIBE = 20
EVENT = b'{"type":"event","event":{"position":'
MASK = b"\x00\x00\x00\x00"  # RFC 6455 wants one; zeros leave the text as it is


@dataclass(frozen=True, slots=True)
class Received:
    """Latencies are from the time in the event to the moment the client had it, in milliseconds."""

    deliveries: int
    events: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    out_of_order: int
    gaps: int


class Tally:
    """What all clients of the process received."""

    def __init__(self) -> None:
        self.published: dict[bytes, float] = {}
        self.begin()

    def begin(self) -> None:
        self.latencies = array("d")
        self.out_of_order = 0
        self.gaps = 0

    def sum_up(self) -> Received:
        latencies = sorted(self.latencies) or [0.0]
        received = Received(
            deliveries=len(self.latencies),
            events=len(self.published),
            p50_ms=latencies[len(latencies) // 2] * 1e3,
            p99_ms=latencies[int(len(latencies) * 0.99)] * 1e3,
            worst_ms=latencies[-1] * 1e3,
            out_of_order=self.out_of_order,
            gaps=self.gaps,
        )
        self.published.clear()
        self.begin()
        return received


class WebSocketClient(asyncio.Protocol):
    """Says hello, subscribes, and checks that positions follow each other."""

    def __init__(self, address: str, token: str, topic: str, tally: Tally) -> None:
        self._address, self._token, self._topic, self._tally = urlsplit(address), token, topic, tally
        self._buffer = bytearray()
        self._position = 0
        self._take = self._take_handshake
        self.subscribed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        lines = (
            f"GET {self._address.path} HTTP/1.1",
            f"Host: {self._address.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            f"Authorization: Bearer {self._token}",
        )
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.subscribed.done():
            self.subscribed.set_exception(ConnectionError(f"closed: {bytes(self._buffer)!r}"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._take()

    def _take_handshake(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end >= 0:
            del self._buffer[: end + 4]
            self._take = self._take_frames
            self._send(0x1, json.dumps({"action": "subscribe", "topics": [self._topic]}).encode())
            self._take_frames()

    def _take_frames(self) -> None:
        buffer, start, now = self._buffer, 0, time.time()
        while len(buffer) - start >= 2:
            length, header = buffer[start + 1], 2
            if length == 126 and len(buffer) - start >= 4:
                length, header = int.from_bytes(buffer[start + 2 : start + 4], "big"), 4
            if len(buffer) - start < header + length or (length == 126 and header == 2):
                break
            begin, start = start + header, start + header + length
            if buffer.startswith(EVENT, begin):
                digits = begin + len(EVENT)
                self._event(bytes(buffer[digits : buffer.index(b",", digits)]), begin, start, now)
            else:
                self._other(buffer[begin - header] & 0xF, bytes(buffer[begin:start]))
        del buffer[:start]

    def _event(self, position: bytes, begin: int, end: int, now: float) -> None:
        tally = self._tally
        published = tally.published.get(position)
        if published is None:
            event = json.loads(self._buffer[begin:end])["event"]
            published = tally.published[position] = datetime.fromisoformat(event["time"]).timestamp()
        tally.latencies.append(now - published)
        number = int(position)
        if self._position and number != self._position + 1:
            tally.out_of_order += 1
        self._position = number

    def _other(self, opcode: int, payload: bytes) -> None:
        if opcode == 0x9:
            self._send(0xA, payload)
        elif payload.startswith(b'{"type":"subscribed"'):
            self.subscribed.set_result(None)
        elif payload.startswith(b'{"type":"gap"'):
            self._tally.gaps += 1

    def _send(self, opcode: int, payload: bytes) -> None:
        self.transport.write(struct.pack("!BB", 0x80 | opcode, 0x80 | len(payload)) + MASK + payload)


async def _connect(address: str, token: str, topic: str, tally: Tally, few: asyncio.Semaphore) -> None:
    server = urlsplit(address)
    assert server.hostname
    assert server.port
    async with few:
        _, client = await asyncio.get_running_loop().create_connection(
            lambda: WebSocketClient(address, token, topic, tally), server.hostname, server.port
        )
        await asyncio.wait_for(client.subscribed, SECONDS_TO_SUBSCRIBE)


async def _main(address: str, token: str, count: int, topic: str) -> None:
    tally = Tally()
    few = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_connect(address, token, topic, tally, few) for _ in range(count)))
    print("ready", flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while await lines.readline():
        print(json.dumps(asdict(tally.sum_up())), flush=True)


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
