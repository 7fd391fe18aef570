"""The peer: a bare ASGI fan-out in one uvicorn process, without Django, Channels, a database or logins.

Each client's coroutine adds it to a set; one task makes an event of the same size and awaits `send` of each client.
RATE in the environment says how many events a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

RATE = float(os.environ.get("RATE", "0"))
PAUSE_SECONDS = 0.002
CATCH_UP_SECONDS = 0.5

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

_clients: set[Send] = set()
_running: set[asyncio.Task[None]] = set()


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    try:
        while (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": '{"type":"subscribed"}'})
            _clients.add(send)
            if not _running:
                _running.add(asyncio.create_task(_publish()))
    finally:
        _clients.discard(send)


async def _publish() -> None:
    loop = asyncio.get_running_loop()
    due, position = loop.time(), 0
    while True:
        while due <= loop.time():
            position += 1
            text = _event(position)
            for send in tuple(_clients):
                with contextlib.suppress(OSError):
                    await send({"type": "websocket.send", "text": text})
            await asyncio.sleep(0)  # sends need not wait, and others want their turn
            due = max(due + 1 / RATE, loop.time() - CATCH_UP_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)


def _event(position: int) -> str:
    event = {
        "position": position,
        "id": str(uuid.uuid4()),
        "type": "bench.counted",
        "version": 1,
        "source": "bench",
        "subject": f"count:{position % 100}",
        "priority": "normal",
        "time": datetime.now(UTC).isoformat(),
        "actor": "",
        "correlation_id": "",
        "causation_id": "",
        "data": {"number": position, "text": "x" * 40},
    }
    return json.dumps({"type": "event", "event": event}, separators=(",", ":"))
