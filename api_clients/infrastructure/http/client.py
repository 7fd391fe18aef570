"""The base of every HTTP client: its wire is a pool of kept-alive connections, with a login above it where one is."""

from __future__ import annotations

from typing import ClassVar

from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.credentials import Credentials
from api_clients.infrastructure.http.login import Login, LoginTransport
from api_clients.infrastructure.http.transport import HttpTransport
from api_clients.infrastructure.wire import Wire, WireSettings


class HttpClient(ServiceClient):
    schemes: ClassVar[tuple[str, ...]] = ("http", "https")

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        login = cls.login(settings.credentials) if settings.credentials else None
        credentials = None if login else settings.credentials
        wire = HttpTransport(settings=settings.connection, credentials=credentials, clock=settings.clock)
        return LoginTransport(wire, login, clock=settings.clock) if login else wire

    @classmethod
    def login(cls, credentials: Credentials) -> Login | None:
        """Say how the configured credentials are exchanged for a token; None where they go with each request as they
        are. The login stands next to the wire: neither token nor credentials are seen by anything above.
        """
        return None
