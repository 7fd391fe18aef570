"""The facts that this module tells everyone. Each carries ids for programs and names for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from common.domain.events import Event, Priority

SOURCE = "network_management"


class Change(BaseModel):
    """One field's old and new value: `serial`, or `interface Gi0/1 alias`, or `interfaces` with the names that
    disappeared (old) and appeared (new)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    old: Any
    new: Any


class InterfaceState(BaseModel):
    """An interface as it was read; the name is ifIndex where it has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    interface_id: int
    interface_name: str
    if_index: int
    admin_status: str
    oper_status: str


class InterfaceGone(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    interface_id: int
    interface_name: str


class LinkEnd(BaseModel):
    """One end of a link; the interface is None where the announced port matches none of the device's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device_id: int
    device_name: str
    interface_id: int | None
    interface_name: str


class _DeviceEvent(Event):
    device_id: int
    device_name: str

    def subject(self) -> str:
        return f"device:{self.device_id}"


class DeviceDiscovered(_DeviceEvent):
    """A device was seen for the first time."""

    type = "device.discovered"
    address: str
    port: int
    vendor: str
    os: str
    model: str
    os_version: str
    serial: str
    role: str
    sys_name: str
    sys_object_id: str
    description: str
    contact: str
    location: str
    engine_id: str
    chassis_id: str
    boot_time: datetime | None
    interfaces: int
    source: str = "snmp"  # who found it: snmp, or gns3
    status: str = "reachable"
    gns3: str | None = None  # the node it is, as gns3://server/project/node


class DeviceChanged(_DeviceEvent):
    """Facts of a device are not what they were: its description, interfaces, components, addresses...

    A change of the device itself names the field as REST does (`management_address`, `management_port`, `replaced_by`
    with the id for the relations); so do the fields that people write: `site`, `tags`, `notes`. `gns3` is the node
    of a GNS3 project that it is, as gns3://server/project/node.
    """

    type = "device.changed"
    changes: list[Change]


class DeviceDeleted(_DeviceEvent):
    """Somebody deleted a device with all its facts; its links are gone as well."""

    type = "device.deleted"


class DeviceStatusChanged(_DeviceEvent):
    """A device stopped answering, or answers again."""

    type = "device.status_changed"
    address: str | None
    old: str
    new: str
    reason: str

    def effective_priority(self) -> Priority:
        return "high" if self.new == "unreachable" else "normal"


class InterfaceStatusChanged(_DeviceEvent):
    """An interface went up or down, by operation or by administration."""

    type = "interface.status_changed"
    interface_id: int
    interface_name: str
    old_admin_status: str
    new_admin_status: str
    old_oper_status: str
    new_oper_status: str

    def effective_priority(self) -> Priority:
        failed = self.new_admin_status == "up" and self.new_oper_status != "up" and self.old_oper_status == "up"
        return "high" if failed else "normal"


class InterfaceAppeared(_DeviceEvent):
    """A device has interfaces that were not there, or not any more; many in one event, and several events for many."""

    type = "interface.appeared"
    priority = "low"
    interfaces: list[InterfaceState]


class InterfaceDisappeared(_DeviceEvent):
    """Interfaces of a device are gone."""

    type = "interface.disappeared"
    interfaces: list[InterfaceGone]


class InterfaceRenamed(_DeviceEvent):
    """An interface has another name."""

    type = "interface.renamed"
    priority = "low"
    interface_id: int
    interface_name: str
    old_name: str


class _LinkEvent(Event):
    link_id: int
    a: LinkEnd
    b: LinkEnd
    protocols: list[str]

    def subject(self) -> str:
        return f"link:{self.link_id}"


class LinkDiscovered(_LinkEvent):
    """A link was seen for the first time, or again after it was lost."""

    type = "link.discovered"
    status: str


class LinkChanged(_LinkEvent):
    """A link went up or down, or more is known of it: a far port, another protocol."""

    type = "link.changed"
    old_status: str
    status: str


class LinkLost(_LinkEvent):
    """Nothing vouches for a link any more."""

    type = "link.lost"
    priority = "high"
    reason: str


class LinkRemoved(_LinkEvent):
    """A link went with one of its devices, which somebody deleted from the inventory."""

    type = "link.removed"


def run_subject(run_id: int) -> str:
    """Subject of a discovery run's own events."""
    return f"discovery_run:{run_id}"


class _DiscoveryEvent(Event):
    run_id: int

    def subject(self) -> str:
        return run_subject(self.run_id)


class DiscoveryStarted(_DiscoveryEvent):
    """A discovery run began."""

    type = "discovery.started"
    targets: list[str]
    addresses_total: int
    requested_by: str


class DiscoveryProgress(_DiscoveryEvent):
    """How far a discovery run is."""

    type = "discovery.progress"
    priority = "low"
    addresses_total: int
    addresses_done: int
    alive: int
    profiled: int
    devices_new: int
    devices_changed: int
    devices_unchanged: int
    problems: int


class DiscoveryFinished(_DiscoveryEvent):
    """A discovery run ended: succeeded, failed or cancelled."""

    type = "discovery.finished"
    state: str
    addresses_total: int
    addresses_done: int
    alive: int
    profiled: int
    devices_new: int
    devices_changed: int
    devices_unchanged: int
    problems: int
    error: str = ""
