"""The whole topology as nodes and edges, for drawing: three queries, whatever its size.

A neighbour that was announced and never discovered is a node without a device (`managed` false), one for each
chassis ID; it is shown as what it is, hearsay, and never as a device.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.db.models import F

from nms.network_management.models import Device, Link, Neighbor

_ROLES = {  # LLDP's capability -> our word, the most telling first
    "router": "router",
    "wlanAccessPoint": "wireless",
    "telephone": "phone",
    "bridge": "switch",
    "stationOnly": "server",
}
Element = dict[str, Any]


def read_topology(*, unmanaged: bool = True) -> dict[str, list[Element]]:
    """Return {"nodes": [...], "edges": [...]}, in the shapes that api/links.py documents."""
    nodes, edges = _devices(), _links()
    if unmanaged:
        more_nodes, more_edges = _unmanaged()
        nodes, edges = nodes + more_nodes, edges + more_edges
    return {"nodes": nodes, "edges": edges}


def _devices() -> list[Element]:
    rows = Device.objects.filter(replaced_by__isnull=True).order_by("id")
    columns = ("id", "name", "role", "vendor", "model", "source", "site", "status")
    return [
        {
            "id": f"device:{pk}",
            "label": name,
            "managed": True,
            "device": {"id": pk, "name": name, "url": f"/api/network/devices/{pk}/"},
            "role": role,
            "vendor": vendor,
            "model": model,
            "source": source,
            "site": site,
            "status": status,
        }
        for pk, name, role, vendor, model, source, site, status in rows.values_list(*columns)
    ]


def _links() -> list[Element]:
    standing = Link.objects.filter(
        last_seen__isnull=True, a_device__replaced_by__isnull=True, b_device__replaced_by__isnull=True
    ).order_by("id")
    rows = standing.values_list(
        *("id", "a_device_id", "b_device_id", "a_device__name", "b_device__name", "a_port", "b_port"),
        *("status", "protocols", "a_interface__speed_bps", "b_interface__speed_bps"),
    )
    return [
        {
            "id": f"link:{pk}",
            "source": f"device:{a}",
            "target": f"device:{b}",
            "source_port": a_port,
            "target_port": b_port,
            "link": {"id": pk, "name": f"{a_name} {a_port} - {b_name} {b_port}", "url": f"/api/network/links/{pk}/"},
            "status": status,
            "protocols": protocols,
            "speed_bps": min((speed for speed in (a_speed, b_speed) if speed is not None), default=None),
        }
        for pk, a, b, a_name, b_name, a_port, b_port, status, protocols, a_speed, b_speed in rows
    ]


def _unmanaged() -> tuple[list[Element], list[Element]]:
    nodes: dict[str, Element] = {}
    edges: dict[tuple[str, str, str], Element] = {}
    heard = Neighbor.objects.filter(
        last_seen__isnull=True, evidence__isnull=True, device__replaced_by__isnull=True
    ).annotate(interface_name=F("interface__name"), speed_bps=F("interface__speed_bps"))
    for row in heard.order_by("id"):
        key = _node_key(row)
        nodes.setdefault(key, _unmanaged_node(key, row))
        edge = _unmanaged_edge(key, row)
        known = edges.setdefault((edge["source"], edge["source_port"], key), edge)
        if row.protocol not in known["protocols"]:  # heard over LLDP and CDP: one cable
            known["protocols"] = sorted([*known["protocols"], row.protocol])
    return list(nodes.values()), list(edges.values())


def _node_key(row: Neighbor) -> str:
    """One node for one announced chassis."""
    said = row.chassis_id or row.system_name or f"{row.device_id} {row.local_port}"
    return f"neighbor:{blake2b(f'{row.chassis_id_subtype} {said}'.encode(), digest_size=8).hexdigest()}"


def _unmanaged_node(key: str, row: Neighbor) -> Element:
    return {
        "id": key,
        "label": row.system_name or row.chassis_id or row.port_id,
        "managed": False,
        "device": None,
        "role": next((role for word, role in _ROLES.items() if word in row.capabilities), ""),
        "vendor": "",
        "model": row.platform,
        "source": "",
        "site": "",
        "status": Device.Status.UNKNOWN,
    }


def _unmanaged_edge(key: str, row: Any) -> Element:
    return {
        "id": f"neighbor-row:{row.pk}",
        "source": f"device:{row.device_id}",
        "target": key,
        "source_port": row.interface_name or str(row.local_port),
        "target_port": row.port_id,
        "link": None,
        "status": Link.Status.UNKNOWN,
        "protocols": [row.protocol],
        "speed_bps": row.speed_bps,
    }
