"""A person at a console, over the hub's WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

WAIT_SECONDS = 30.0
LOST_SECONDS = 5.0  # without an answer for so long, a line was lost
Typing = Callable[[str], Awaitable[None]]


class Terminal:
    """What came is kept: bytes of the console in `screen`, words of the server in `words`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.screen = b""
        self.typed = 0
        self.words: list[dict[str, Any]] = []

    async def type(self, text: str | bytes) -> None:
        typed = text if isinstance(text, bytes) else text.encode()
        self.typed += len(typed)
        await self.socket.send(typed)

    async def say(self, **word: Any) -> None:
        await self.socket.send(json.dumps(word))

    async def take(self) -> None:
        frame = await self.socket.recv()
        if isinstance(frame, bytes):
            self.screen += frame
        else:
            self.words.append(json.loads(frame))

    async def ask(self, line: str, text: str, *, by: Typing | None = None) -> bytes:
        """Type a line until its answer is seen: a VPCS loses what is typed in the moment in which it prints a prompt,
        and on a slow machine it still reads its startup script when it is asked.
        """
        for _ in range(2):
            await (by or self.type)(line)
            with suppress(TimeoutError):
                return await self.see(text, LOST_SECONDS)
        await (by or self.type)(line)
        return await self.see(text)

    async def see(self, text: str, seconds: float = WAIT_SECONDS) -> bytes:
        """Wait until it stands on the screen, and wipe the screen."""
        async with asyncio.timeout(seconds):
            while text.encode() not in self.screen:
                await self.take()
        seen, self.screen = self.screen, b""
        return seen

    async def hear(self, kind: str) -> dict[str, Any]:
        """Wait for a word of the server, and take it."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not any(word["type"] == kind for word in self.words):
                await self.take()
        word = next(word for word in self.words if word["type"] == kind)
        self.words.remove(word)
        return word

    async def end(self) -> int:
        """Wait until the server closes; its close code."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    await self.take()
        except websockets.ConnectionClosed:
            return self.socket.close_code or 0
