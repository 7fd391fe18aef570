"""The facts of a profile as rows, table by table. Pure.

A row is a tuple in the order of its table's `columns`. What the database could not store (NUL, lone
surrogates, numbers beyond 64 bits) is mended here; what cannot be mended raises ValueError for that device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model

from api_clients.network.snmp.mibs.lldp_ports import PortMap
from api_clients.network.snmp.values import SnmpProfile
from nms.network_management.addresses import address_sort_key
from nms.network_management.models import Component, Interface, IPAddress, Neighbor, Vlan

Row = tuple[Any, ...]
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class FactTable:
    """How one kind of fact is stored: `key` finds a row again, `values` may change.

    `if_index` among the columns stands for the foreign key `interface`. `kept` columns are the inventory's own.
    `parts` are the names under which a profile reports that the facts could not be read.
    """

    name: str
    model: type[Model]
    key: tuple[str, ...]
    values: tuple[str, ...]
    rows: Callable[[SnmpProfile], Iterable[Row]]
    parts: frozenset[str]
    label: Callable[[Row], str]
    kept: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.values


def clean(text: str | None) -> str:
    """Return `text` as every database takes it."""
    if not text:
        return ""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text


def _number(value: int | None) -> int | None:
    return value if value is not None and abs(value) <= _LARGEST else None


def _interfaces(said: SnmpProfile) -> Iterable[Row]:
    announced = announced_ports(said)
    for row in said.interfaces:
        subtype, port_id = announced.get(row.index, (None, ""))
        yield (
            row.index,
            clean(row.name),
            clean(row.description),
            clean(row.alias),
            row.type,
            _number(row.mtu),
            _number(row.speed_bps),
            row.mac or "",
            row.admin_status or "",
            row.oper_status or "",
            subtype,
            clean(port_id),
        )


def announced_ports(said: SnmpProfile) -> dict[int, tuple[int, str]]:
    """Return ifIndex -> (port ID subtype, port ID) as the device announces its ports over LLDP."""
    if said.lldp is None or not said.lldp.ports:
        return {}
    # Where a neighbour is heard, the reader had the bridge's port table as well, so its answer comes first.
    heard = {row.local_port: row.local_if_index for row in said.neighbors if row.protocol == "lldp"}
    port_map = PortMap(said.interfaces, said.lldp.ports)
    announced: dict[int, tuple[int, str]] = {}
    for port, (subtype, port_id, _) in said.lldp.ports.items():
        index = heard.get(port) or port_map.if_index(port)
        if index is not None and port_id:
            announced.setdefault(index, (subtype, port_id))
    return announced


def _addresses(said: SnmpProfile) -> Iterable[Row]:
    for row in said.addresses:
        yield row.address, row.if_index, row.prefix_length, address_sort_key(row.address)


def _vlans(said: SnmpProfile) -> Iterable[Row]:
    return ((row.vlan_id, clean(row.name)) for row in said.vlans)


def _components(said: SnmpProfile) -> Iterable[Row]:
    for row in said.components:
        yield (
            row.index,
            row.contained_in,
            clean(row.class_name),
            clean(row.name),
            clean(row.description),
            clean(row.vendor_type),
            clean(row.hardware_revision),
            clean(row.firmware_revision),
            clean(row.software_revision),
            clean(row.serial),
            clean(row.manufacturer),
            clean(row.model),
        )


def _neighbors(said: SnmpProfile) -> Iterable[Row]:
    for row in said.neighbors:
        yield (
            row.protocol,
            row.local_port,
            clean(row.chassis_id),
            clean(row.port_id),
            row.local_if_index,
            row.chassis_id_subtype,
            row.port_id_subtype,
            clean(row.port_description),
            clean(row.system_name),
            clean(row.system_description),
            [clean(address) for address in row.management_addresses],
            [clean(capability) for capability in row.capabilities],
            clean(row.platform),
        )


INTERFACES = FactTable(
    "interfaces",
    Interface,
    key=("if_index",),
    values=(
        *("name", "description", "alias", "type", "mtu", "speed_bps", "mac", "admin_status", "oper_status"),
        *("lldp_port_id_subtype", "lldp_port_id"),
    ),
    rows=_interfaces,
    parts=frozenset({"interfaces"}),
    label=lambda row: str(row[1] or row[0]),
    kept=("status_changed_at",),
)
ADDRESSES = FactTable(
    "addresses",
    IPAddress,
    key=("address", "if_index"),
    values=("prefix_length", "sort_key"),
    rows=_addresses,
    parts=frozenset({"addresses"}),
    label=lambda row: str(row[0]),
)
VLANS = FactTable(
    "vlans",
    Vlan,
    key=("vlan_id",),
    values=("name",),
    rows=_vlans,
    parts=frozenset({"vlans"}),
    label=lambda row: str(row[0]),
)
COMPONENTS = FactTable(
    "components",
    Component,
    key=("index",),
    values=(
        *("contained_in", "class_name", "name", "description", "vendor_type", "hardware_revision"),
        *("firmware_revision", "software_revision", "serial", "manufacturer", "model"),
    ),
    rows=_components,
    parts=frozenset({"components"}),
    label=lambda row: str(row[3] or row[4] or row[0]),
)
NEIGHBORS = FactTable(
    "neighbors",
    Neighbor,
    key=("protocol", "local_port", "chassis_id", "port_id"),
    values=(
        *("if_index", "chassis_id_subtype", "port_id_subtype", "port_description", "system_name"),
        *("system_description", "management_addresses", "capabilities", "platform"),
    ),
    rows=_neighbors,
    parts=frozenset({"neighbors", "lldp", "cdp"}),
    label=lambda row: f"{row[8] or row[2]} {row[3]}".strip(),
)
TABLES = (INTERFACES, ADDRESSES, VLANS, COMPONENTS, NEIGHBORS)
