"""WebSocket paths of the hub."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path, re_path

from common.consumers import ConsoleConnection, EventConnection, Gns3Connection, ModuleConnection
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
        path("ws/events/", EventConnection.as_asgi()),
        path("ws/gns3/events/", Gns3Connection.as_asgi()),
        path("ws/gns3/module/<str:name>/", ModuleConnection.as_asgi()),
        path("ws/gns3/console/<str:project>/<str:node>/", ConsoleConnection.as_asgi()),
        re_path(r"", unknown_path),  # type: ignore[arg-type] # Django's types know paths to views alone
    ]
)
