"""Talk to a hub over a WebSocket, in words."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import websockets
from django.db import connections
from websockets.asyncio.client import ClientConnection, connect

from common.tests.samples import take_samples
from common.tests.servers import LiveHub

WAIT_SECONDS = 30.0
EVENTS_PATH = "/ws/events/"
PATHS = (EVENTS_PATH, "/ws/gns3/events/", "/ws/gns3/module/hub/")  # the hub itself is a module, always there


class Talk:
    """A connection, in words."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, kind: str) -> dict[str, Any]:
        message = json.loads(await asyncio.wait_for(self.socket.recv(), WAIT_SECONDS))
        assert message["type"] == kind, message
        return message

    async def first_kind(self) -> str:
        return str(json.loads(await asyncio.wait_for(self.socket.recv(), WAIT_SECONDS))["type"])

    async def number_within(self, seconds: float) -> int | None:
        """The number of the next sample, or None where none comes in this time."""
        try:
            message = json.loads(await asyncio.wait_for(self.socket.recv(), seconds))
        except TimeoutError:
            return None
        assert message["type"] == "event", message
        return int(message["event"]["data"]["number"])

    async def events(self, count: int) -> list[dict[str, Any]]:
        return [(await self.hear("event"))["event"] for _ in range(count)]

    async def numbers(self, count: int) -> list[int]:
        return [event["data"]["number"] for event in await self.events(count)]

    async def silence(self, seconds: float = 0.3) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(self.socket.recv(), seconds)

    async def subscribe(self, *topics: str, **options: Any) -> dict[str, Any]:
        await self.say(action="subscribe", topics=list(topics), **options)
        return await self.hear("subscribed")


def dial(hub: LiveHub, token: str | None, path: str = EVENTS_PATH, **options: Any) -> connect:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= options.pop("headers", {})
    options.setdefault("open_timeout", WAIT_SECONDS)
    return connect(
        f"ws://127.0.0.1:{hub.port}{path}", additional_headers={**headers, **options.pop("headers", {})}, **options
    )


def in_thread(function: Callable[..., None], *args: Any, **kwargs: Any) -> None:
    """Run in a thread with connections of its own, as a worker would."""

    def run() -> None:
        try:
            function(*args, **kwargs)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(300)
    assert not thread.is_alive(), f"{function.__name__} does not end"


async def publish_elsewhere(*args: Any, **kwargs: Any) -> None:
    await asyncio.to_thread(in_thread, take_samples, *args, **kwargs)


async def closed_with(socket: ClientConnection) -> tuple[int, str]:
    """The close code, after the error message that goes before it."""
    error = (await Talk(socket).hear("error"))["error"]
    with pytest.raises(websockets.ConnectionClosed):
        await asyncio.wait_for(socket.recv(), WAIT_SECONDS)
    return socket.close_code or 0, error["message"]
