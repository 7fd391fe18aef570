"""The ASGI application: HTTP by Django, WebSockets by Channels. Logins of WebSockets are the consumers' own."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nms.settings")
http = get_asgi_application()

from common.infrastructure.lifespan import lifespan  # noqa: E402 # needs Django set up
from common.routing import websocket  # noqa: E402

application = ProtocolTypeRouter({"http": http, "websocket": websocket, "lifespan": lifespan})
