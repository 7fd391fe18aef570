"""A small GNS3 project as equipment discovery tells it: PC1 and PC2 on the switch SW1, and the router R1."""

from __future__ import annotations

from typing import Any

from nms.network_management.capabilities.contracts import EquipmentInput

PROJECT = "11111111-1111-4111-8111-111111111111"
Row = dict[str, Any]


def node_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def pc(number: int, **values: Any) -> Row:
    interface = {
        "name": "Ethernet0",
        "mac": f"00:50:79:66:68:{number:02x}",
        "addresses": [f"10.0.0.{number}/24"],
        "connected": True,
    }
    return {
        "node_id": node_id(number),
        "name": f"PC{number}",
        "type": "vpcs",
        "status": "started",
        "interfaces": [interface],
        **values,
    }


def switch(number: int = 9, ports: int = 8, **values: Any) -> Row:
    interfaces = [{"name": f"Ethernet{port}", "connected": port < 2} for port in range(ports)]
    return {
        "node_id": node_id(number),
        "name": "SW1",
        "type": "ethernet_switch",
        "status": "started",
        "interfaces": interfaces,
        **values,
    }


def cable(one: int, port: str, other: int, other_port: str) -> Row:
    return {"a": {"node_id": node_id(one), "port": port}, "b": {"node_id": node_id(other), "port": other_port}}


CABLES = (cable(1, "Ethernet0", 9, "Ethernet0"), cable(9, "Ethernet1", 2, "Ethernet0"))


def equipment(*nodes: Row, links: tuple[Row, ...] = (), **values: Any) -> EquipmentInput:
    return EquipmentInput.model_validate(
        {"project_id": PROJECT, "project": "lab", "equipment": list(nodes), "links": list(links), **values}
    )


def small_lab(**values: Any) -> EquipmentInput:
    return equipment(pc(1), pc(2), switch(), links=CABLES, complete=True, **values)
