"""SNMPv2-MIB system group, IF-MIB and SNMP-FRAMEWORK-MIB."""

from __future__ import annotations

from api_clients.network.snmp.simulator.mib import Value
from api_clients.network.snmp.simulator.standard.interfaces import interface_objects
from api_clients.network.snmp.simulator.standard.system import engine_objects, system_objects
from api_clients.network.snmp.wire.ber import Oid
from nms.network_management.lab.mib.view import DeviceView

_MAX_MESSAGE_BYTES = 1472


def objects(view: DeviceView) -> dict[Oid, Value]:
    platform = view.device.platform
    system = system_objects(
        description=view.description,
        object_id=platform.object_id,
        contact=view.contact,
        name=view.name,
        location=view.location,
        services=platform.services,
        booted=view.booted,
    )
    return system | interface_objects(view.interfaces) | engine_objects(view.engine, _MAX_MESSAGE_BYTES)
