"""A node as the inventory's facts: interfaces and addresses in the shape in which profiles come. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_interface

from api_clients.network.snmp.values import Interface, InterfaceAddress, SnmpProfile, SnmpTarget, System
from nms.network_management.capabilities.contracts import EquipmentInput, EquipmentNode
from nms.network_management.equipment.kinds import kind_of
from nms.network_management.events import Change
from nms.network_management.inventory.facts import ADDRESSES, INTERFACES
from nms.network_management.inventory.plan import DevicePlan, plan_table
from nms.network_management.inventory.stored import StoredDevice
from nms.network_management.models import Device
from nms.network_management.profile import DeviceProfile

_ETHERNET = 6  # ethernetCsmacd of IANAifType
_NOWHERE = SnmpTarget("", 0)  # no agent answers
_MAC = INTERFACES.columns.index("mac")
_NOT_ASKED = "GNS3 does not tell it."


@dataclass(frozen=True, slots=True)
class Found:
    """A node of a project, and the name of the project."""

    node: EquipmentNode
    project: str


def found_nodes(equipment: EquipmentInput) -> Iterator[Found]:
    project = equipment.project or equipment.project_id
    return (Found(node, project) for node in equipment.equipment)


def plan_node(found: Found, stored: StoredDevice | None, now: datetime) -> DevicePlan:
    """Plan for a device that nobody but GNS3 knows: a new one without `stored`."""
    device = stored.device if stored else Device(source=Device.Source.GNS3, first_seen=now, updated_at=now)
    profile = _profile(found.node, stored)
    plan = DevicePlan(device, stored is None, profile, (), {}, old_status=device.status)
    _describe(plan, found)
    _set_status(plan, found.node, now)
    for table in (INTERFACES, ADDRESSES):
        plan_table(plan, table, stored)
    if plan.changed or plan.old_status != device.status:
        device.updated_at = now
    device.last_profiled_at = now
    return plan


def _describe(plan: DevicePlan, found: Found) -> None:
    device, what = plan.device, plan.profile.identification
    values = {
        "name": found.node.name,
        "description": f"{what.model or found.node.type or 'Node'} of the GNS3 project {found.project}",
        **{name: getattr(what, name) for name in ("vendor", "os", "model", "serial", "role")},
    }
    if device.replaced_by_id is not None:
        plan.changes.append(Change(field="replaced_by", old=device.replaced_by_id, new=None))
        device.replaced_by = None
    for name, value in values.items():
        old = getattr(device, name)
        if old != value:
            setattr(device, name, value)
            if not plan.created:
                plan.changes.append(Change(field=name, old=old, new=value))


def _set_status(plan: DevicePlan, node: EquipmentNode, now: datetime) -> None:
    status = status_of(node.status)
    if plan.device.status != status:
        plan.device.status, plan.device.status_changed_at = status, now
    if status == Device.Status.REACHABLE:
        plan.device.last_seen = now
    plan.status_reason = reason_of(node.status)


def status_of(node_status: str) -> str:
    return Device.Status.REACHABLE if node_status == "started" else Device.Status.UNREACHABLE


def reason_of(node_status: str) -> str:
    return "It runs in GNS3." if node_status == "started" else f"It is {node_status} in GNS3."


def _profile(node: EquipmentNode, stored: StoredDevice | None) -> DeviceProfile:
    problems = dict.fromkeys(("vlans", "components", "neighbors", "lldp", "cdp"), _NOT_ASKED)
    addresses = tuple(_addresses(node))
    if not node.addresses_known or (node.status != "started" and not addresses):
        problems["addresses"] = "It could not be asked."
    said = SnmpProfile(
        System(description="", object_id="", uptime_seconds=None, contact="", name=node.system_name, location=""),
        interfaces=tuple(_interfaces(node, _known_macs(stored))),
        addresses=addresses,
        problems=problems,
    )
    identification = replace(kind_of(node.type), serial=node.serial)
    return DeviceProfile(_NOWHERE, None, identification, said)


def _known_macs(stored: StoredDevice | None) -> Mapping[str, str]:
    rows = stored.rows[INTERFACES.name] if stored else []
    return {row.values[1]: row.values[_MAC] for row in rows if row.present}


def _interfaces(node: EquipmentNode, known_macs: Mapping[str, str]) -> Iterator[Interface]:
    """A MAC that is not told this time (a node that is off has no console to ask) stays known."""
    for index, port in enumerate(node.interfaces, start=1):
        yield Interface(
            index=index,
            name=port.name,
            description=port.name,
            alias="",
            type=_ETHERNET,
            mtu=None,
            speed_bps=None,
            mac=port.mac or known_macs.get(port.name) or None,
            admin_status="up",
            oper_status="up" if port.connected and node.status == "started" else "down",
        )


def _addresses(node: EquipmentNode) -> Iterator[InterfaceAddress]:
    told: set[str] = set()
    ports = [(index, port.addresses) for index, port in enumerate(node.interfaces, start=1)]
    for index, texts in [*ports, (0, node.addresses)]:
        for text in texts:
            interface = ip_interface(text)
            address = str(interface.ip)
            if index or address not in told:
                yield InterfaceAddress(index, address, interface.network.prefixlen if "/" in text else None)
            told.add(address)
