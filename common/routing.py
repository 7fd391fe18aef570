"""WebSocket paths of the hub."""

from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.urls import path, re_path

from common.consumers import EventConsumer

NOT_FOUND = 4404


class UnknownPath(AsyncWebsocketConsumer):  # type: ignore[misc] # channels ships no types
    """Says that there is nothing here; without it Channels would raise and log a traceback."""

    channel_layer_alias = None

    async def connect(self) -> None:
        await self.accept()
        await self.close(NOT_FOUND, "No WebSocket lives at this path; events are at /ws/events/.")


websocket = URLRouter([path("ws/events/", EventConsumer.as_asgi()), re_path(r"", UnknownPath.as_asgi())])
