"""The clients of this process, made by the container from NMS_CLIENTS_FILE and REDIS_URL.

    clients().get("snmp")

Ask each time rather than keep what you get: a changed file is taken up then, without a restart.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings

from api_clients.clients import Clients
from api_clients.container import make_container


@cache
def clients() -> Clients:
    """Every client that is configured, made at the first call. Raises ConfigurationInvalid, naming the key."""
    return make_container(clients_file=settings.NMS_CLIENTS_FILE, redis_url=settings.REDIS_URL).clients()
