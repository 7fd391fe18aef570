"""The client of Fail2ban: what its jails hold and how they are set, over the server's unix socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.infrastructure.wire import Wire, WireSettings
from api_clients.security.fail2ban.operations_bans import BanOperations
from api_clients.security.fail2ban.operations_jails import JailOperations
from api_clients.security.fail2ban.reading import jail_names, pong, text
from api_clients.security.fail2ban.values import ServerStatus
from api_clients.security.fail2ban.wire import Fail2banOptions, Fail2banWire


class Fail2banClient(JailOperations, BanOperations):
    service = "fail2ban"
    schemes = ("unix",)
    Options = Fail2banOptions
    examples: ClassVar[Mapping[str, Any]] = {"jail": "sshd", "addresses": ["203.0.113.9"]}

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        return Fail2banWire(settings)

    def _health(self) -> Health:
        return Health(version=self._ask("version", read=text))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def ping(self) -> str:
        """Ask whether the server is there; it says pong."""
        return self._ask("ping", read=pong)

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def status(self) -> ServerStatus:
        """Tell the server's version and the jails that run."""
        return ServerStatus(self._ask("version", read=text), self._ask("status", read=jail_names))
