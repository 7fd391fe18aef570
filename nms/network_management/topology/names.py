"""Names and states of what stands at the ends of links, read once for many links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from nms.network_management.events import LinkEnd
from nms.network_management.models import Device, Interface, Link
from nms.network_management.topology.values import End, FoundLink

_DOWN = frozenset({"down", "lowerLayerDown", "notPresent"})


@dataclass(frozen=True, slots=True)
class _Device:
    id: int
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class _Interface:
    id: int
    if_index: int
    name: str
    admin_status: str
    oper_status: str
    last_seen: datetime | None

    @property
    def down(self) -> bool:
        return self.admin_status == "down" or self.oper_status in _DOWN or self.last_seen is not None


class Names:
    """Of the devices and interfaces at the ends of `found` and `standing` links."""

    def __init__(self, found: Iterable[FoundLink], standing: Iterable[Link]) -> None:
        devices: set[int] = set()
        interfaces: set[int] = set()
        for link in found:
            devices |= {link.a.device_id, link.b.device_id}
            interfaces |= {link.a.interface_id, link.b.interface_id}
        for row in standing:
            devices |= {row.a_device_id, row.b_device_id}
            interfaces |= {row.a_interface_id or 0, row.b_interface_id or 0}
        device_rows = Device.objects.filter(pk__in=devices).order_by()
        self._devices = {row[0]: _Device(*row) for row in device_rows.values_list("id", "name", "status")}
        interface_rows = Interface.objects.filter(pk__in=interfaces - {0}).order_by()
        self._interfaces = {
            row[0]: _Interface(*row)
            for row in interface_rows.values_list("id", "if_index", "name", "admin_status", "oper_status", "last_seen")
        }

    def port(self, interface_id: int | None, announced: str) -> str:
        """Return the interface's name, or what was announced where it is unknown."""
        interface = self._interfaces.get(interface_id or 0)
        return (interface.name or str(interface.if_index)) if interface else announced

    def status(self, ends: Iterable[End]) -> str:
        """Down when an end is, unknown when an end cannot be asked, else up."""
        ends = list(ends)
        interfaces = [self._interfaces[end.interface_id] for end in ends if end.interface_id in self._interfaces]
        if any(interface.down for interface in interfaces):
            return Link.Status.DOWN
        answering = all(self.status_of(end.device_id) == Device.Status.REACHABLE for end in ends)
        return Link.Status.UP if answering else Link.Status.UNKNOWN

    def status_of(self, device_id: int) -> str:
        device = self._devices.get(device_id)
        return device.status if device else Device.Status.UNKNOWN

    def device(self, device_id: int) -> str:
        device = self._devices.get(device_id)
        return device.name if device else ""

    def ends(self, row: Link) -> dict[str, LinkEnd]:
        """Return both ends as events carry them, under "a" and "b"."""
        return {
            "a": self._end(row.a_device_id, row.a_interface_id, row.a_port),
            "b": self._end(row.b_device_id, row.b_interface_id, row.b_port),
        }

    def _end(self, device_id: int, interface_id: int | None, port: str) -> LinkEnd:
        return LinkEnd(
            device_id=device_id,
            device_name=self.device(device_id),
            interface_id=interface_id,
            interface_name=self.port(interface_id, port),
        )
