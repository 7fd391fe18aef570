"""WebSocket paths of the hub."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path, re_path

from common.console_consumer import ConsoleConsumer
from common.consumers import EventConsumer, Gns3Consumer, ModuleConsumer
from common.infrastructure.websocket.admission import NOT_FOUND
from common.infrastructure.websocket.connection import Receive, Scope, Send, WebSocket


async def unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Says that there is nothing here; without it Channels would raise and log a traceback."""
    socket = WebSocket(scope, receive, send)
    await socket.accept(None)
    await socket.close(
        NOT_FOUND,
        "Nothing here; see /ws/events/, /ws/gns3/events/, /ws/gns3/module/<name>/, /ws/gns3/console/<project>/<node>/",
    )


websocket = URLRouter(
    [
        path("ws/events/", EventConsumer.as_asgi()),
        path("ws/gns3/events/", Gns3Consumer.as_asgi()),
        path("ws/gns3/module/<str:name>/", ModuleConsumer.as_asgi()),
        path("ws/gns3/console/<str:project>/<str:node>/", ConsoleConsumer.as_asgi()),
        re_path(r"", unknown_path),  # type: ignore[arg-type] # Django's types know paths to views alone
    ]
)
