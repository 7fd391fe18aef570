"""A console under a deadline: what is sent, what came back, and waiting for something to be there.

Knows bytes, time and the transcript; what the words mean is for `arrival`, `session` and the dialects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

from api_clients.domain.errors import Unreachable

from .errors import HungUp
from .stream import TelnetStream
from .transcript import Transcript

MAX_TRANSCRIPT_SIZE: Final = 8_000_000  # characters; of the largest configurations a few times over

# Wipes out what the last user left half typed, whatever edits the line: to its end, away with it (readline, IOS, the
# kernel's line discipline), and backspaces for VPCS, which knows no Ctrl-U. Without this, Enter would run it. At a
# "[confirm]" any of these says no.
CLEAR_LINE: Final = "\x05\x15" + "\b" * 80
INTERRUPT: Final = "\x03"


class Conversation:
    def __init__(self, stream: TelnetStream, *, deadline: float, where: str) -> None:
        """`deadline` is a moment of the monotonic clock, past which every wait ends."""
        self._stream = stream
        self.deadline = deadline
        self.where = where
        self.transcript = Transcript()
        self.received = 0

    @property
    def mark(self) -> int:
        """The number of the unfinished line: what comes from now on stands at it and after it."""
        return len(self.transcript.lines)

    @property
    def line(self) -> str:
        return self.transcript.line

    def since(self, mark: int) -> list[str]:
        return self.transcript.since(mark)

    async def send(self, text: str) -> None:
        await self._stream.write(text.encode("utf-8", "replace"))

    async def wait_for(self, condition: Callable[[], bool], *, until: float) -> bool:
        """Read until the condition holds (True) or the moment, or the deadline, has passed (False)."""
        while not condition():
            if not await self._read(min(until, self.deadline)):
                return condition()
        return True

    async def anything(self, *, until: float) -> bool:
        """Wait for something to come, whatever it is."""
        before = self.received
        return await self.wait_for(lambda: self.received > before, until=until)

    async def quiet(self, seconds: float, *, until: float) -> bool:
        """Read until nothing came for so long (True); False where it never fell silent."""
        while monotonic() < min(until, self.deadline):
            if not await self._read(monotonic() + seconds):
                return True
        return False

    async def _read(self, until: float) -> bool:
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                data = await self._stream.read()
        except TimeoutError:
            return False
        if not data:
            raise HungUp("the console hung up", service="console", target=self.where)
        self.received += len(data)
        self.transcript.feed(data)
        if self.transcript.size > MAX_TRANSCRIPT_SIZE:
            raise Unreachable("the console never stops printing", service="console", target=self.where)
        return True
