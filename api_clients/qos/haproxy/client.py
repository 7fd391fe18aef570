"""The client of one HAProxy: its statistics page or its stats socket is the target's address, and its options say where
the rest is (options.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from api_clients.domain.errors import ServiceError
from api_clients.domain.health import Health
from api_clients.qos.haproxy.operations.data_plane import DataPlaneOperations
from api_clients.qos.haproxy.operations.servers import ServerOperations
from api_clients.qos.haproxy.operations.traffic import TrafficOperations


class HaproxyClient(ServerOperations, TrafficOperations, DataPlaneOperations):
    examples: ClassVar[Mapping[str, Any]] = {"backend": "app", "server": "s1"}

    def _health(self) -> Health:
        """Degraded where a backend has servers and none that works, or where the statistics answer alone."""
        rows = self._statistics()
        with_servers = {row.proxy for row in rows if row.kind == "server"}
        dead = [
            row.proxy for row in rows if row.kind == "backend" and row.state == "down" and row.proxy in with_servers
        ]
        try:
            version = self.version()
        except ServiceError as error:
            return Health("degraded", reason=f"only the statistics answer: {error.reason}")
        if dead:
            return Health("degraded", version, f"no server works in backend {', '.join(dead[:5])}")
        return Health(version=version)
