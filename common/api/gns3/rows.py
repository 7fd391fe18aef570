"""GNS3's values as they look in answers. A row is written by hand: a topology of 200 nodes must take milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from api_clients.network.gns3.values import Drawing, Filter, Link, Node, Project, Snapshot, Template, Topology
from common.application.gns3.reports import ProjectState

PREFIX = "/api/common/api/gns3-central"
Row = dict[str, Any]


def project_url(project_id: str) -> str:
    return f"{PREFIX}/projects/{project_id}/"


def node_url(project_id: str, node_id: str) -> str:
    return f"{PREFIX}/projects/{project_id}/nodes/{node_id}/"


def link_url(project_id: str, link_id: str) -> str:
    return f"{PREFIX}/projects/{project_id}/links/{link_id}/"


def console_path(project_id: str, node_id: str) -> str:
    """The WebSocket of a node's console."""
    return f"/ws/gns3/console/{project_id}/{node_id}/"


def project_row(server: str, project: Project, state: ProjectState | None) -> Row:
    """`state` is what the hub itself knows of it, if it has seen it."""
    return {
        "project_id": project.project_id,
        "url": project_url(project.project_id),
        "server": server,
        "name": project.name,
        "status": project.status,
        "auto_close": project.auto_close,
        "auto_open": project.auto_open,
        "auto_start": project.auto_start,
        "watched": bool(state and state.watched),
        "made_by_hub": bool(state and state.made_by_hub),
        "nodes": state.nodes if state else None,
        "links": state.links if state else None,
        "running": state.running if state else None,
        "changed_at": state.changed_at if state else None,
    }


def project_relation(project_id: str, name: str) -> Row:
    return {"id": project_id, "name": name, "url": project_url(project_id)}


def node_row(node: Node, server: str) -> Row:
    return {
        "node_id": node.node_id,
        "url": node_url(node.project_id, node.node_id),
        "server": server,
        "project_id": node.project_id,
        "name": node.name,
        "type": node.type,
        "status": node.status,
        "compute_id": node.compute_id,
        "template_id": node.template_id,
        "console": _console(node),
        "ports": [
            {
                "adapter_number": port.adapter_number,
                "port_number": port.port_number,
                "name": port.name,
                "short_name": port.short_name,
                "link_type": port.link_type,
                "mac": port.mac,
            }
            for port in node.ports
        ],
        "x": node.x,
        "y": node.y,
        "z": node.z,
        "symbol": node.symbol,
    }


def _console(node: Node) -> Row | None:
    if node.console_type in ("", "none"):
        return None
    return {
        "type": node.console_type,
        "host": node.console_host,
        "port": node.console,
        "websocket": console_path(node.project_id, node.node_id) if node.console_type == "telnet" else None,
    }


def link_row(link: Link, nodes: Mapping[str, Node], server: str) -> Row:
    """`nodes` by id, for the names of what it connects."""
    return {
        "link_id": link.link_id,
        "url": link_url(link.project_id, link.link_id),
        "server": server,
        "project_id": link.project_id,
        "type": link.type,
        "ends": [
            {
                "node": {
                    "id": end.node_id,
                    "name": nodes[end.node_id].name if end.node_id in nodes else end.node_id,
                    "url": node_url(link.project_id, end.node_id),
                },
                "adapter_number": end.adapter_number,
                "port_number": end.port_number,
                "port": _port_name(nodes.get(end.node_id), end.adapter_number, end.port_number),
                "label": end.label,
            }
            for end in link.ends
        ],
        "suspended": link.suspended,
        "filters": {name: list(arguments) for name, arguments in link.filters.items()},
        "capturing": link.capturing,
        "capture_file": link.capture_file,
    }


def _port_name(node: Node | None, adapter_number: int, port_number: int) -> str | None:
    ports: Iterable[Any] = node.ports if node else ()
    return next(
        (port.name for port in ports if (port.adapter_number, port.port_number) == (adapter_number, port_number)), None
    )


def topology_row(server: str, topology: Topology, state: ProjectState | None) -> Row:
    return {
        "server": server,
        "project": project_row(server, topology.project, state),
        "nodes": [node_row(node, server) for node in topology.nodes],
        "links": link_rows(server, topology),
        "drawings": [drawing_row(drawing) for drawing in topology.drawings],
    }


def link_rows(server: str, topology: Topology) -> list[Row]:
    by_id = {node.node_id: node for node in topology.nodes}
    return [link_row(link, by_id, server) for link in topology.links]


def drawing_row(drawing: Drawing) -> Row:
    return {
        "drawing_id": drawing.drawing_id,
        "svg": drawing.svg,
        "x": drawing.x,
        "y": drawing.y,
        "z": drawing.z,
        "rotation": drawing.rotation,
    }


def template_row(template: Template, server: str) -> Row:
    return {
        "template_id": template.template_id,
        "server": server,
        "name": template.name,
        "type": template.type,
        "builtin": template.builtin,
        "category": template.category,
        "symbol": template.symbol,
        "compute_id": template.compute_id,
    }


def snapshot_row(snapshot: Snapshot) -> Row:
    return {
        "snapshot_id": snapshot.snapshot_id,
        "url": f"{project_url(snapshot.project_id)}snapshots/{snapshot.snapshot_id}/",
        "project_id": snapshot.project_id,
        "name": snapshot.name,
        "created_at": datetime.fromtimestamp(snapshot.created_at, UTC),
    }


def filter_row(found: Filter) -> Row:
    return {
        "type": found.type,
        "name": found.name,
        "description": found.description,
        "parameters": [
            {"name": name, "minimum": minimum, "maximum": maximum} for name, minimum, maximum in found.parameters
        ],
    }
