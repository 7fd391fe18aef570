"""The inventory as capabilities: devices, one device, the topology. Reads the database and nothing else."""

from __future__ import annotations

from dataclasses import asdict

from common.domain.modules import Call, CapabilityFailed
from nms.network_management import facade
from nms.network_management.capabilities.contracts import (
    DeviceInput,
    DeviceItem,
    DeviceOutput,
    InterfaceItem,
    LinkItem,
    ListInput,
    ListOutput,
    Nothing,
    TopologyOutput,
)


def list_devices(asked: ListInput, call: Call) -> ListOutput:
    wanted = {name: value for name, value in asked.model_dump(exclude={"ids", "limit"}).items() if value is not None}
    ids = None if asked.ids is None else set(asked.ids)
    found = [
        device
        for device in facade.list_devices()
        if (ids is None or device.id in ids)
        and all(str(getattr(device, name)).casefold() == value.casefold() for name, value in wanted.items())
    ]
    return ListOutput(total=len(found), devices=[device_item(device) for device in found[: asked.limit]])


def get_device(asked: DeviceInput, call: Call) -> DeviceOutput:
    found = facade.get_device(asked.device_id)
    if found is None:
        raise CapabilityFailed(f"There is no device {asked.device_id}.", code="unknown_device", retryable=False)
    return DeviceOutput(
        device=device_item(found.summary),
        version=found.version,
        serial=found.serial,
        description=found.description,
        location=found.location,
        site=found.site,
        interfaces=[_interface_item(interface) for interface in found.interfaces],
        addresses=list(found.addresses),
        links=[_link_item(link) for link in found.links],
    )


def topology(asked: Nothing, call: Call) -> TopologyOutput:
    return TopologyOutput(
        devices=[device_item(device) for device in facade.list_devices()],
        links=[_link_item(link) for link in facade.list_links()],
    )


def device_item(device: facade.DeviceSummary) -> DeviceItem:
    return DeviceItem(**{name: getattr(device, name) for name in DeviceItem.model_fields})


def _interface_item(interface: facade.InterfaceSummary) -> InterfaceItem:
    values = {name: getattr(interface, name) for name in InterfaceItem.model_fields}
    return InterfaceItem(**values | {"addresses": list(interface.addresses)})


def _link_item(link: facade.LinkSummary) -> LinkItem:
    return LinkItem(**asdict(link) | {"protocols": list(link.protocols)})
