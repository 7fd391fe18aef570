"""IP-MIB: ipAddrTable (RFC 1213) and ipAddressTable (RFC 4293)."""

from __future__ import annotations

import ipaddress

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.view import DeviceView

_IP = parse_oid("1.3.6.1.2.1.4")
_IP_ADDR_ENTRY = (*_IP, 20, 1)
_IP_ADDRESS_ENTRY = (*_IP, 34, 1)
_IP_ADDRESS_PREFIX_ORIGIN = (*_IP, 32, 1, 5)


def objects(view: DeviceView) -> dict[Oid, Value]:
    served: dict[Oid, Value] = {
        (*_IP, 1, 0): ber.integer(1 if view.forwards else 2),
        (*_IP, 2, 0): ber.integer(64),
    }
    for interface in view.device.interfaces:
        for address, length in interface.addresses:
            served |= _rows(interface.port.index, ipaddress.IPv4Interface(f"{address}/{length}"))
    return served


def _rows(if_index: int, address: ipaddress.IPv4Interface) -> dict[Oid, Value]:
    octets = tuple(address.ip.packed)
    prefix = (*_IP_ADDRESS_PREFIX_ORIGIN, if_index, 1, 4, *address.network.network_address.packed)
    old: dict[int, Value] = {
        1: ber.ip_address(str(address.ip)),
        2: ber.integer(if_index),
        3: ber.ip_address(str(address.netmask)),
        4: ber.integer(1),
        5: ber.integer(65535),
    }
    new: dict[int, Value] = {
        3: ber.integer(if_index),
        4: ber.integer(1),  # unicast
        5: ber.object_identifier((*prefix, address.network.prefixlen)),
        6: ber.integer(2),  # manual
        7: ber.integer(1),  # preferred
        8: ber.time_ticks(0),
        9: ber.time_ticks(0),
        10: ber.integer(1),
        11: ber.integer(2),
    }
    return table_row(_IP_ADDR_ENTRY, octets, old) | table_row(_IP_ADDRESS_ENTRY, (1, 4, *octets), new)
