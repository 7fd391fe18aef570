"""The examples of the OpenAPI description."""

from typing import Any, Final

_WHEN: Final = "2026-01-31T12:00:00Z"
_DEVICE: Final = {"id": 7, "name": "core-1", "url": "/api/network/devices/7/"}
_OTHER: Final = {"id": 9, "name": "access-3", "url": "/api/network/devices/9/"}
_INTERFACE: Final = {"id": 311, "name": "Te1/1/1", "url": "/api/network/interfaces/311/"}
_FACT: Final = {"device": _DEVICE, "present": True, "first_seen": _WHEN, "last_seen": _WHEN}

DEVICE: Final[dict[str, Any]] = {
    **_DEVICE,
    "source": "snmp",
    "sources": ["snmp"],
    "status": "reachable",
    "status_changed_at": _WHEN,
    "role": "switch",
    "vendor": "Cisco",
    "os": "iosxe",
    "model": "C9300-48P",
    "version": "17.9.4a",
    "serial": "FOC2301X0AB",
    "sys_name": "core-1",
    "sys_object_id": "1.3.6.1.4.1.9.1.2494",
    "description": "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software",
    "contact": "noc@example.org",
    "location": "Basel, rack 4",
    "engine_id": "8000000903001b54aabbcc",
    "chassis": {"subtype": 4, "id": "00:1b:54:aa:bb:cc"},
    "management": {"address": "10.20.0.1", "port": 161},
    "gns3": None,
    "credential": {"id": 3, "name": "campus v3", "url": "/api/network/credentials/3/"},
    "boot_time": _WHEN,
    "resources": {"processors": 2, "memory_bytes": 8589934592, "arp_entries": 310, "routes": None},
    "site": "Basel",
    "tags": ["core"],
    "notes": "",
    "first_seen": _WHEN,
    "last_seen": _WHEN,
    "last_profiled_at": _WHEN,
    "updated_at": _WHEN,
    "replaced_by": None,
}
INTERFACE: Final[dict[str, Any]] = {
    **_INTERFACE,
    **_FACT,
    "if_index": 49,
    "description": "TenGigabitEthernet1/1/1",
    "alias": "to access-3",
    "type": 6,
    "mtu": 9198,
    "speed_bps": 10_000_000_000,
    "mac": "00:1b:54:aa:bb:f1",
    "admin_status": "up",
    "oper_status": "up",
    "status_changed_at": None,
    "addresses": ["10.20.1.1/30"],
}
ADDRESS: Final[dict[str, Any]] = {
    "id": 88,
    "url": "/api/network/addresses/88/",
    **_FACT,
    "address": "10.20.1.1",
    "prefix_length": 30,
    "interface": _INTERFACE,
}
VLAN: Final[dict[str, Any]] = {
    "id": 5,
    "url": "/api/network/vlans/5/",
    **_FACT,
    "vlan_id": 20,
    "name": "voice",
}
COMPONENT: Final[dict[str, Any]] = {
    "id": 12,
    "url": "/api/network/components/12/",
    **_FACT,
    "index": 1003,
    "contained_in": 1000,
    "class_name": "powerSupply",
    "name": "Power Supply A",
    "description": "Switch 1 - Power Supply A",
    "vendor_type": "1.3.6.1.4.1.9.12.3.1.6.513",
    "hardware_revision": "V02",
    "firmware_revision": "",
    "software_revision": "",
    "serial": "LIT2248AAAA",
    "manufacturer": "Cisco",
    "model": "PWR-C1-715WAC-P",
}
NEIGHBOR: Final[dict[str, Any]] = {
    "id": 41,
    "url": "/api/network/neighbors/41/",
    **_FACT,
    "interface": _INTERFACE,
    "link": {"id": 17, "name": "core-1 Te1/1/1 - access-3 Te0/1", "url": "/api/network/links/17/"},
    "protocol": "lldp",
    "local_port": 49,
    "chassis_id_subtype": 4,
    "chassis_id": "00:1b:54:dd:ee:ff",
    "port_id_subtype": 5,
    "port_id": "Te0/1",
    "own_port": None,
    "port_description": "to core-1",
    "system_name": "access-3",
    "system_description": "",
    "management_addresses": ["10.20.0.9"],
    "capabilities": ["bridge"],
    "platform": "",
}
LINK: Final[dict[str, Any]] = {
    "id": 17,
    "url": "/api/network/links/17/",
    "name": "core-1 Te1/1/1 - access-3 Te0/1",
    "a": {"device": _DEVICE, "interface": _INTERFACE, "port": "Te1/1/1"},
    "b": {
        "device": _OTHER,
        "interface": {"id": 402, "name": "Te0/1", "url": "/api/network/interfaces/402/"},
        "port": "Te0/1",
    },
    "status": "up",
    "protocols": ["cdp", "lldp"],
    "evidence_count": 4,
    "present": True,
    "first_seen": _WHEN,
    "last_seen": None,
}
TOPOLOGY: Final[dict[str, Any]] = {
    "nodes": [
        {
            "id": f"device:{device['id']}",
            "label": device["name"],
            "managed": True,
            "device": device,
            "role": "switch",
            "vendor": "Cisco",
            "model": "C9300-48P",
            "source": "snmp",
            "site": "Basel",
            "status": "reachable",
        }
        for device in (_DEVICE, _OTHER)
    ]
    + [
        {
            "id": "neighbor:5f2b6f0c9d3e1a77",
            "label": "SEP001122334455",
            "managed": False,
            "device": None,
            "role": "phone",
            "vendor": "",
            "model": "Cisco IP Phone 8841",
            "source": "",
            "site": "",
            "status": "unknown",
        }
    ],
    "edges": [
        {
            "id": "link:17",
            "source": "device:7",
            "target": "device:9",
            "source_port": "Te1/1/1",
            "target_port": "Te0/1",
            "link": {"id": 17, "name": "core-1 Te1/1/1 - access-3 Te0/1", "url": "/api/network/links/17/"},
            "status": "up",
            "protocols": ["lldp"],
            "speed_bps": 10_000_000_000,
        }
    ],
}
CREDENTIAL: Final[dict[str, Any]] = {
    "id": 3,
    "url": "/api/network/credentials/3/",
    "name": "campus v3",
    "kind": "v3",
    "priority": 10,
    "username": "nms",
    "auth_protocol": "SHA-256",
    "priv_protocol": "AES-128",
    "device_count": 120,
    "created_at": _WHEN,
    "updated_at": _WHEN,
}
CREDENTIAL_V2C_REQUEST: Final[dict[str, Any]] = {"name": "campus v2c", "kind": "v2c", "community": "not-public"}
CREDENTIAL_V3_REQUEST: Final[dict[str, Any]] = {
    "name": "campus v3",
    "kind": "v3",
    "username": "nms",
    "auth_protocol": "SHA-256",
    "auth_password": "a long passphrase",
    "priv_protocol": "AES-128",
    "priv_password": "another passphrase",
}
_PROJECT_ID: Final = "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a001"
_LAB_SWITCH: Final = {"type": "ethernet_switch", "template": ""}
EXPORT: Final[dict[str, Any]] = {
    "name": "basel lab",
    "select": {"site": "Basel"},
    "roles": {"router": {"template": "c7200", "ports": ["0/0", "1/0", "1/1"]}},
    "dry_run": True,
}
LAB_PLAN: Final[dict[str, Any]] = {
    "server": "main",
    "project_id": None,
    "plan": {
        "name": "basel lab",
        "nodes": [
            {"device_id": 7, "device": "core-1", "node": "core-1", **_LAB_SWITCH, "x": 0, "y": 0},
            {"device_id": 9, "device": "access-3", "node": "access-3", **_LAB_SWITCH, "x": 150, "y": 0},
        ],
        "links": [
            {
                "link_id": 17,
                "a": {
                    "device_id": 7,
                    "device": "core-1",
                    "interface": "Te1/1/1",
                    "node": "core-1",
                    "adapter_number": 0,
                    "port_number": 1,
                    "port": "Te1/1/1",
                },
                "b": {
                    "device_id": 9,
                    "device": "access-3",
                    "interface": "Te0/1",
                    "node": "access-3",
                    "adapter_number": 0,
                    "port_number": 1,
                    "port": "Te0/1",
                },
            }
        ],
        "left_out": [],
        "notes": [],
    },
    "node_ids": {},
}
COMPARISON: Final[dict[str, Any]] = {
    "server": "main",
    "project_id": _PROJECT_ID,
    "project": "basel lab",
    "same": False,
    "compared_with": "export",
    "devices": 2,
    "nodes": 2,
    "live_links": 1,
    "lab_links": 0,
    "matched": [
        {
            "device_id": 7,
            "device": "core-1",
            "node_id": "5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9b001",
            "node": "core-1",
            "by": "export",
        }
    ],
    "differences": [
        {
            "about": "link",
            "kind": "missing_in_lab",
            "device_ids": [7, 9],
            "node_ids": ["5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9b001"],
            "link_id": 17,
            "lab_link_id": None,
            "explanation": "core-1 Te1/1/1 - access-3 Te0/1 is missing in the lab: access-3 is not in it.",
        }
    ],
}
