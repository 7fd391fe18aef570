"""ipNetToMediaTable and ipNetToPhysicalTable: the ARP entries towards whoever shares a network on a cable."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.view import DeviceView

_MEDIA_ENTRY = parse_oid("1.3.6.1.2.1.4.22.1")
_PHYSICAL_ENTRY = parse_oid("1.3.6.1.2.1.4.35.1")
_DYNAMIC = 3


def objects(view: DeviceView) -> dict[Oid, Value]:
    served: dict[Oid, Value] = {}
    for if_index, address, mac in _entries(view):
        octets = tuple(ipaddress.IPv4Address(address).packed)
        media: dict[int, Value] = {
            1: ber.integer(if_index),
            2: ber.octets(mac),
            3: ber.ip_address(address),
            4: ber.integer(_DYNAMIC),
        }
        physical: dict[int, Value] = {4: ber.octets(mac), 5: ber.time_ticks(0), 6: ber.integer(_DYNAMIC)}
        served |= table_row(_MEDIA_ENTRY, (if_index, *octets), media)
        served |= table_row(_PHYSICAL_ENTRY, (if_index, 1, 4, *octets), physical)
    return served


def _entries(view: DeviceView) -> Iterator[tuple[int, str, bytes]]:
    """(ifIndex, address, MAC) of each neighbour whose address lies in the network of the cable's own end."""
    for neighbor in view.neighbors:
        networks = [ipaddress.IPv4Interface(f"{ip}/{length}").network for ip, length in neighbor.local.addresses]
        for address, _ in neighbor.remote.addresses:
            if any(ipaddress.IPv4Address(address) in network for network in networks):
                yield neighbor.local.port.index, address, neighbor.remote.mac
