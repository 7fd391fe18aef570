"""The sorts of nodes: what ports they have, which console, and what can be done to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
SWITCH_PORTS = 8


@dataclass(frozen=True, slots=True)
class Kind:
    ports: Callable[[Document], list[Document]]
    console_type: str | None = "telnet"
    always_on: bool = False
    can_be_suspended: bool = False


def _port(adapter: int, number: int, name: str, short_name: str, link_type: str = "ethernet") -> Document:
    frames = {"Ethernet": "DLT_EN10MB"} if link_type == "ethernet" else {"Frame Relay": "DLT_FRELAY"}
    return {
        "name": name,
        "short_name": short_name,
        "adapter_number": adapter,
        "port_number": number,
        "link_type": link_type,
        "data_link_types": frames,
    }


def _one_port(properties: Document) -> list[Document]:
    return [_port(0, 0, "Ethernet0", "e0")]


def _mapped_ports(properties: Document) -> list[Document]:
    rows = properties.get("ports_mapping", [])
    return [_port(0, row["port_number"], row["name"], _short(row["name"], row["port_number"])) for row in rows]


def _adapters(default: int) -> Callable[[Document], list[Document]]:
    def ports(properties: Document) -> list[Document]:
        count = int(properties.get("adapters", default))
        return [_port(number, 0, f"Ethernet{number}", f"e{number}") for number in range(count)]

    return ports


def _iou(properties: Document) -> list[Document]:
    adapters = int(properties.get("ethernet_adapters", 2))
    return [_port(a, n, f"Ethernet{a}/{n}", f"e{a}/{n}") for a in range(adapters) for n in range(4)]


def _dynamips(properties: Document) -> list[Document]:
    slots = sorted(name for name, card in properties.items() if name.startswith("slot") and card)
    numbers = [int(name.removeprefix("slot")) for name in slots] or [0, 1, 2]
    return [_port(number, 0, f"FastEthernet{number}/0", f"f{number}/0") for number in numbers]


def _short(name: str, number: int) -> str:
    return f"e{number}" if name == f"Ethernet{number}" else name


KINDS = {
    "vpcs": Kind(_one_port),
    "ethernet_switch": Kind(_mapped_ports, console_type="none", always_on=True),
    "ethernet_hub": Kind(_mapped_ports, console_type=None, always_on=True),
    "cloud": Kind(_mapped_ports, console_type=None, always_on=True),
    "nat": Kind(_mapped_ports, console_type=None, always_on=True),
    "frame_relay_switch": Kind(lambda properties: [], console_type=None, always_on=True),
    "atm_switch": Kind(lambda properties: [], console_type=None, always_on=True),
    "qemu": Kind(_adapters(1), can_be_suspended=True),
    "docker": Kind(_adapters(1), can_be_suspended=True),
    "virtualbox": Kind(_adapters(1), can_be_suspended=True),
    "vmware": Kind(_adapters(1), can_be_suspended=True),
    "dynamips": Kind(_dynamips, can_be_suspended=True),
    "iou": Kind(_iou),
}


def default_properties(kind: str, *, with_ethertype: bool) -> Document:
    """What the server adds of itself."""
    if kind == "ethernet_switch":
        extra = {"ethertype": "0x8100"} if with_ethertype else {}
        rows = [
            {"name": f"Ethernet{n}", "port_number": n, "type": "access", "vlan": 1, **extra}
            for n in range(SWITCH_PORTS)
        ]
        return {"ports_mapping": rows}
    if kind == "ethernet_hub":
        return {"ports_mapping": [{"name": f"Ethernet{n}", "port_number": n} for n in range(SWITCH_PORTS)]}
    if kind in ("cloud", "nat"):
        interface = "eth0" if kind == "cloud" else "virbr0"
        name = "eth0" if kind == "cloud" else "nat0"
        return {"ports_mapping": [{"interface": interface, "name": name, "port_number": 0, "type": "ethernet"}]}
    return {}
