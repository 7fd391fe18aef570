"""Read from the database what links are made of: hearings, and the devices that they may mean.

A hearing counts while its device reports it. A device that does not answer reports nothing, so what it heard
last counts until it has been silent for settings.NMS_LINK_EXPIRY_SECONDS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from nms.network_management.addresses import address_sort_key
from nms.network_management.inventory.identity import own_addresses
from nms.network_management.inventory.stored import portions
from nms.network_management.models import Device, Endpoint, Gns3Node, Interface, IPAddress, Neighbor
from nms.network_management.topology.neighbors import CHASSIS_MAC, CHASSIS_NETWORK_ADDRESS, name_forms, serial_forms
from nms.network_management.topology.values import Hearing, Node, Port


def link_expiry() -> timedelta:
    return timedelta(seconds=settings.NMS_LINK_EXPIRY_SECONDS)


def silent_for_too_long(now: datetime, prefix: str = "") -> Q:
    """Devices whose last words no longer count as evidence."""
    return Q(**{f"{prefix}status": Device.Status.UNREACHABLE}) & (
        Q(**{f"{prefix}last_seen__lt": now - link_expiry()}) | Q(**{f"{prefix}replaced_by__isnull": False})
    )


def current_hearings(now: datetime) -> QuerySet[Neighbor]:
    heard = Neighbor.objects.filter(last_seen__isnull=True)
    # Of a cable in GNS3 its server tells, whether the node answers or not.
    told = ~Q(protocol=Neighbor.Protocol.GNS3) | Q(device__replaced_by__isnull=False)
    return heard.exclude(silent_for_too_long(now, "device__") & told).order_by()


def load_hearings(rows: QuerySet[Neighbor]) -> list[Hearing]:
    values = rows.values_list(
        *("id", "device_id", "interface_id", "protocol", "chassis_id_subtype", "chassis_id", "port_id_subtype"),
        *("port_id", "port_description", "system_name", "management_addresses", "local_port", "own_port"),
    )
    return [_hearing(*row) for row in values]


def _hearing(*values: Any) -> Hearing:
    (*told, addresses, local_port, own_port) = values
    return replace(
        Hearing(*told), management_addresses=tuple(addresses), local_port=local_port, own_port=own_port or ""
    )


def load_nodes(device_ids: Collection[int]) -> list[Node]:
    """Return devices with their present ports and addresses, without addresses that every box has."""
    ports: dict[int, list[Port]] = defaultdict(list)
    addresses: dict[int, dict[str, int | None]] = defaultdict(dict)
    rows: list[tuple[Any, ...]] = []
    gns3: dict[int, Gns3Node] = {}
    for some in portions(device_ids):
        for address, device_id in Endpoint.objects.filter(device_id__in=some).values_list("address", "device_id"):
            addresses[device_id][address] = None
        present = {"device_id__in": some, "last_seen__isnull": True}
        for device_id, address, interface_id in IPAddress.objects.filter(**present).values_list(
            "device_id", "address", "interface_id"
        ):
            addresses[device_id][address] = interface_id
        for device_id, *values in (
            Interface.objects.filter(**present)
            .order_by()
            .values_list(
                *("device_id", "id", "if_index", "name", "description", "alias", "mac"),
                *("lldp_port_id_subtype", "lldp_port_id"),
            )
        ):
            ports[device_id].append(Port(*values))
        gns3 |= {row.device_id: row for row in Gns3Node.objects.filter(**present).order_by()}
        rows += Device.objects.filter(pk__in=some).values_list(
            "id", "sys_name", "chassis_id_subtype", "chassis_id", "serial"
        )
    return [_node(row, addresses[row[0]], ports[row[0]], gns3.get(row[0])) for row in rows]


def _node(row: tuple[Any, ...], addresses: dict[str, int | None], ports: Iterable[Port], gns3: Gns3Node | None) -> Node:
    own = {address: addresses[address] for address in own_addresses(addresses)}
    node = replace(Node(*row), addresses=own, ports=tuple(ports))
    return replace(node, gns3=gns3.reference, gns3_ports=gns3.ports) if gns3 else node


def find_meant(hearings: Collection[Hearing]) -> set[int]:
    """Return the devices that `hearings` may mean, not yet judged; see topology/neighbors.py."""
    chassis = {heard.chassis_id for heard in hearings if heard.chassis_id}
    macs = {heard.chassis_id.lower() for heard in hearings if heard.chassis_subtype in {CHASSIS_MAC, None}}
    addresses = own_addresses(address for heard in hearings for address in heard.management_addresses)
    addresses |= {heard.chassis_id for heard in hearings if heard.chassis_subtype == CHASSIS_NETWORK_ADDRESS}
    cdp = [heard.chassis_id for heard in hearings if heard.protocol == "cdp"]
    names = {form for device_id in cdp for form in {device_id, device_id.partition(".")[0], *name_forms(device_id)}}
    serials = {form for device_id in cdp for serial in serial_forms(device_id) for form in {serial, serial.upper()}}
    nodes = {heard.chassis_id.rpartition("/")[2] for heard in hearings if heard.protocol == "gns3"}
    found: set[int] = set()
    found |= _ids(Gns3Node.objects.filter(last_seen__isnull=True), "node_id", nodes)
    found |= _ids(Device.objects.all(), "chassis_id", chassis, "pk")
    found |= _ids(Interface.objects.filter(last_seen__isnull=True), "mac", macs)
    found |= _ids(IPAddress.objects.filter(last_seen__isnull=True), "sort_key", _sort_keys(addresses))
    found |= _ids(Endpoint.objects.all(), "address", addresses)
    found |= _ids(Device.objects.all(), "sys_name", names, "pk")
    found |= _ids(Device.objects.all(), "serial", serials, "pk")
    replaced = Device.objects.filter(replaced_by__isnull=False).values_list("pk", flat=True)
    return found - set(replaced)


def _sort_keys(addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        with suppress(ValueError):  # a neighbour may announce anything
            yield address_sort_key(address)


def _ids(rows: QuerySet[Any], column: str, values: Iterable[str], wanted: str = "device_id") -> set[int]:
    found: set[int] = set()
    for some in portions(values):
        found.update(rows.filter(**{f"{column}__in": some}).order_by().values_list(wanted, flat=True))
    return found
