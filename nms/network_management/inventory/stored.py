"""Read from the database what reconciling compares with, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import QuerySet

from api_clients.network.snmp.values import SnmpTarget
from nms.network_management.inventory.diff import StoredRow
from nms.network_management.inventory.facts import ADDRESSES, COMPONENTS, INTERFACES, NEIGHBORS, TABLES, FactTable
from nms.network_management.inventory.identity import Identity, distinct_macs, member_serials, own_addresses
from nms.network_management.models import Device, DeviceIdentifier, Endpoint, Interface, Neighbor

T = TypeVar("T")
_PARAMETERS = 10_000  # in one query; SQLite takes 32,766 and more
_MAC = INTERFACES.columns.index("mac")
_CLASS, _SERIAL = COMPONENTS.columns.index("class_name"), COMPONENTS.columns.index("serial")


@dataclass(frozen=True, slots=True)
class KnownEndpoint:
    """An endpoint with what of its device tells that nothing changed."""

    id: int
    device_id: int
    answering: bool
    fingerprint: str
    resources: dict[str, Any]
    boot_time: datetime | None
    status: str
    missed_polls: int


@dataclass(slots=True)
class StoredDevice:
    """A device with all its rows, present and gone."""

    device: Device
    identifiers: dict[str, str] = field(default_factory=dict)  # kind -> value
    endpoints: dict[SnmpTarget, bool] = field(default_factory=dict)  # -> answering
    rows: dict[str, list[StoredRow]] = field(default_factory=lambda: defaultdict(list))  # by table

    def identity(self) -> Identity:
        interfaces = (row.values for row in self.rows[INTERFACES.name] if row.present)
        addresses = (row.values for row in self.rows[ADDRESSES.name] if row.present)
        components = (row.values for row in self.rows[COMPONENTS.name] if row.present)
        return Identity(
            serial=self.identifiers.get(DeviceIdentifier.Kind.SERIAL, ""),
            members=member_serials(self.device.vendor, ((row[_CLASS], row[_SERIAL]) for row in components)),
            chassis=self.identifiers.get(DeviceIdentifier.Kind.CHASSIS, ""),
            engine_id=self.identifiers.get(DeviceIdentifier.Kind.ENGINE_ID, ""),
            macs=distinct_macs(row[_MAC] for row in interfaces),
            object_id=self.device.sys_object_id,
            description=self.device.description,
            name=self.device.sys_name,
            addresses=own_addresses(row[0] for row in addresses),
        )


def load_endpoints(targets: Collection[SnmpTarget]) -> dict[SnmpTarget, KnownEndpoint]:
    found = {}
    for some in portions({target.address for target in targets}):
        rows = Endpoint.objects.filter(address__in=some).values_list(
            *("address", "port", "id", "device_id", "answering"),
            *("device__fingerprint", "device__resources", "device__boot_time", "device__status"),
            "device__missed_polls",
        )
        for address, port, *rest in rows:
            found[SnmpTarget(address, port)] = KnownEndpoint(*rest)
    return {target: endpoint for target, endpoint in found.items() if target in targets}


def find_carriers(identities: Iterable[Identity]) -> set[int]:
    """Return the devices that carry any identifier of `identities`."""
    kinds: dict[str, set[str]] = defaultdict(set)
    macs: set[str] = set()
    for identity in identities:
        kinds[DeviceIdentifier.Kind.SERIAL].add(identity.serial)
        kinds[DeviceIdentifier.Kind.CHASSIS].add(identity.chassis)
        kinds[DeviceIdentifier.Kind.ENGINE_ID].add(identity.engine_id)
        macs |= identity.macs
    carriers: set[int] = set()
    for kind, values in kinds.items():
        for some in portions(values - {""}):
            rows = DeviceIdentifier.objects.filter(kind=kind, value__in=some)
            carriers.update(rows.values_list("device_id", flat=True))
    for some in portions(macs):
        present = Interface.objects.filter(mac__in=some, last_seen__isnull=True)
        carriers.update(present.order_by().values_list("device_id", flat=True).distinct())
    return carriers


def load_devices(ids: Collection[int]) -> dict[int, StoredDevice]:
    """Read devices with all their rows."""
    found: dict[int, StoredDevice] = {}
    for some in portions(ids):
        found.update((device.pk, StoredDevice(device)) for device in Device.objects.filter(pk__in=some).order_by())
        for row in DeviceIdentifier.objects.filter(device_id__in=some).order_by():
            found[row.device_id].identifiers[row.kind] = row.value
        for endpoint in Endpoint.objects.filter(device_id__in=some).order_by():
            found[endpoint.device_id].endpoints[SnmpTarget(endpoint.address, endpoint.port)] = endpoint.answering
        for table in TABLES:
            _load_rows(found, table, some)
    return found


def _load_rows(found: dict[int, StoredDevice], table: FactTable, ids: Sequence[int]) -> None:
    """Rows refer to interfaces by if_index here, so that they compare with what a device says."""
    foreign = table is not INTERFACES
    columns = ["interface__if_index" if foreign and name == "if_index" else name for name in table.columns]
    width = len(columns)
    # The cables of GNS3 stand among the neighbours and are no business of what an agent says.
    kept_apart = {"protocol": Neighbor.Protocol.GNS3} if table is NEIGHBORS else {"pk": None}
    rows: QuerySet[Any, tuple[Any, ...]] = (
        table.model._default_manager.filter(device_id__in=ids)
        .exclude(**kept_apart)
        .order_by()
        .values_list("device_id", "id", "first_seen", "last_seen", *columns, *table.kept)
    )
    for device_id, row_id, first_seen, last_seen, *values in rows.iterator(chunk_size=5000):
        row = StoredRow(row_id, tuple(values[:width]), first_seen, last_seen, tuple(values[width:]))
        found[device_id].rows[table.name].append(row)


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """Part `values` into what one query takes."""
    iterator = iter(values)
    while portion := list(islice(iterator, _PARAMETERS)):
        yield portion
