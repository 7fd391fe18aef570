"""Servers as they run: drained, disabled, weighed, added and deleted over the stats socket. What is changed here lasts
until HAProxy is reloaded; the Data Plane API changes the configuration.
"""

from __future__ import annotations

import ipaddress
from typing import Literal

from api_clients.domain.errors import InvalidRequest, ServiceError
from api_clients.domain.operation import operation
from api_clients.qos.haproxy import reading
from api_clients.qos.haproxy.operations.statistics import StatisticsOperations
from api_clients.qos.haproxy.values import AdminState, ServerState

MAX_WEIGHT = 256
MAX_PERCENT = 10_000
MAX_INTERVAL_SECONDS = 3600
ADMIN_STATES = ("ready", "drain", "maint")


class ServerOperations(StatisticsOperations):
    @operation(idempotent=True, role="viewer", lane="monitoring", example={"backend": "app"})
    def server_states(self, backend: str = "") -> tuple[ServerState, ...]:
        """Return what servers should do and do, of one backend or of all; those without an address too."""
        only = f" {self._name('backend', backend)}" if backend else ""
        return self._show(f"show servers state{only}", read=reading.server_states)

    @operation(idempotent=True, role="operator", example={"state": "drain"})
    def set_server_state(self, backend: str, server: str, state: AdminState) -> None:
        """Make a server ready, drain it (no new sessions but those that stick to it), or take it out (maint)."""
        if state not in ADMIN_STATES:
            raise InvalidRequest(f"state should be one of {', '.join(ADMIN_STATES)}")
        self._do(f"set server {self._server(backend, server)} state {state}")

    @operation(idempotent=True, role="operator")
    def drain_server(self, backend: str, server: str) -> None:
        """Give a server no new sessions, and let those that it has come to their end."""
        self._do(f"set server {self._server(backend, server)} state drain")

    @operation(idempotent=True, role="operator")
    def enable_server(self, backend: str, server: str) -> None:
        """Have a server work again, after a drain or maintenance."""
        self._do(f"set server {self._server(backend, server)} state ready")

    @operation(idempotent=True, role="operator")
    def disable_server(self, backend: str, server: str) -> None:
        """Take a server out for maintenance; it is not checked meanwhile."""
        self._do(f"set server {self._server(backend, server)} state maint")

    @operation(idempotent=True, role="operator", example={"weight": 50, "unit": "percent"})
    def set_server_weight(
        self, backend: str, server: str, weight: int, unit: Literal["absolute", "percent"] = "absolute"
    ) -> None:
        """Set a server's weight, 0 to 256 or in percent of the configured one; 0 gives it no new sessions."""
        if unit not in ("absolute", "percent") or not 0 <= weight <= (MAX_PERCENT if unit == "percent" else MAX_WEIGHT):
            raise InvalidRequest(f"weight should be from 0 to {MAX_WEIGHT}, or from 0 to {MAX_PERCENT} percent")
        self._do(f"set server {self._server(backend, server)} weight {weight}{'%' if unit == 'percent' else ''}")

    @operation(
        idempotent=False, role="admin", example={"server": "s4", "address": "192.0.2.14", "port": 8080, "weight": 5}
    )
    def add_server(
        self,
        backend: str,
        server: str,
        address: str,
        port: int,
        weight: int = 1,
        is_checked: bool = False,
        check_interval_seconds: float = 2.0,
        is_backup: bool = False,
        is_enabled: bool = True,
    ) -> None:
        """Add a server to a running backend, and have it work at once where `is_enabled`; else it is in maintenance.

        Where it cannot be enabled it is taken away again. It takes nothing from the configuration's default-server,
        and backends with a static balancing algorithm take no such server.
        """
        name = self._server(backend, server)
        place = self._place(address, port)
        if not 0 <= weight <= MAX_WEIGHT:
            raise InvalidRequest(f"weight should be from 0 to {MAX_WEIGHT}")
        if not 0.01 <= check_interval_seconds <= MAX_INTERVAL_SECONDS:
            raise InvalidRequest(f"check_interval_seconds should be from 0.01 to {MAX_INTERVAL_SECONDS}")
        check = f" check inter {check_interval_seconds * 1000:.0f}" if is_checked else ""
        self._do(f"add server {name} {place} weight {weight}{check}{' backup' if is_backup else ''}")
        if is_enabled:
            self._enable_added(name, is_checked)

    @operation(idempotent=False, role="admin", example={"server": "s3"})
    def delete_server(self, backend: str, server: str) -> None:
        """Delete a server from a running backend; it has to be in maintenance, with no session left."""
        self._do(f"del server {self._server(backend, server)}")

    @operation(idempotent=True, role="admin")
    def shut_down_server_sessions(self, backend: str, server: str) -> None:
        """Break off every session that a server has."""
        self._do(f"shutdown sessions server {self._server(backend, server)}")

    def _enable_added(self, name: str, is_checked: bool) -> None:
        try:
            if is_checked:
                self._do(f"enable health {name}")
            self._do(f"set server {name} state ready")
        except ServiceError as error:
            error.reason = f"{error.reason}{self._taken_away(name)}"
            raise

    def _taken_away(self, name: str) -> str:
        """Say why not, where it could not be. Only what is in maintenance is deleted, but it may be in it already."""
        reasons: list[str] = []
        try:
            self._do(f"set server {name} state maint")
        except ServiceError as error:
            reasons.append(error.reason)
        try:
            self._do(f"del server {name}")
        except ServiceError as error:
            return f"; and could not be taken back: {'; '.join([*reasons, error.reason])}"
        return ""

    def _place(self, address: str, port: int) -> str:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            raise InvalidRequest("address should be an IPv4 or IPv6 address") from None
        if not 1 <= port <= 65_535:
            raise InvalidRequest("port should be from 1 to 65535")
        return f"[{parsed}]:{port}" if parsed.version == 6 else f"{parsed}:{port}"
