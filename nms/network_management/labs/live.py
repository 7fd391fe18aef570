"""The part of the network that a lab is made of, or compared with: devices with their addresses, links between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from nms.network_management.capabilities.lab_contracts import Selection
from nms.network_management.inventory.identity import own_addresses
from nms.network_management.models import Device, Endpoint, Gns3Node, IPAddress, Link


@dataclass(frozen=True, slots=True)
class LiveDevice:
    id: int
    name: str
    role: str
    status: str
    node: tuple[str, str, str] | None = None  # the node of GNS3 that it is: server, project, node
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LiveEnd:
    device_id: int
    port: str


@dataclass(frozen=True, slots=True)
class LiveLink:
    id: int
    a: LiveEnd
    b: LiveEnd
    status: str


def select_devices(selection: Selection) -> list[LiveDevice]:
    """Devices in use, by id."""
    devices = Device.objects.filter(replaced_by__isnull=True)
    if selection.device_ids is not None:
        devices = devices.filter(pk__in=selection.device_ids)
    if selection.site is not None:
        devices = devices.filter(site=selection.site)
    if selection.role is not None:
        devices = devices.filter(role__iexact=selection.role)
    if selection.vendor is not None:
        devices = devices.filter(vendor__iexact=selection.vendor)
    if selection.source is not None:
        devices = devices.filter(source=selection.source)
    if selection.tag is not None:
        wanted = [pk for pk, tags in devices.values_list("pk", "tags") if selection.tag in tags]
        devices = devices.filter(pk__in=wanted)
    return load_devices(devices)


def load_devices(devices: QuerySet[Device]) -> list[LiveDevice]:
    rows = list(devices.order_by("id").values_list("id", "name", "role", "status"))
    ids = [row[0] for row in rows]
    nodes = {
        row.device_id: (row.server, row.project_id, row.node_id)
        for row in Gns3Node.objects.filter(device_id__in=ids, last_seen__isnull=True)
    }
    addresses: dict[int, set[str]] = defaultdict(set)
    own = IPAddress.objects.filter(device_id__in=ids, last_seen__isnull=True).values_list("device_id", "address")
    for device_id, address in (*own, *Endpoint.objects.filter(device_id__in=ids).values_list("device_id", "address")):
        addresses[device_id].add(address)
    return [LiveDevice(*row, nodes.get(row[0]), own_addresses(addresses[row[0]])) for row in rows]


def links_between(device_ids: Collection[int]) -> list[LiveLink]:
    """Standing links of which both ends are among `device_ids`, by id."""
    rows = Link.objects.filter(Q(a_device_id__in=device_ids), Q(b_device_id__in=device_ids), last_seen__isnull=True)
    named = rows.annotate(a_name=F("a_interface__name"), b_name=F("b_interface__name")).order_by("id")
    return [
        LiveLink(
            row.pk,
            LiveEnd(row.a_device_id, row.a_name or row.a_port),
            LiveEnd(row.b_device_id, row.b_name or row.b_port),
            row.status,
        )
        for row in named
    ]


def names_of(devices: Iterable[LiveDevice]) -> dict[int, str]:
    return {device.id: device.name for device in devices}
