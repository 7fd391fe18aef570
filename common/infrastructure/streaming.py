"""A body that has no end of its own, handed on as it comes: from a blocking stream to an event loop.

Each stream has a thread of its own, for it may be silent for an hour, and the loop's own threads are everybody's. The
thread reads no further while the client does not take what was read.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.domain.values import Stream
from common.domain.errors import Unavailable

WAITING_CHUNKS = 16
MAX_STREAMS = 32

log = structlog.get_logger(__name__)
_places = threading.BoundedSemaphore(MAX_STREAMS)


@dataclass(frozen=True, slots=True)
class Limits:
    """It ends after so many seconds, after so many without a byte, or after so many bytes."""

    seconds: float
    quiet_seconds: float
    bytes: int


def hand_on(stream: Stream, limits: Limits) -> Handed:
    """What comes, until the stream ends, a limit is reached or the client leaves; the stream is closed then.

    Raises Unavailable, with the stream closed, where as many are read as this process may.
    """
    if not _places.acquire(blocking=False):
        stream.close()
        raise Unavailable(f"{MAX_STREAMS} streams are being read already; try again later.", code="too_many_streams")
    return Handed(stream, limits)


class Handed:
    """Iterate over it once, or close it."""

    def __init__(self, stream: Stream, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._room = threading.Semaphore(WAITING_CHUNKS)
        self._over = threading.Event()
        self._begun = False

    def close(self) -> None:
        """Django calls it when the answer is over, also one that nobody ever read."""
        self._over.set()
        self._room.release()
        self._stream.close()
        if not self._begun:
            self._begun = True
            _places.release()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self._begun = True
        threading.Thread(target=self._read, args=(loop, arrived), name="stream-reader", daemon=True).start()
        left, end = self._limits.bytes, loop.time() + self._limits.seconds
        try:
            while left > 0 and (chunk := await _next(arrived, min(self._limits.quiet_seconds, end - loop.time()))):
                self._room.release()
                yield chunk[:left]
                left -= len(chunk)
        finally:
            self.close()

    def _read(self, loop: asyncio.AbstractEventLoop, arrived: asyncio.Queue[bytes]) -> None:
        try:
            while not self._over.is_set():
                chunk = self._next_chunk()
                loop.call_soon_threadsafe(arrived.put_nowait, chunk)
                if not chunk:
                    return
                self._room.acquire()
        except RuntimeError:
            return  # the loop has closed
        finally:
            self._stream.close()
            _places.release()

    def _next_chunk(self) -> bytes:
        try:
            return self._stream.read()
        except ServiceError as error:
            log.info("a stream broke", reason=str(error))
            return b""


async def _next(arrived: asyncio.Queue[bytes], seconds: float) -> bytes:
    """b"" where nothing comes in time."""
    try:
        return await asyncio.wait_for(arrived.get(), max(0.0, seconds))
    except TimeoutError:
        return b""
