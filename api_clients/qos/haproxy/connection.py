"""What every operation of the HAProxy client needs: how a command is sent, of words that cannot be more than one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.values import Response
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.wire import Wire, WireSettings
from api_clients.qos.haproxy import reading
from api_clients.qos.haproxy.options import HaproxyOptions
from api_clients.qos.haproxy.wire import SOCKET, HaproxyWire

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}\Z")  # configuration manual, 2.4: what proxies and servers may be called
# A table of a peers section is named after both (configuration manual, "table" there).
TABLE = re.compile(r"[A-Za-z0-9_.:-]{1,128}(/[A-Za-z0-9_.:-]{1,128})?\Z")
KEY = re.compile(r"[!-:=-~]{1,512}\Z")  # printable, without spaces, semicolons and payload marks


class HaproxyConnection(ServiceClient):
    service = "haproxy"
    schemes = ("http", "https", "unix", "tcp")
    Options = HaproxyOptions

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        return HaproxyWire(settings)

    def _show(self, command: str, *, read: Callable[[Response], T]) -> T:
        return self._send("GET", SOCKET, params={"command": command}, read=read)

    def _do(self, command: str) -> None:
        self._send("POST", SOCKET, params={"command": command}, read=reading.done)

    def _server(self, backend: str, server: str) -> str:
        return f"{self._name('backend', backend)}/{self._name('server', server)}"

    def _name(self, what: str, text: str) -> str:
        if not NAME.match(text):
            raise InvalidRequest(f"{what} {text[:80]!r} is not a name: letters, digits, and . _ : - are")
        return text

    def _table(self, text: str) -> str:
        if not TABLE.match(text):
            raise InvalidRequest(f"table {text[:80]!r} is not the name of a table, such as app or peers/clients")
        return text

    def _key(self, text: str) -> str:
        """Spell a key for the socket, to which a backslash says that the next character is no end of the word."""
        if not KEY.match(text):
            raise InvalidRequest("key should be one word of printable characters, without ; and <")
        return text.replace("\\", "\\\\")
