"""What a discovery run found, as plain values: the answer of `discover --json`, read back from the inventory.

Devices are ordered by address, interfaces by ifIndex, links by their ends, so that two runs can be compared as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q

from api_clients.network.snmp.interface_types import interface_type_name
from nms.network_management.addresses import address_sort_key
from nms.network_management.models import (
    Component,
    Device,
    DiscoveryProblem,
    DiscoveryRun,
    Interface,
    IPAddress,
    Link,
    Vlan,
)

_SKIPPED = ("outside_ranges", "no_address")
_PRESENT = Q(last_seen__isnull=True)


def report(run: DiscoveryRun) -> dict[str, Any]:
    """Return devices, links, unreachable addresses, problems and skipped neighbours of a finished run."""
    device_ids = run.result.get("device_ids", [])
    problems = run.problems.exclude(kind="unreachable", step="alive")
    return {
        "devices": [_device(device) for device in _devices(device_ids)],
        "links": _links(device_ids),
        "unreachable": sorted(run.result.get("unreachable", []), key=address_sort_key),
        "problems": [_problem(row) for row in problems if row.kind not in _SKIPPED],
        "skipped": [_problem(row) for row in problems if row.kind in _SKIPPED],
    }


def silence(run: DiscoveryRun) -> dict[str, str]:
    """Return for each unreachable address what may be the matter with it."""
    rows = run.problems.filter(kind="unreachable", step="alive").values_list("address", "message")
    return dict(sorted(rows, key=lambda row: address_sort_key(row[0])))


def _devices(device_ids: Iterable[int]) -> list[Device]:
    present = {
        "interfaces": Interface.objects.filter(_PRESENT).order_by("if_index"),
        "addresses": IPAddress.objects.filter(_PRESENT).order_by("sort_key"),
        "components": Component.objects.filter(_PRESENT).order_by("index"),
        "vlans": Vlan.objects.filter(_PRESENT).order_by("vlan_id"),
    }
    rows = Device.objects.filter(id__in=list(device_ids)).prefetch_related(
        "endpoints", *(Prefetch(name, queryset=queryset) for name, queryset in present.items())
    )
    return sorted(rows, key=lambda device: _place(device.management_address))


def _device(device: Device) -> dict[str, Any]:
    own = list(device.addresses.all())
    by_interface: dict[int | None, list[IPAddress]] = {}
    for row in own:
        by_interface.setdefault(row.interface_id, []).append(row)
    answering = {row.address for row in device.endpoints.all() if row.answering}
    return {
        "address": device.management_address,
        "port": device.management_port,
        "addresses": sorted({row.address for row in own} | answering, key=address_sort_key),
        "sys_name": device.sys_name,
        "vendor": device.vendor,
        "os": device.os,
        "model": device.model,
        "version": device.version,
        "serial": device.serial,
        "role": device.role,
        "description": device.description,
        "sys_object_id": device.sys_object_id,
        "contact": device.contact,
        "location": device.location,
        "engine_id": device.engine_id or None,
        "chassis_id": device.chassis_id or None,
        "interfaces": [_interface(row, by_interface.get(row.id, [])) for row in device.interfaces.all()],
        "vlans": [{"vlan_id": row.vlan_id, "name": row.name} for row in device.vlans.all()],
        "components": [_component(row) for row in device.components.all()],
        "resources": device.resources,
    }


def _interface(row: Interface, addresses: list[IPAddress]) -> dict[str, Any]:
    return {
        "index": row.if_index,
        "name": row.name,
        "description": row.description,
        "alias": row.alias,
        "type": interface_type_name(row.type),
        "type_number": row.type,
        "mtu": row.mtu,
        "speed_bps": row.speed_bps,
        "mac": row.mac or None,
        "admin_status": row.admin_status,
        "oper_status": row.oper_status,
        "addresses": [address.address for address in addresses],
        "prefixes": [str(address) for address in addresses],
    }


def _component(row: Component) -> dict[str, Any]:
    return {
        "index": row.index,
        "contained_in": row.contained_in,
        "class": row.class_name,
        "name": row.name,
        "description": row.description,
        "model": row.model,
        "serial": row.serial,
        "hardware_revision": row.hardware_revision,
        "firmware_revision": row.firmware_revision,
        "software_revision": row.software_revision,
        "manufacturer": row.manufacturer,
    }


def _links(device_ids: Iterable[int]) -> list[dict[str, Any]]:
    ids = list(device_ids)
    rows = Link.objects.filter(_PRESENT, Q(a_device__in=ids) | Q(b_device__in=ids)).select_related(
        "a_device", "a_interface", "b_device", "b_interface"
    )
    links = [
        {
            **dict(zip("ab", sorted(_ends(row), key=_end_key), strict=True)),
            "protocols": row.protocols,
            "status": row.status,
        }
        for row in rows
    ]
    return sorted(links, key=lambda link: [_end_key(link[end]) for end in "ab"])


def _ends(link: Link) -> list[dict[str, Any]]:
    return [_end(link.a_device, link.a_interface, link.a_port), _end(link.b_device, link.b_interface, link.b_port)]


def _end_key(end: dict[str, Any]) -> tuple[Any, ...]:
    return _place(end["address"]), end["device"], end["index"] or 0, end["interface"] or ""


def _end(device: Device, interface: Interface | None, port: str) -> dict[str, Any]:
    return {
        "device": device.name,
        "address": device.management_address,
        "interface": str(interface) if interface else port or None,
        "index": interface.if_index if interface else None,
    }


def _place(address: str | None) -> str:
    """Sort by address, devices that have none first."""
    return address_sort_key(address) if address else ""


def _problem(row: DiscoveryProblem) -> dict[str, Any]:
    return {"address": row.address, "code": row.kind, "step": row.step, "message": row.message}
