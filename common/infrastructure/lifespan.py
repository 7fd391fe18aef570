"""What the web server's process does once, before it serves (ASGI specification, lifespan)."""

from __future__ import annotations

import gc

from common.infrastructure.websocket.connection import Receive, Scope, Send


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "lifespan.startup":
        _settle_memory()
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def _settle_memory() -> None:
    """What was loaded stays: the collector need not walk through it again, which holds up all WebSockets each time."""
    gc.collect()
    gc.freeze()
