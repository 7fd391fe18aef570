"""What the discovery of equipment finds in GNS3 projects. Where nodes start, stop or go is told by gns3.py."""

from __future__ import annotations

from typing import Literal

from common.domain.events import Event

SOURCE = "gns3"  # so that whoever listens to GNS3 hears of it


class _EquipmentEvent(Event):
    server: str
    project_id: str
    project: str  # its name
    node_id: str
    name: str
    node_type: str
    ip_addresses: tuple[str, ...]
    outcome: Literal["succeeded", "partial", "failed"]

    def subject(self) -> str:
        return f"gns3:{self.project_id}/{self.node_id}"


class EquipmentDiscovered(_EquipmentEvent):
    """A node was profiled for the first time."""

    type = "equipment.discovered"


class EquipmentChanged(_EquipmentEvent):
    """A node was profiled again and is otherwise than it was.

    `changed` names the parts: name, type, ip_addresses, interfaces, snmp, configuration, console, links. What varies by
    itself (status, uptime, load, counters, times of pings) is no change.
    """

    type = "equipment.changed"
    changed: tuple[str, ...]
