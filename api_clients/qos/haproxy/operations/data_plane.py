"""The configuration, over the Data Plane API version 3 (https://www.haproxy.com/documentation/dataplaneapi/).

A change names the version of the configuration that it starts from, so that two who change at once do not undo each
other: the later one is Rejected (409) and looks again. Several changes become true together in a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.client import as_done, as_json
from api_clients.qos.haproxy import configured
from api_clients.qos.haproxy.connection import HaproxyConnection
from api_clients.qos.haproxy.values import (
    AdminState,
    ConfiguredProxy,
    ConfiguredServer,
    DataPlaneInfo,
    Reload,
    RuntimeServer,
    Transaction,
)

BASE = "/v3/services/haproxy"
SERVERS = BASE + "/configuration/backends/{backend}/servers"
RUNTIME = BASE + "/runtime/backends/{backend}/servers"
ID = "273e3385-2d0c-4fb1-aa27-93cbb31ff203"


class DataPlaneOperations(HaproxyConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=30.0, lane="monitoring")
    def data_plane_info(self) -> DataPlaneInfo:
        """Return what the Data Plane API says of itself and its machine."""
        return self._get("/v3/info", read=as_json(configured.data_plane_info))

    @operation(idempotent=True, role="viewer")
    def configuration_version(self) -> int:
        """Return the number of the configuration, which grows with each change."""
        return self._get(f"{BASE}/configuration/version", read=as_json(configured.number))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def configured_frontends(self) -> tuple[ConfiguredProxy, ...]:
        """Return the frontends of the configuration."""
        return self._get(f"{BASE}/configuration/frontends", read=as_json(configured.proxies))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def configured_backends(self) -> tuple[ConfiguredProxy, ...]:
        """Return the backends of the configuration."""
        return self._get(f"{BASE}/configuration/backends", read=as_json(configured.proxies))

    @operation(idempotent=True, role="viewer")
    def configured_servers(self, backend: str, transaction: str = "") -> tuple[ConfiguredServer, ...]:
        """Return the servers of a backend in the configuration, or as a transaction would have them."""
        return self._get(
            self._path(SERVERS, backend=backend),
            params={"transaction_id": transaction or None},
            read=as_json(configured.servers),
        )

    @operation(idempotent=False, role="admin", example={"server": "s4", "address": "192.0.2.14", "port": 8080})
    def add_configured_server(
        self,
        backend: str,
        server: str,
        address: str,
        port: int,
        weight: int | None = None,
        is_checked: bool = True,
        is_backup: bool = False,
        transaction: str = "",
    ) -> ConfiguredServer:
        """Add a server to a backend of the configuration, at once or within a transaction."""
        document = configured.server_document(
            ConfiguredServer(server, address, port, weight, is_checked=is_checked, is_backup=is_backup)
        )
        return self._send(
            "POST",
            self._path(SERVERS, backend=backend),
            params=self._start(transaction),
            json=document,
            read=as_json(configured.server),
        )

    @operation(idempotent=False, role="admin", example={"weight": 10})
    def set_configured_server_weight(
        self, backend: str, server: str, weight: int, transaction: str = ""
    ) -> ConfiguredServer:
        """Change a server's weight in the configuration, and leave all else of it as it is."""
        path = self._path(SERVERS + "/{server}", backend=backend, server=server)
        start = self._start(transaction)
        within = {"transaction_id": transaction or None}
        document: Mapping[str, Any] = self._get(path, params=within, read=as_json(configured.document))
        return self._send(
            "PUT", path, params=start, json={**document, "weight": weight}, read=as_json(configured.server)
        )

    @operation(idempotent=False, role="admin", example={"server": "s3"})
    def delete_configured_server(self, backend: str, server: str, transaction: str = "") -> None:
        """Delete a server from a backend of the configuration."""
        path = self._path(SERVERS + "/{server}", backend=backend, server=server)
        self._send("DELETE", path, params=self._start(transaction), read=as_done)

    @operation(idempotent=True, role="viewer")
    def transactions(self) -> tuple[Transaction, ...]:
        """Return the transactions that are under way or have failed."""
        return self._get(f"{BASE}/transactions", read=as_json(configured.transactions))

    @operation(idempotent=False, role="admin")
    def begin_transaction(self) -> Transaction:
        """Begin a transaction from the configuration as it is now."""
        params = {"version": self._version_now()}
        return self._send("POST", f"{BASE}/transactions", params=params, read=as_json(configured.transaction))

    @operation(idempotent=False, role="admin", example={"transaction": ID})
    def commit_transaction(self, transaction: str, is_reload_forced: bool = False) -> Transaction:
        """Make all changes of a transaction true; HAProxy is reloaded within its reload delay, or at once."""
        return self._send(
            "PUT",
            self._path(BASE + "/transactions/{transaction}", transaction=transaction),
            params={"force_reload": is_reload_forced or None},
            read=as_json(configured.transaction),
        )

    @operation(idempotent=False, role="admin", example={"transaction": ID})
    def discard_transaction(self, transaction: str) -> None:
        """Forget all changes of a transaction."""
        self._send("DELETE", self._path(BASE + "/transactions/{transaction}", transaction=transaction), read=as_done)

    @operation(idempotent=True, role="viewer")
    def reloads(self) -> tuple[Reload, ...]:
        """Return the reloads of HAProxy that the Data Plane API asked for, and how they went."""
        return self._get(f"{BASE}/reloads", read=as_json(configured.reloads))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def runtime_servers(self, backend: str) -> tuple[RuntimeServer, ...]:
        """Return the servers of a backend as they run."""
        return self._get(self._path(RUNTIME, backend=backend), read=as_json(configured.runtime_servers))

    @operation(idempotent=True, role="operator", example={"state": "drain"})
    def set_runtime_server_state(self, backend: str, server: str, state: AdminState) -> RuntimeServer:
        """Make a server ready, drain it or take it out, where the stats socket is out of reach."""
        path = self._path(RUNTIME + "/{server}", backend=backend, server=server)
        return self._send("PUT", path, json={"admin_state": state}, read=as_json(configured.runtime_server))

    def _start(self, transaction: str) -> dict[str, Any]:
        """Say what a change starts from: a transaction has a version of its own."""
        return {"transaction_id": transaction} if transaction else {"version": self._version_now()}

    def _version_now(self) -> int:
        return self._get(f"{BASE}/configuration/version", read=as_json(configured.number))

    def _path(self, template: str, **names: str) -> str:
        return url_path(template, **{what: self._name(what, name) for what, name in names.items()})
