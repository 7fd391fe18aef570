"""CISCO-CDP-MIB: Cisco devices hear each other over CDP as well."""

from __future__ import annotations

import ipaddress

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.view import DeviceView, NeighborView, describe

_CACHE_ENTRY = parse_oid("1.3.6.1.4.1.9.9.23.1.2.1.1")
_GLOBAL = parse_oid("1.3.6.1.4.1.9.9.23.1.3")
_IP = 1
_ROUTER, _SWITCH = 0x01, 0x08


def objects(view: DeviceView) -> dict[Oid, Value]:
    if view.device.platform.family != "ios":
        return {}
    served: dict[Oid, Value] = {(*_GLOBAL, 1, 0): ber.integer(1), (*_GLOBAL, 4, 0): ber.octets(view.name)}
    for neighbor in view.neighbors:
        if neighbor.device.platform.family == "ios":
            served |= _cache_row(neighbor)
    return served


def _cache_row(neighbor: NeighborView) -> dict[Oid, Value]:
    device = neighbor.device
    capabilities = _ROUTER if device.role == "router" else _ROUTER | _SWITCH
    row: dict[int, Value] = {
        3: ber.integer(_IP),
        4: ber.octets(ipaddress.IPv4Address(device.address).packed),
        5: ber.octets(describe(device, neighbor.system_name)),
        6: ber.octets(neighbor.system_name),
        7: ber.octets(neighbor.remote.port.description),
        8: ber.octets(f"cisco {device.platform.model}"),
        9: ber.octets(capabilities.to_bytes(4, "big")),
    }
    index = (neighbor.local.port.index, neighbor.local.port.index)
    return table_row(_CACHE_ENTRY, index, row)
