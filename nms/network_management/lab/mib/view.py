"""A lab device as it is at this moment: what the builders of this folder read."""

from __future__ import annotations

from dataclasses import dataclass

from api_clients.network.snmp.simulator.engine import Engine
from api_clients.network.snmp.simulator.standard.interfaces import SimulatedInterface
from nms.network_management.lab.topology import LabDevice, LabInterface


@dataclass(frozen=True, slots=True)
class NeighborView:
    """What hangs on the other end of a cable whose both ends are up."""

    local: LabInterface
    device: LabDevice
    remote: LabInterface
    system_name: str


@dataclass(frozen=True, slots=True)
class DeviceView:
    device: LabDevice
    engine: Engine
    name: str
    contact: str
    location: str
    booted: float  # a reading of time.monotonic()
    interfaces: tuple[SimulatedInterface, ...]
    neighbors: tuple[NeighborView, ...]

    @property
    def description(self) -> str:
        return describe(self.device, self.name)

    @property
    def bridges(self) -> bool:
        return self.device.role in ("core", "distribution", "access")

    @property
    def forwards(self) -> bool:
        return self.device.role in ("router", "core", "distribution")


def describe(device: LabDevice, name: str) -> str:
    """sysDescr."""
    return device.platform.description.replace("{name}", name)
