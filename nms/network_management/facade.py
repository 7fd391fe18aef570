"""What other modules may ask the inventory: frozen values, a constant number of queries, no rows of the ORM."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from nms.network_management.models import Device, Interface, IPAddress, Link
from nms.network_management.models.facts import PRESENT


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    id: int
    name: str
    address: str | None
    source: str  # who found it: snmp, gns3
    status: str  # reachable, unreachable, unknown
    role: str
    vendor: str
    os: str
    model: str
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class LinkSummary:
    id: int
    a_device_id: int
    a_device: str
    a_port: str
    b_device_id: int
    b_device: str
    b_port: str
    status: str  # up, down, unknown
    protocols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InterfaceSummary:
    id: int
    index: int
    name: str
    description: str
    alias: str
    speed_bps: int | None
    mac: str
    admin_status: str
    oper_status: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """One device with its present facts; `addresses` are those that belong to no interface."""

    summary: DeviceSummary
    version: str
    serial: str
    description: str
    contact: str
    location: str
    site: str
    boot_time: datetime | None
    first_seen: datetime
    last_profiled_at: datetime | None
    interfaces: tuple[InterfaceSummary, ...]
    addresses: tuple[str, ...]
    links: tuple[LinkSummary, ...]


def list_devices() -> list[DeviceSummary]:
    """Return every device in use, by name; one that another has replaced is left out."""
    rows = Device.objects.filter(replaced_by__isnull=True).order_by("name", "id")
    return [_summary(row) for row in rows.only(*_SUMMARY_FIELDS)]


def list_links() -> list[LinkSummary]:
    """Return every link that something vouches for."""
    return _links(Q())


def get_device(device_id: int) -> DeviceDetail | None:
    row = Device.objects.filter(pk=device_id).first()
    if row is None:
        return None
    addresses = _addresses(device_id)
    return DeviceDetail(
        summary=_summary(row),
        version=row.version,
        serial=row.serial,
        description=row.description,
        contact=row.contact,
        location=row.location,
        site=row.site,
        boot_time=row.boot_time,
        first_seen=row.first_seen,
        last_profiled_at=row.last_profiled_at,
        interfaces=tuple(
            _interface(interface, addresses[interface.pk])
            for interface in Interface.objects.filter(PRESENT, device_id=device_id).order_by("if_index")
        ),
        addresses=tuple(addresses[None]),
        links=tuple(_links(Q(a_device_id=device_id) | Q(b_device_id=device_id))),
    )


_SUMMARY_FIELDS = ("id", "name", "source", "management_address", "status", "role", "vendor", "os", "model", "last_seen")


def _summary(row: Device) -> DeviceSummary:
    return DeviceSummary(
        id=row.pk,
        name=row.name,
        address=row.management_address,
        source=row.source,
        status=row.status,
        role=row.role,
        vendor=row.vendor,
        os=row.os,
        model=row.model,
        last_seen=row.last_seen,
    )


def _interface(row: Interface, addresses: Iterable[str]) -> InterfaceSummary:
    return InterfaceSummary(
        id=row.pk,
        index=row.if_index,
        name=row.name,
        description=row.description,
        alias=row.alias,
        speed_bps=row.speed_bps,
        mac=row.mac,
        admin_status=row.admin_status,
        oper_status=row.oper_status,
        addresses=tuple(addresses),
    )


def _addresses(device_id: int) -> dict[int | None, list[str]]:
    found: dict[int | None, list[str]] = defaultdict(list)
    for row in IPAddress.objects.filter(PRESENT, device_id=device_id):
        found[row.interface_id].append(str(row))
    return found


def _links(which: Q) -> list[LinkSummary]:
    rows = (
        Link.objects.filter(which, PRESENT)
        .annotate(
            a_name=F("a_device__name"),
            b_name=F("b_device__name"),
            a_interface_name=F("a_interface__name"),
            b_interface_name=F("b_interface__name"),
        )
        .order_by("id")
    )
    return [
        LinkSummary(
            id=row.pk,
            a_device_id=row.a_device_id,
            a_device=row.a_name,
            a_port=row.a_interface_name or row.a_port,
            b_device_id=row.b_device_id,
            b_device=row.b_name,
            b_port=row.b_interface_name or row.b_port,
            status=row.status,
            protocols=tuple(row.protocols),
        )
        for row in rows
    ]
