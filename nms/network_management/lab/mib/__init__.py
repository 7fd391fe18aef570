"""What a lab device's agent serves: one file for each MIB, a list of them here.

Each builder takes the device as it is now (DeviceView) and returns encoded objects by OID.
"""

from __future__ import annotations

from collections.abc import Callable

from api_clients.network.snmp.simulator.mib import Value
from api_clients.network.snmp.wire.ber import Oid
from nms.network_management.lab.mib import (
    addresses,
    cdp,
    entity,
    host_resources,
    lldp,
    neighbours,
    routes,
    system,
    vendors,
    vlans,
)
from nms.network_management.lab.mib.view import DeviceView, NeighborView

BUILDERS: tuple[Callable[[DeviceView], dict[Oid, Value]], ...] = (
    system.objects,
    addresses.objects,
    neighbours.objects,
    routes.objects,
    vlans.objects,
    entity.objects,
    host_resources.objects,
    vendors.objects,
    lldp.objects,
    cdp.objects,
)


def device_objects(view: DeviceView) -> dict[Oid, Value]:
    """Everything the device serves."""
    served: dict[Oid, Value] = {}
    for build in BUILDERS:
        served |= build(view)
    return served


__all__ = ["BUILDERS", "DeviceView", "NeighborView", "device_objects"]
