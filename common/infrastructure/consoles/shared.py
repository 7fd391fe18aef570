"""One connection to a console for all its viewers in an event loop.

GNS3 lets clients share a console, and so do we: the first viewer connects, later ones are shown what came lately, the
last one hangs up. Telnet's options are negotiated here, once (api_clients/network/console); viewers see data alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.console.stream import TelnetStream
from api_clients.network.console.telnet import Screen

RECENT_BYTES = 32 * 1024
CONNECT_SECONDS = 5.0
WRITE_SECONDS = 10.0
MAX_VIEWERS = 50
SCREEN = Screen("xterm", 80, 24)  # everybody's: one console has one size, viewers many

log = structlog.get_logger(__name__)


class Viewer(Protocol):
    def show(self, data: bytes) -> None:
        """What the console wrote; must not wait."""

    def hung_up(self) -> None:
        """The console ended the connection, or it broke."""


class TooManyViewers(Exception):
    """The console has as many viewers as it may have."""


class SharedConsole:
    """Use `join`: it connects, or finds the one that is connected."""

    def __init__(self, host: str, port: int, on_end: Callable[[], None]) -> None:
        self._host = host
        self._port = port
        self._on_end = on_end
        self._stream: TelnetStream | None = None
        self._reading: asyncio.Task[None] | None = None
        self._viewers: set[Viewer] = set()
        self._entering = 0
        self._recent: deque[bytes] = deque()
        self._recent_size = 0
        self._connecting = asyncio.Lock()
        self._typing = asyncio.Lock()
        self._ended = False

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    async def enter(self, viewer: Viewer) -> None:
        """Raises Unreachable, or TooManyViewers."""
        if len(self._viewers) + self._entering >= MAX_VIEWERS:
            raise TooManyViewers
        self._entering += 1
        try:
            async with self._connecting:
                if self._stream is None:
                    await self._connect()
        except BaseException:
            self._entering -= 1
            await self._hang_up_if_empty()
            raise
        self._entering -= 1
        self._viewers.add(viewer)  # nothing can be read between these two, so nothing is missed or shown twice
        viewer.show(b"".join(self._recent))
        if self._ended:
            viewer.hung_up()

    async def leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        await self._hang_up_if_empty()

    async def type(self, data: bytes) -> None:
        """What viewers type arrives in the order it was sent, each piece whole. Raises ServiceError or TimeoutError."""
        stream = self._stream
        if stream is None:
            return
        async with asyncio.timeout(WRITE_SECONDS), self._typing:
            await stream.write(data)

    async def _connect(self) -> None:
        self._stream = await TelnetStream.connect(
            self._host, self._port, timeout_seconds=CONNECT_SECONDS, screen=SCREEN
        )
        self._reading = asyncio.create_task(self._read(self._stream))

    async def _read(self, stream: TelnetStream) -> None:
        try:
            while data := await stream.read():
                self._remember(data)
                for viewer in tuple(self._viewers):
                    viewer.show(data)
        except ServiceError as error:
            log.info("a console hung up", console=f"{self._host}:{self._port}", reason=str(error))
        self._end()
        for viewer in tuple(self._viewers):
            viewer.hung_up()

    def _remember(self, data: bytes) -> None:
        self._recent.append(data[-RECENT_BYTES:])
        self._recent_size += len(self._recent[-1])
        while self._recent_size > RECENT_BYTES:
            self._recent_size -= len(self._recent.popleft())

    def _end(self) -> None:
        """Nobody may join any more; the next viewer connects anew."""
        if not self._ended:
            self._ended = True
            self._on_end()

    async def _hang_up_if_empty(self) -> None:
        if self._viewers or self._entering:
            return
        self._end()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()


_Key = tuple[asyncio.AbstractEventLoop, str, int]
_shared: dict[_Key, SharedConsole] = {}


async def join(host: str, port: int, viewer: Viewer) -> SharedConsole:
    """Enter the console at `host` and `port`. Raises Unreachable (a stopped node refuses), or TooManyViewers."""
    key = (asyncio.get_running_loop(), host, port)
    console = _shared.get(key)
    if console is None:
        console = _shared[key] = SharedConsole(host, port, lambda: _forget(key))
    await console.enter(viewer)
    return console


def _forget(key: _Key) -> None:
    _shared.pop(key, None)
