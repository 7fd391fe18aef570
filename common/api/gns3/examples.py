"""Examples of GNS3 for OpenAPI: one small lab, the same everywhere."""

from __future__ import annotations

from typing import Any

PROJECT_ID = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a001"
NODE_ID = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9b001"
SWITCH_ID = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9b002"
LINK_ID = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9c001"
TEMPLATE_ID = "19021f99-e36f-394d-b4a1-8aaa902ab9cc"
SNAPSHOT_ID = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9d001"
_PREFIX = "/api/common/api/gns3-central"
_PROJECT_URL = f"{_PREFIX}/projects/{PROJECT_ID}/"
_MOMENT = "2026-01-31T12:00:00Z"

ON_PROJECT = {"project_id": PROJECT_ID}
ON_NODE = {"project_id": PROJECT_ID, "node_id": NODE_ID}
START_PROJECT = {"project_id": PROJECT_ID, "parallel": 4, "wait_seconds": 60.0}
STOP_PROJECT = {"project_id": PROJECT_ID, "close": False}
NEW_PROJECT = {"name": "campus"}
NAME = {"name": "before the change"}
NEW_NODE = {"name": "PC1", "type": "vpcs", "x": -100, "y": 0}
NODE_CHANGES = {"x": 200, "y": 50}
NEW_LINK = {
    "ends": [
        {"node_id": NODE_ID, "adapter_number": 0, "port_number": 0},
        {"node_id": SWITCH_ID, "adapter_number": 0, "port_number": 1},
    ]
}
SET_FILTERS = {"filters": {"packet_loss": [10], "delay": [100, 20]}}
NEW_CAPTURE = {"file_name": "uplink.pcap"}
CONSOLE_COMMAND = {"command": "show ip"}
CONSOLE_LINE = {"line": "ping 10.0.0.2 -c 3", "wait_seconds": 5.0}
CONSOLE_OUTPUT = {
    "output": "NAME        : PC1[1]\nIP/MASK     : 10.0.0.1/24\n",
    "ended_by": "prompt",
    "truncated": False,
    "seconds": 0.21,
}
CONSOLE = {
    "type": "telnet",
    "host": "127.0.0.1",
    "port": 5000,
    "websocket": f"/ws/gns3/console/{PROJECT_ID}/{NODE_ID}/",
}

PROJECT: dict[str, Any] = {
    "project_id": PROJECT_ID,
    "url": _PROJECT_URL,
    "server": "main",
    "name": "campus",
    "status": "opened",
    "auto_close": False,
    "auto_open": False,
    "auto_start": False,
    "watched": False,
    "made_by_hub": True,
    "nodes": 2,
    "links": 1,
    "running": 2,
    "changed_at": _MOMENT,
}

NODE: dict[str, Any] = {
    "node_id": NODE_ID,
    "url": f"{_PROJECT_URL}nodes/{NODE_ID}/",
    "server": "main",
    "project_id": PROJECT_ID,
    "name": "PC1",
    "type": "vpcs",
    "status": "started",
    "compute_id": "local",
    "template_id": None,
    "console": CONSOLE,
    "ports": [
        {
            "adapter_number": 0,
            "port_number": 0,
            "name": "Ethernet0",
            "short_name": "e0",
            "link_type": "ethernet",
            "mac": "00:50:79:66:68:00",
        }
    ],
    "x": -100,
    "y": 0,
    "z": 1,
    "symbol": ":/symbols/vpcs_guest.svg",
}

_SWITCH: dict[str, Any] = {
    **NODE,
    "node_id": SWITCH_ID,
    "url": f"{_PROJECT_URL}nodes/{SWITCH_ID}/",
    "name": "SW1",
    "type": "ethernet_switch",
    "console": None,
    "symbol": ":/symbols/ethernet_switch.svg",
}

LINK: dict[str, Any] = {
    "link_id": LINK_ID,
    "url": f"{_PROJECT_URL}links/{LINK_ID}/",
    "server": "main",
    "project_id": PROJECT_ID,
    "type": "ethernet",
    "ends": [
        {
            "node": {"id": NODE_ID, "name": "PC1", "url": NODE["url"]},
            "adapter_number": 0,
            "port_number": 0,
            "port": "Ethernet0",
            "label": "",
        },
        {
            "node": {"id": SWITCH_ID, "name": "SW1", "url": _SWITCH["url"]},
            "adapter_number": 0,
            "port_number": 1,
            "port": "Ethernet1",
            "label": "",
        },
    ],
    "suspended": False,
    "filters": {},
    "capturing": False,
    "capture_file": None,
}
CAPTURED_LINK = {**LINK, "capturing": True, "capture_file": "uplink.pcap"}

TOPOLOGY: dict[str, Any] = {
    "server": "main",
    "project": PROJECT,
    "nodes": [NODE, _SWITCH],
    "links": [LINK],
    "drawings": [],
}

REFRESHED = {
    "refreshed": [
        {
            "server": "main",
            "project": {"id": PROJECT_ID, "name": "campus", "url": _PROJECT_URL},
            "status": "opened",
            "nodes": 2,
            "links": 1,
        }
    ]
}

TEMPLATE = {
    "template_id": TEMPLATE_ID,
    "server": "main",
    "name": "VPCS",
    "type": "vpcs",
    "builtin": True,
    "category": "guest",
    "symbol": ":/symbols/vpcs_guest.svg",
    "compute_id": None,
}

SNAPSHOT = {
    "snapshot_id": SNAPSHOT_ID,
    "url": f"{_PROJECT_URL}snapshots/{SNAPSHOT_ID}/",
    "project_id": PROJECT_ID,
    "name": "before the change",
    "created_at": _MOMENT,
}

FILTERS = {
    "filters": {},
    "available": [
        {
            "type": "packet_loss",
            "name": "Packet loss",
            "description": "The percentage represents the chance for a packet to be lost",
            "parameters": [{"name": "Chance", "minimum": 0, "maximum": 100}],
        }
    ],
}

STATUS: dict[str, Any] = {
    "status": "healthy",
    "servers": [
        {
            "name": "main",
            "reachable": True,
            "since": _MOMENT,
            "reason": "",
            "version": "2.2.54",
            "api": "v2",
            "listening": True,
            "listening_since": _MOMENT,
            "circuit": {
                "phase": "closed",
                "admitted": 120,
                "refused": 0,
                "success": 118,
                "failure": 0,
                "neutral": 2,
                "opened": 0,
            },
            "computes": [{"compute_id": "local", "name": "main", "connected": True}],
            "projects": 3,
            "open_projects": 1,
            "watched_projects": 1,
        }
    ],
    "cache": {"hits": 970, "misses": 30, "ratio": 0.97, "ttl_seconds": 300.0},
    "calls": [
        {
            "operation": "topology",
            "count": 30,
            "failures": 0,
            "p50_seconds": 0.006,
            "p95_seconds": 0.011,
            "p99_seconds": 0.02,
        }
    ],
    "events": {"node.started": 12, "topology.changed": 3},
}

EVENT_STATISTICS: dict[str, Any] = {
    "since": "2026-01-30T12:00:00Z",
    "until": _MOMENT,
    "total": 15,
    "by_type": [
        {"type": "node.started", "count": 12, "last_position": 4711, "last_at": _MOMENT},
        {"type": "topology.changed", "count": 3, "last_position": 4705, "last_at": _MOMENT},
    ],
    "by_priority": {"normal": 15},
    "by_actor": {"ada": 12, "": 3},
    "by_project": [{"project": {"id": PROJECT_ID, "name": "campus", "url": _PROJECT_URL}, "count": 15}],
}

NEW_SUBSCRIPTION = {"topics": ["node.*", "link.*"], "project_id": PROJECT_ID, "priority": "normal"}
SUBSCRIPTION: dict[str, Any] = {
    "id": 7,
    "url": f"{_PREFIX}/modules/weather/subscriptions/7/",
    "module": "weather",
    "topics": ["link.*", "node.*"],
    "project_id": PROJECT_ID,
    "priority": "normal",
    "created_at": _MOMENT,
    "created_by": "module:weather",
}
MODULE_INTERFACE: dict[str, Any] = {
    "module": {"id": "weather", "name": "weather", "url": "/api/common/api/v1/hub/modules/weather/"},
    "kind": "remote",
    "state": "active",
    "topics": ["link.*", "node.*"],
    "projects": [PROJECT_ID],
    "subscriptions": 1,
    "subscriptions_url": f"{_PREFIX}/modules/weather/subscriptions/",
    "websocket": "/ws/gns3/module/weather/",
}
