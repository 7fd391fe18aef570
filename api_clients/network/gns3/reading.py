"""Turns the server's documents, of either API, into values; raises LookupError, ValueError or TypeError at others.

Rows of a closed project lack their project's id, and nodes their status, ports and console: these are filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Generic, TypeVar, cast, get_args
from urllib.parse import urlsplit

from api_clients.domain.values import Response
from api_clients.network.gns3.values import (
    Api,
    Compute,
    ComputeStatistics,
    Drawing,
    Filter,
    Link,
    LinkEnd,
    Node,
    NodeStatus,
    Port,
    Project,
    ProjectStatistics,
    ProjectStatus,
    Snapshot,
    Template,
    Version,
)

T = TypeVar("T")
Document = Mapping[str, Any]
EVERYWHERE = frozenset({"", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"})  # noqa: S104 # what a server that binds all addresses says
VERSION = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True)
class as_rows(Generic[T]):  # noqa: N801 # reads as a function where it is used
    """Read a JSON list, each row with `shape`."""

    shape: Callable[[Any], T]

    def __call__(self, response: Response) -> tuple[T, ...]:
        rows = json.loads(response.body)
        if not isinstance(rows, list):
            raise TypeError("not a list")
        return tuple(self.shape(row) for row in rows)


@dataclass(frozen=True, slots=True)
class as_node:  # noqa: N801
    """Read one node; where the server says that its consoles are everywhere, they are where we reached it."""

    project_id: str

    def __call__(self, response: Response) -> Node:
        return read_node(json.loads(response.body), project_id=self.project_id, host=host_of(response.instance))


@dataclass(frozen=True, slots=True)
class as_nodes:  # noqa: N801
    project_id: str

    def __call__(self, response: Response) -> tuple[Node, ...]:
        host = host_of(response.instance)
        return as_rows(lambda row: read_node(row, project_id=self.project_id, host=host))(response)


def as_nothing(response: Response) -> None:
    """Read an answer that only says that it is done: empty, or what v2 thinks of it, which is stale."""
    if is_page(response):
        raise ValueError("a page, not an answer of GNS3")


def as_file(response: Response) -> bytes:
    if is_page(response):
        raise ValueError("a page, not a file: GNS3 says what it sends is an octet-stream")
    return response.body


def is_page(response: Response) -> bool:
    """True for what a proxy or a login page says in GNS3's stead."""
    return "html" in response.headers.get("content-type", "")


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def read_version(document: Document, *, api: Api) -> Version:
    version = _text(document["version"])
    if not VERSION.match(version):
        raise ValueError("not a version")
    return Version(version, api)


def read_compute(document: Document) -> Compute:
    return Compute(
        compute_id=_text(document["compute_id"]),
        name=_text(document["name"]),
        connected=bool(document["connected"]),
        cpu_usage_percent=_number(document.get("cpu_usage_percent")),
        memory_usage_percent=_number(document.get("memory_usage_percent")),
    )


def read_compute_statistics(document: Document) -> ComputeStatistics:
    figures = document["statistics"]
    return ComputeStatistics(
        compute_id=_text(document["compute_id"]),
        name=_text(document["compute_name"]),
        cpu_usage_percent=float(figures["cpu_usage_percent"]),
        memory_usage_percent=float(figures["memory_usage_percent"]),
        memory_total=int(figures["memory_total"]),
        memory_used=int(figures["memory_used"]),
        disk_usage_percent=float(figures["disk_usage_percent"]),
        load_average_percent=tuple(float(load) for load in figures["load_average_percent"]),
    )


def read_template(document: Document) -> Template:
    return Template(
        template_id=_text(document["template_id"]),
        name=_text(document["name"]),
        type=_text(document["template_type"]),
        builtin=bool(document.get("builtin", False)),
        category=_text(document.get("category") or ""),
        symbol=_text(document.get("symbol") or ""),
        compute_id=document.get("compute_id"),
    )


def read_project(document: Document) -> Project:
    status = document["status"]
    if status not in get_args(ProjectStatus):
        raise ValueError("not a status of a project")
    return Project(
        project_id=_text(document["project_id"]),
        name=_text(document["name"]),
        status=status,
        auto_close=bool(document.get("auto_close", False)),
        auto_open=bool(document.get("auto_open", False)),
        auto_start=bool(document.get("auto_start", False)),
        path=_text(document.get("path") or ""),
    )


def read_node(document: Document, *, project_id: str = "", host: str = "") -> Node:
    """Read a node as answers and notifications have it. `host` is where the API was reached."""
    has_status = "status" in document
    console_host = _text(document.get("console_host") or "")
    return Node(
        node_id=_text(document["node_id"]),
        project_id=_text(document.get("project_id") or project_id),
        name=_text(document["name"]),
        type=_text(document["node_type"]),
        status=_node_status(document.get("status") or "stopped"),
        compute_id=_text(document["compute_id"]),
        template_id=document.get("template_id"),
        console=_port_number(document.get("console")) if has_status else None,
        console_type=_text(document.get("console_type") or "none"),
        console_host=host if _is_no_place(console_host, from_host=host) else console_host,
        ports=tuple(_port(port) for port in document.get("ports") or ()),
        x=int(document.get("x") or 0),
        y=int(document.get("y") or 0),
        z=int(document.get("z") or 0),
        symbol=_text(document.get("symbol") or ""),
        properties=dict(document.get("properties") or {}),
        directory=_text(document.get("node_directory") or ""),
        command_line=_text(document.get("command_line") or ""),
    )


def read_link(document: Document, *, project_id: str = "") -> Link:
    filters = document.get("filters") or {}
    return Link(
        link_id=_text(document["link_id"]),
        project_id=_text(document.get("project_id") or project_id),
        type=_text(document.get("link_type") or "ethernet"),
        ends=tuple(_end(end) for end in document["nodes"]),
        suspended=bool(document.get("suspend", False)),
        filters=active_filters(filters),
        capturing=bool(document.get("capturing", False)),
        capture_file=document.get("capture_file_name"),
    )


def active_filters(filters: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Leave out the filters that do nothing, those whose first argument is 0 or empty, as the server itself does."""
    found = {_text(name): tuple(arguments) for name, arguments in filters.items()}
    return {name: arguments for name, arguments in found.items() if arguments and arguments[0] not in (0, "0", "")}


def read_filter(document: Document) -> Filter:
    return Filter(
        type=_text(document["type"]),
        name=_text(document["name"]),
        description=_text(document["description"]),
        parameters=tuple(
            (_text(item["name"]), item.get("minimum"), item.get("maximum")) for item in document["parameters"]
        ),
    )


def read_drawing(document: Document, *, project_id: str = "") -> Drawing:
    return Drawing(
        drawing_id=_text(document["drawing_id"]),
        project_id=_text(document.get("project_id") or project_id),
        svg=_text(document["svg"]),
        x=int(document.get("x") or 0),
        y=int(document.get("y") or 0),
        z=int(document.get("z") or 0),
        rotation=int(document.get("rotation") or 0),
    )


def read_snapshot(document: Document) -> Snapshot:
    return Snapshot(
        snapshot_id=_text(document["snapshot_id"]),
        project_id=_text(document["project_id"]),
        name=_text(document["name"]),
        created_at=float(document["created_at"]),
    )


def read_project_statistics(document: Document) -> ProjectStatistics:
    return ProjectStatistics(
        nodes=int(document["nodes"]),
        links=int(document["links"]),
        drawings=int(document["drawings"]),
        snapshots=int(document["snapshots"]),
    )


def _port(document: Document) -> Port:
    return Port(
        adapter_number=int(document["adapter_number"]),
        port_number=int(document["port_number"]),
        name=_text(document["name"]),
        short_name=_text(document.get("short_name") or ""),
        link_type=_text(document.get("link_type") or "ethernet"),
        mac=document.get("mac_address"),
    )


def _end(document: Document) -> LinkEnd:
    label = document.get("label") or {}
    return LinkEnd(
        node_id=_text(document["node_id"]),
        adapter_number=int(document["adapter_number"]),
        port_number=int(document["port_number"]),
        label=_text(label.get("text") or ""),
    )


def _is_no_place(console_host: str, *, from_host: str) -> bool:
    """True for a console that is everywhere, and for one on the loopback of a server that is not on ours: there, on our
    own machine, something else would be spoken to.
    """
    return console_host in EVERYWHERE or (_is_loopback(console_host) and not _is_loopback(from_host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _node_status(value: Any) -> NodeStatus:
    if value not in get_args(NodeStatus):
        raise ValueError("not a status of a node")
    return cast(NodeStatus, value)


def _port_number(value: Any) -> int | None:
    return None if value is None else int(value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
