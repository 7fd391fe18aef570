"""Equipment as the documentation shows it."""

from __future__ import annotations

from typing import Any

PROJECT = "7f3c7a9e-6a1c-4f3e-9d52-0c8f1b6f2a11"
NODE = "b8d0c7d4-52a8-4c5c-8a0e-3b1c5f5a9e01"
OTHER = "b8d0c7d4-52a8-4c5c-8a0e-3b1c5f5a9e02"


def _step(name: str, status: str = "succeeded", *, reason: str = "", **details: Any) -> dict[str, Any]:
    return {"name": name, "status": status, "errors": [], "reason": reason, "details": details}


EQUIPMENT: dict[str, Any] = {
    "equipment_id": NODE,
    "name": "PC1",
    "type": "vpcs",
    "status": "started",
    "network_info": {
        "ip_addresses": ["10.0.0.1"],
        "interfaces": [{"name": "Ethernet0", "connected": True, "ip": "10.0.0.1"}],
        "connectivity_tests": {"10.0.0.2": {"ping_success": True, "response_time_ms": 0.155, "from": "console"}},
    },
    "snmp_data": {"snmp_available": False, "community": None, "system_name": None, "system_uptime": None},
    "performance": {
        "available": False,
        "cpu_percent": None,
        "memory_total_bytes": None,
        "memory_used_bytes": None,
        "memory_percent": None,
        "interfaces": [],
    },
    "configuration": {
        "startup": "set pcname PC1\nip 10.0.0.1/24\n",
        "startup_source": "startup.vpc",
        "running": "set pcname PC1\nip 10.0.0.1 255.255.255.0 24",
        "masked_secrets": 0,
    },
    "console": {
        "type": "telnet",
        "host": "127.0.0.1",
        "port": 5000,
        "reachable": True,
        "dialect": "vpcs",
        "hostname": "PC1",
        "system": {"operating_system": "VPCS", "version": "0.8.2", "model": "", "serial": "", "uptime": ""},
    },
    "links": [
        {
            "link_id": "0d9b0c56-8f6f-4c39-9a43-6f6d6e3f7a01",
            "port": "Ethernet0",
            "suspended": False,
            "filters": {},
            "neighbor": {"equipment_id": OTHER, "name": "Switch1", "type": "ethernet_switch", "port": "Ethernet0"},
        }
    ],
    "discovery": {
        "status": "succeeded",
        "steps": [
            _step("gns3", compute_id="local", template_id=None, ports=[]),
            _step("network", addresses=[], sources={"startup": "read", "console": "read", "neighbours": "read"}),
            _step("validation", confirmed=["10.0.0.1"], unconfirmed=[], contradicted=[], contradictions={}),
            _step("snmp", "skipped", reason="vpcs has no SNMP agent"),
        ],
        "discovered_at": "2026-01-15T12:00:00Z",
        "stale": False,
        "stale_reason": "",
    },
}
DISCOVER: dict[str, Any] = {"equipment_id": NODE}
