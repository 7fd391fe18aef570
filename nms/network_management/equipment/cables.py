"""The cables of a GNS3 project as evidence: each end hears the other, as if over a protocol of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from nms.network_management.capabilities.contracts import EquipmentInput, EquipmentLinkEnd
from nms.network_management.models import Gns3Node, Neighbor, gns3_reference
from nms.network_management.topology.evidence import load_nodes
from nms.network_management.topology.ports import PortIndex

Key = tuple[int, str, str, str]  # device, own port, the other node's reference, its port


def write_cables(equipment: EquipmentInput, devices: Mapping[str, int], former: Collection[int], now: datetime) -> None:
    """Bring the evidence in line with `equipment.links`; `former` are devices that were nodes of the project.

    A cable to a node that is not recorded yet waits until it is.
    """
    rows = Gns3Node.objects.filter(server=equipment.server, project_id=equipment.project_id, last_seen__isnull=True)
    nodes = {row.node_id: row for row in rows}
    wanted = dict(_wanted(equipment, nodes))
    stored = {_key(row): row for row in _stored(equipment, devices, former)}
    gone = [row.pk for key, row in stored.items() if key not in wanted and row.last_seen is None]
    Neighbor.objects.filter(pk__in=gone).update(last_seen=now)
    changed = [stored[key] for key, values in wanted.items() if key in stored and _update(stored[key], values)]
    Neighbor.objects.bulk_update(
        changed, ["last_seen", "interface", "local_port", "system_name", "platform"], batch_size=200
    )
    Neighbor.objects.bulk_create(
        Neighbor(**values, own_port=key[1], chassis_id=key[2], port_id=key[3], device_id=key[0], first_seen=now)
        for key, values in wanted.items()
        if key not in stored
    )


def _key(row: Neighbor) -> Key:
    return row.device_id, row.own_port or "", row.chassis_id, row.port_id


def _update(row: Neighbor, values: Mapping[str, Any]) -> bool:
    """Give `row` the `values`; say whether any is new. One that was gone is back."""
    differs = any(getattr(row, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    return differs


def _wanted(equipment: EquipmentInput, nodes: Mapping[str, Gns3Node]) -> Iterator[tuple[Key, dict[str, Any]]]:
    cables = [link for link in equipment.links if {link.a.node_id, link.b.node_id} <= nodes.keys()]
    ids = {nodes[end.node_id].device_id for link in cables for end in (link.a, link.b)}
    ports = {node.id: PortIndex(node) for node in load_nodes(ids)}
    for link in cables:
        for near, far in ((link.a, link.b), (link.b, link.a)):
            yield _hearing(equipment, nodes, ports, near, far)


def _hearing(
    equipment: EquipmentInput,
    nodes: Mapping[str, Gns3Node],
    ports: Mapping[int, PortIndex],
    near: EquipmentLinkEnd,
    far: EquipmentLinkEnd,
) -> tuple[Key, dict[str, Any]]:
    device_id, other = nodes[near.node_id].device_id, nodes[far.node_id]
    port = ports[device_id].named_in_gns3(near.port)
    reference = gns3_reference(equipment.server, equipment.project_id, far.node_id)
    values = {
        "protocol": Neighbor.Protocol.GNS3,
        "interface_id": port.id if port else None,
        "local_port": port.if_index if port else 0,
        "system_name": other.name,
        "platform": other.type,
        "last_seen": None,
    }
    return (device_id, near.port, reference, far.port), values


def _stored(equipment: EquipmentInput, devices: Mapping[str, int], former: Collection[int]) -> list[Neighbor]:
    """Evidence that `equipment` decides about: of the nodes given, and of all of the project where it is complete."""
    rows = Neighbor.objects.filter(protocol=Neighbor.Protocol.GNS3)
    of_project = gns3_reference(equipment.server, equipment.project_id, "")
    if equipment.complete:
        return list(rows.filter(Q(chassis_id__startswith=of_project) | Q(device_id__in=former)))
    given = [of_project + node_id for node_id in devices]
    near = Q(device_id__in=devices.values(), chassis_id__startswith=of_project)
    return list(rows.filter(near | Q(chassis_id__in=given) | Q(device_id__in=former)))
