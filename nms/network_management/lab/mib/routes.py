"""IP-FORWARD-MIB: ipCidrRouteTable (RFC 2096) and inetCidrRouteTable (RFC 4292).

Connected networks of interfaces that are up, one default route, and routes learnt over OSPF where the device routes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.view import DeviceView

_CIDR_ROUTE_NUMBER = parse_oid("1.3.6.1.2.1.4.24.3.0")
_CIDR_ENTRY = parse_oid("1.3.6.1.2.1.4.24.4.1")
_INET_ROUTE_NUMBER = parse_oid("1.3.6.1.2.1.4.24.6.0")
_INET_ENTRY = parse_oid("1.3.6.1.2.1.4.24.7.1")
_LOCAL, _REMOTE = 3, 4  # ipCidrRouteType
_PROTO_LOCAL, _PROTO_NETMGMT, _PROTO_OSPF = 2, 3, 13  # IANAipRouteProtocol
_ANY = "0.0.0.0"  # noqa: S104 - the next hop of a connected route, nothing is bound
_OSPF_ROUTES = 12


@dataclass(frozen=True, slots=True)
class _Route:
    network: ipaddress.IPv4Network
    next_hop: str
    if_index: int
    protocol: int


def objects(view: DeviceView) -> dict[Oid, Value]:
    served: dict[Oid, Value] = {}
    routes = list(_routes(view))
    for route in routes:
        served |= _cidr_row(route) | _inet_row(route)
    served[_CIDR_ROUTE_NUMBER] = served[_INET_ROUTE_NUMBER] = ber.gauge32(len(routes))
    return served


def _routes(view: DeviceView) -> Iterator[_Route]:
    up = {interface.index for interface in view.interfaces if interface.oper_up}
    for interface in view.device.interfaces:
        if interface.port.index in up:
            for address, length in interface.addresses:
                network = ipaddress.IPv4Interface(f"{address}/{length}").network
                yield _Route(network, _ANY, interface.port.index, _PROTO_LOCAL)
    gateway = _first_gateway(view)
    if gateway is None:
        return
    next_hop, if_index = gateway
    protocol = _PROTO_OSPF if view.forwards else _PROTO_NETMGMT
    yield _Route(ipaddress.IPv4Network("0.0.0.0/0"), next_hop, if_index, protocol)
    if view.forwards:
        for number in range(_OSPF_ROUTES):
            yield _Route(ipaddress.IPv4Network(f"10.200.{number}.0/24"), next_hop, if_index, _PROTO_OSPF)


def _first_gateway(view: DeviceView) -> tuple[str, int] | None:
    """(address, ifIndex): the first neighbour on a /31, or the gateway of a server's VLAN."""
    for neighbor in view.neighbors:
        for address, length in neighbor.local.addresses:
            if length == 31 and neighbor.remote.addresses:
                return neighbor.remote.addresses[0][0], neighbor.local.port.index
            if length == 24:
                network = ipaddress.IPv4Interface(f"{address}/{length}").network
                return str(network.network_address + 2), neighbor.local.port.index
    return None


def _cidr_row(route: _Route) -> dict[Oid, Value]:
    index = (*route.network.network_address.packed, *route.network.netmask.packed, 0)
    index = (*index, *ipaddress.IPv4Address(route.next_hop).packed)
    row: dict[int, Value] = {
        1: ber.ip_address(str(route.network.network_address)),
        2: ber.ip_address(str(route.network.netmask)),
        3: ber.integer(0),
        4: ber.ip_address(route.next_hop),
        5: ber.integer(route.if_index),
        6: ber.integer(_type(route)),
        7: ber.integer(route.protocol),
        8: ber.integer(0),
        9: ber.object_identifier((0, 0)),
        10: ber.integer(0),
        11: ber.integer(1),
        16: ber.integer(1),
    }
    return table_row(_CIDR_ENTRY, index, row)


def _inet_row(route: _Route) -> dict[Oid, Value]:
    destination = (1, 4, *route.network.network_address.packed, route.network.prefixlen)
    policy = (2, 0, 0)  # zeroDotZero, with its length
    index = (*destination, *policy, 1, 4, *ipaddress.IPv4Address(route.next_hop).packed)
    row: dict[int, Value] = {
        7: ber.integer(route.if_index),
        8: ber.integer(_type(route)),
        9: ber.integer(route.protocol),
        10: ber.gauge32(0),
        11: ber.gauge32(0),
        12: ber.integer(1),
        17: ber.integer(1),
    }
    return table_row(_INET_ENTRY, index, row)


def _type(route: _Route) -> int:
    return _LOCAL if route.protocol == _PROTO_LOCAL else _REMOTE
