"""What GNS3 2.2.54 and 3.0.6 answer, shortened to what is read and a little of what is not."""

from __future__ import annotations

from typing import Any

PROJECT_ID = "20f2722a-7e6c-4247-9047-56e92b3350a3"
NODE_ID = "54462b3d-afa8-4b4c-a688-28c956c91e34"
SWITCH_ID = "2c158fd9-43ba-4158-9afa-8e695d224430"
LINK_ID = "eb4b4d65-44f9-4a92-a516-772f3e2c7a8e"
DRAWING_ID = "20bd1d0e-8eff-41d8-8daf-74036ae2cc4f"
TEMPLATE_ID = "19021f99-e36f-394d-b4a1-8aaa902ab9cc"


def project(**changes: Any) -> dict[str, Any]:
    return {
        "auto_close": False,
        "auto_open": False,
        "auto_start": False,
        "filename": "campus.gns3",
        "name": "campus",
        "path": f"/projects/{PROJECT_ID}",
        "project_id": PROJECT_ID,
        "scene_height": 1000,
        "status": "opened",
        "supplier": None,
    } | changes


def node(**changes: Any) -> dict[str, Any]:
    """A VPCS node as v2 and v3 show it in an open project."""
    return {
        "command_line": "vpcs -p 21002",
        "compute_id": "local",
        "console": 21001,
        "console_auto_start": False,
        "console_host": "127.0.0.1",
        "console_type": "telnet",
        "first_port_name": None,
        "label": {"rotation": 0, "style": None, "text": "A", "x": None, "y": -40},
        "name": "A",
        "node_directory": f"/projects/{PROJECT_ID}/project-files/vpcs/{NODE_ID}",
        "node_id": NODE_ID,
        "node_type": "vpcs",
        "ports": [
            {
                "adapter_number": 0,
                "data_link_types": {"Ethernet": "DLT_EN10MB"},
                "link_type": "ethernet",
                "name": "Ethernet0",
                "port_number": 0,
                "short_name": "e0",
            }
        ],
        "project_id": PROJECT_ID,
        "properties": {},
        "status": "stopped",
        "symbol": ":/symbols/computer.svg",
        "template_id": None,
        "x": 10,
        "y": -20,
        "z": 1,
    } | changes


def closed_node(**changes: Any) -> dict[str, Any]:
    """The same in a closed project."""
    gone = ("status", "ports", "console_host", "node_directory", "command_line", "project_id")
    return {key: value for key, value in node(**changes).items() if key not in gone}


def link(**changes: Any) -> dict[str, Any]:
    ends = [
        {"node_id": NODE_ID, "adapter_number": 0, "port_number": 0, "label": {"text": "0/0", "style": "fill: #000"}},
        {"node_id": SWITCH_ID, "adapter_number": 0, "port_number": 3, "label": {"text": "0/3", "style": "fill: #000"}},
    ]
    return {
        "capture_compute_id": None,
        "capture_file_name": None,
        "capture_file_path": None,
        "capturing": False,
        "filters": {},
        "link_id": LINK_ID,
        "link_style": {},
        "link_type": "ethernet",
        "nodes": ends,
        "project_id": PROJECT_ID,
        "suspend": False,
    } | changes


def closed_link() -> dict[str, Any]:
    return {key: value for key, value in link().items() if key in ("filters", "link_id", "nodes", "suspend")}


def drawing(**changes: Any) -> dict[str, Any]:
    return {
        "drawing_id": DRAWING_ID,
        "locked": False,
        "project_id": PROJECT_ID,
        "rotation": 0,
        "svg": "<svg/>",
        "x": 1,
        "y": 2,
        "z": 0,
    } | changes


def template(**changes: Any) -> dict[str, Any]:
    return {
        "builtin": True,
        "category": "guest",
        "compute_id": None,
        "default_name_format": "PC{0}",
        "name": "VPCS",
        "properties": {"base_script_file": "vpcs_base_config.txt"},
        "symbol": ":/symbols/vpcs_guest.svg",
        "template_id": TEMPLATE_ID,
        "template_type": "vpcs",
    } | changes


COMPUTE_V2 = {
    "capabilities": {"version": "2.2.54", "platform": "linux", "node_types": ["vpcs"]},
    "compute_id": "local",
    "connected": True,
    "cpu_usage_percent": 12.5,
    "host": "127.0.0.1",
    "last_error": None,
    "memory_usage_percent": 15.7,
    "name": "lab-server",
}
STATISTICS = {
    "compute_id": "local",
    "compute_name": "lab-server (controller)",
    "statistics": {
        "cpu_usage_percent": 12,
        "disk_usage_percent": 27,
        "load_average_percent": [391, 251, 191],
        "memory_free": 21293727744,
        "memory_total": 25276514304,
        "memory_usage_percent": 15,
        "memory_used": 3982786560,
    },
}
SNAPSHOT = {
    "created_at": 1795241422,
    "name": "s1",
    "project_id": PROJECT_ID,
    "snapshot_id": "04aea9ee-d957-4790-8cf7-bc830b6c13be",
}
