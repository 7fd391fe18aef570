"""A person at a console, over the hub's WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

WAIT_SECONDS = 8.0


class Terminal:
    """What came is kept: bytes of the console in `screen`, words of the server in `words`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.screen = b""
        self.words: list[dict[str, Any]] = []

    async def type(self, text: str | bytes) -> None:
        await self.socket.send(text if isinstance(text, bytes) else text.encode())

    async def say(self, **word: Any) -> None:
        await self.socket.send(json.dumps(word))

    async def take(self) -> None:
        frame = await self.socket.recv()
        if isinstance(frame, bytes):
            self.screen += frame
        else:
            self.words.append(json.loads(frame))

    async def see(self, text: str) -> bytes:
        """Wait until it stands on the screen, and wipe the screen."""
        async with asyncio.timeout(WAIT_SECONDS):
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
