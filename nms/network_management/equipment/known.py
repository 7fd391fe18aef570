"""Read what equipment is compared with: the nodes of a project, and the devices of SNMP that they might be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from django.db.models import Q
from django.db.models.functions import Lower

from nms.network_management.addresses import address_sort_key
from nms.network_management.capabilities.contracts import EquipmentNode
from nms.network_management.equipment.matching import Box, box
from nms.network_management.inventory.facts import ADDRESSES, INTERFACES
from nms.network_management.inventory.stored import StoredDevice, load_devices, portions
from nms.network_management.models import Device, Endpoint, Gns3Node, Interface, IPAddress

_MAC = INTERFACES.columns.index("mac")


def box_of_node(node: EquipmentNode) -> Box:
    on_ports = (address for port in node.interfaces for address in port.addresses)
    return box(
        serial=node.serial,
        macs=[port.mac for port in node.interfaces],
        addresses=[text.partition("/")[0] for text in (*on_ports, *node.addresses)],
        names=[node.system_name, node.name],
    )


def box_of_device(stored: StoredDevice) -> Box:
    return box(
        serial=stored.device.serial,
        macs=[row.values[_MAC] for row in stored.rows[INTERFACES.name] if row.present],
        addresses=[
            *(row.values[0] for row in stored.rows[ADDRESSES.name] if row.present),
            *(target.address for target in stored.endpoints),
        ],
        names=[stored.device.sys_name],
    )


def is_of_gns3_alone(stored: StoredDevice) -> bool:
    """Whether no agent ever spoke for it, so that its facts are what GNS3 says."""
    return stored.device.source == Device.Source.GNS3 and not stored.endpoints


def snmp_candidates(boxes: Collection[Box]) -> dict[int, StoredDevice]:
    """Return the devices in use with an agent that share an identifier or an address with any of `boxes`."""
    ids = set(_sharing(boxes))
    in_use = Device.objects.filter(pk__in=ids, replaced_by__isnull=True).exclude(
        source=Device.Source.GNS3, endpoints__isnull=True
    )
    return load_devices(set(in_use.values_list("pk", flat=True)))


def _sharing(boxes: Collection[Box]) -> Iterator[int]:
    for some in portions({each.serial for each in boxes} - {""}):
        yield from Device.objects.annotate(low=Lower("serial")).filter(low__in=some).values_list("pk", flat=True)
    for some in portions({mac for each in boxes for mac in each.macs}):
        yield from Interface.objects.filter(mac__in=some, last_seen__isnull=True).values_list("device_id", flat=True)
    addresses = {address for each in boxes for address in each.addresses}
    for some in portions(addresses):
        yield from Endpoint.objects.filter(address__in=some).values_list("device_id", flat=True)
        keys = [address_sort_key(address) for address in some]
        own = IPAddress.objects.filter(sort_key__in=keys, last_seen__isnull=True)
        yield from own.values_list("device_id", flat=True)


def taken_devices(device_ids: Iterable[int], *, released: Collection[int]) -> set[int]:
    """Those of `device_ids` that are a node which is there; `released` are rows of nodes that are gone by now."""
    rows = Gns3Node.objects.filter(Q(device_id__in=list(device_ids)), last_seen__isnull=True).exclude(pk__in=released)
    return set(rows.values_list("device_id", flat=True))


def without_agent(device_ids: Iterable[int]) -> set[int]:
    """Those of `device_ids` that nobody but GNS3 knows."""
    alone = Device.objects.filter(pk__in=list(device_ids), source=Device.Source.GNS3, endpoints__isnull=True)
    return set(alone.values_list("pk", flat=True))
