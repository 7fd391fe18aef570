"""The documents of the Data Plane API become values here, and values documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from api_clients.qos.haproxy.values import (
    ConfiguredProxy,
    ConfiguredServer,
    DataPlaneInfo,
    Reload,
    RuntimeServer,
    Transaction,
)

T = TypeVar("T")
Document = Mapping[str, Any]


def number(document: Any) -> int:
    if type(document) is not int:
        raise TypeError("no number")
    return document


def document(found: Any) -> Document:
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found


def _each(read: Callable[[Document], T], documents: Any) -> tuple[T, ...]:
    if not isinstance(documents, list):
        raise TypeError("no list")
    return tuple(read(item) for item in documents)


def data_plane_info(found: Document) -> DataPlaneInfo:
    system = found.get("system") or {}
    return DataPlaneInfo(
        version=str(found["api"]["version"]),
        hostname=str(system.get("hostname", "")),
        cpus=int((system.get("cpu_info") or {}).get("num_cpus", 0)),
    )


def proxies(documents: Any) -> tuple[ConfiguredProxy, ...]:
    return _each(_proxy, documents)


def _proxy(found: Document) -> ConfiguredProxy:
    return ConfiguredProxy(
        name=str(found["name"]),
        mode=str(found.get("mode", "")),
        balance=str((found.get("balance") or {}).get("algorithm", "")),
        default_backend=str(found.get("default_backend", "")),
    )


def servers(documents: Any) -> tuple[ConfiguredServer, ...]:
    return _each(server, documents)


def server(found: Document) -> ConfiguredServer:
    return ConfiguredServer(
        name=str(found["name"]),
        address=str(found["address"]),
        port=found.get("port"),
        weight=found.get("weight"),
        is_checked=found.get("check") == "enabled",
        is_backup=found.get("backup") == "enabled",
    )


def server_document(value: ConfiguredServer) -> dict[str, Any]:
    chosen = {
        "name": value.name,
        "address": value.address,
        "port": value.port,
        "weight": value.weight,
        "check": "enabled" if value.is_checked else "disabled",
        "backup": "enabled" if value.is_backup else None,
    }
    return {name: item for name, item in chosen.items() if item is not None}


def runtime_servers(documents: Any) -> tuple[RuntimeServer, ...]:
    return _each(runtime_server, documents)


def runtime_server(found: Document) -> RuntimeServer:
    return RuntimeServer(
        name=str(found["name"]),
        address=str(found.get("address", "")),
        port=found.get("port"),
        admin_state=str(found.get("admin_state", "")),
        operational_state=str(found.get("operational_state", "")),
    )


def transactions(documents: Any) -> tuple[Transaction, ...]:
    return _each(transaction, documents)


def transaction(found: Document) -> Transaction:
    return Transaction(id=str(found["id"]), version=int(found["_version"]), status=str(found["status"]))


def reloads(documents: Any) -> tuple[Reload, ...]:
    return _each(_reload, documents)


def _reload(found: Document) -> Reload:
    at = found.get("reload_timestamp")
    return Reload(
        id=str(found["id"]),
        status=str(found["status"]),
        at=datetime.fromtimestamp(at, UTC) if at else None,
        response=str(found.get("response", "")),
    )
