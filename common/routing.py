"""WebSocket paths of the hub."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path, re_path

from common.consumers import NOT_FOUND, EventConsumer, Gns3Consumer, ModuleConsumer
from common.infrastructure.websocket.connection import Receive, Scope, Send, WebSocket


async def unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Says that there is nothing here; without it Channels would raise and log a traceback."""
    socket = WebSocket(scope, receive, send)
    await socket.accept(None)
    await socket.close(
        NOT_FOUND, "Nothing here; there are /ws/events/, /ws/gns3/events/ and /ws/gns3/module/<name>/ (docs/hub.md)."
    )


websocket = URLRouter(
    [
        path("ws/events/", EventConsumer.as_asgi()),
        path("ws/gns3/events/", Gns3Consumer.as_asgi()),
        path("ws/gns3/module/<str:name>/", ModuleConsumer.as_asgi()),
        re_path(r"", unknown_path),  # type: ignore[arg-type] # Django's types know paths to views alone
    ]
)
