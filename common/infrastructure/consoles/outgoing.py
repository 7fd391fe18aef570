"""What one viewer of a console has not been sent yet: bounded, so that who does not read costs no more than this.

A terminal shows the present. So what is dropped for a slow viewer is the oldest, and it is told how much.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

LIMIT_BYTES = 256 * 1024
FRAME_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Portion:
    """What is sent next; `dropped` bytes before it were left out."""

    data: bytes
    dropped: int = 0


class Outgoing:
    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._dropped = 0
        self._something = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Never waits, whatever the viewer does."""
        if not data:
            return
        self._pieces.append(data)
        self._size += len(data)
        while self._size > self._limit:
            self._drop_oldest(self._size - self._limit)
        self._something.set()

    async def take(self) -> Portion:
        """Wait for something, and take up to a frame of it."""
        await self._something.wait()
        dropped, self._dropped = self._dropped, 0
        taken = bytearray()
        while self._pieces and len(taken) < FRAME_BYTES:
            piece = self._pieces.popleft()
            room = FRAME_BYTES - len(taken)
            taken += piece[:room]
            if len(piece) > room:
                self._pieces.appendleft(piece[room:])
        self._size -= len(taken)
        if not self._pieces:
            self._something.clear()
        return Portion(bytes(taken), dropped)

    @property
    def is_empty(self) -> bool:
        return not self._pieces

    def _drop_oldest(self, excess: int) -> None:
        oldest = self._pieces.popleft()
        kept = oldest[excess:]
        if kept:
            self._pieces.appendleft(kept)
        gone = len(oldest) - len(kept)
        self._size -= gone
        self._dropped += gone
