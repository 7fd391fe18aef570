"""What the server holds as the JSON of either API. Rows of a closed project come from its file and lack much."""

from __future__ import annotations

from api_clients.network.gns3.simulator.editions import Edition
from api_clients.network.gns3.simulator.kinds import KINDS
from api_clients.network.gns3.simulator.state import Document, Link, Node, Project, Snapshot

CANVAS = {
    "scene_height": 1000,
    "scene_width": 2000,
    "zoom": 100,
    "show_layers": False,
    "snap_to_grid": False,
    "show_grid": False,
    "grid_size": 75,
    "drawing_grid_size": 25,
    "show_interface_labels": False,
    "supplier": None,
    "variables": None,
}
FOLDER = "/opt/gns3/projects"
ONLY_OF_OPEN_NODES = ("status", "ports", "console_host", "node_directory", "command_line", "project_id")
ONLY_OF_OPEN_LINKS = (
    "project_id",
    "link_type",
    "capturing",
    "capture_file_name",
    "capture_file_path",
    "capture_compute_id",
)


def project_document(project: Project) -> Document:
    return {
        **CANVAS,
        **project.canvas,
        "project_id": project.project_id,
        "name": project.name,
        "filename": project.filename,
        "path": f"{FOLDER}/{project.project_id}",
        "status": "opened" if project.opened else "closed",
        "auto_close": project.auto_close,
        "auto_open": project.auto_open,
        "auto_start": project.auto_start,
    }


def node_document(node: Node, project: Project, edition: Edition, *, console_host: str) -> Document:
    document = {
        "node_id": node.node_id,
        "project_id": project.project_id,
        "name": node.name,
        "node_type": node.type,
        "compute_id": node.compute_id,
        "template_id": node.template_id,
        "status": node.status,
        "console": node.console,
        "console_type": node.console_type,
        "console_host": console_host,
        "console_auto_start": False,
        "command_line": None if KINDS[node.type].always_on else node.command_line,
        "node_directory": _directory(node, project),
        "label": {"text": node.name, "style": None, "x": None, "y": -40, "rotation": 0, **node.label},
        "symbol": node.symbol,
        "x": node.x,
        "y": node.y,
        "z": node.z,
        "width": 65,
        "height": 59,
        "locked": node.locked,
        "port_name_format": "Ethernet{0}",
        "port_segment_size": 0,
        "first_port_name": None,
        "custom_adapters": [],
        "ports": node.ports,
        "properties": node.properties,
    }
    if not edition.is_v2:
        document |= {"aux": None, "aux_type": None, "properties": _v3_properties(node)}
        document["ports"] = [{"adapter_type": None, "mac_address": None, **port} for port in node.ports]
    return document if project.opened else _without(document, ONLY_OF_OPEN_NODES)


def link_document(link: Link, project: Project) -> Document:
    path = f"{FOLDER}/{project.project_id}/project-files/captures/{link.capture_file}" if link.capture_file else None
    document = {
        "link_id": link.link_id,
        "project_id": project.project_id,
        "link_type": "ethernet",
        "nodes": link.ends,
        "suspend": link.suspended,
        "filters": link.filters,
        "link_style": link.style,
        "capturing": link.capturing,
        "capture_file_name": link.capture_file,
        "capture_file_path": path,
        "capture_compute_id": "local" if link.capturing else None,
    }
    return document if project.opened else _without(document, ONLY_OF_OPEN_LINKS)


def snapshot_document(snapshot: Snapshot, project: Project) -> Document:
    return {
        "snapshot_id": snapshot.snapshot_id,
        "project_id": project.project_id,
        "name": snapshot.name,
        "created_at": snapshot.created_at,
    }


def _directory(node: Node, project: Project) -> str | None:
    if node.type in ("ethernet_switch", "ethernet_hub"):
        return None
    return f"{FOLDER}/{project.project_id}/project-files/{node.type}/{node.node_id}"


def _v3_properties(node: Node) -> Document:
    """v3 tells no startup script, and adds two of its own."""
    return {"compute_id": node.compute_id, "usage": None, **_without(node.properties, ("startup_script",))}


def _without(document: Document, keys: tuple[str, ...]) -> Document:
    return {key: value for key, value in document.items() if key not in keys}
