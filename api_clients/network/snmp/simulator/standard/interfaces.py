"""IF-MIB: ifTable and ifXTable (RFC 2863)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.simulator.standard.traffic import Traffic
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid

IF_NUMBER = parse_oid("1.3.6.1.2.1.2.1.0")
IF_TABLE = parse_oid("1.3.6.1.2.1.2.2.1")
IF_X_TABLE = parse_oid("1.3.6.1.2.1.31.1.1.1")
IF_ADMIN_STATUS = (*IF_TABLE, 7)

ETHERNET, PROP_VIRTUAL, LOOPBACK, L3_VLAN, BRIDGE = 6, 53, 24, 136, 209  # IANAifType
UP, DOWN = 1, 2
_SATURATED = 4294967295  # ifSpeed where 32 bits do not hold the speed; ifHighSpeed has it


@dataclass(frozen=True, slots=True)
class SimulatedInterface:
    """One row of ifTable and ifXTable."""

    index: int
    name: str
    description: str
    type: int
    mtu: int
    speed_bps: int
    mac: bytes
    alias: str
    admin_up: bool
    oper_up: bool
    connector: bool  # a physical port
    traffic: Traffic
    last_change_ticks: int = 0


def interface_objects(interfaces: Iterable[SimulatedInterface]) -> dict[Oid, Value]:
    """ifNumber, ifTable and ifXTable of these interfaces."""
    objects: dict[Oid, Value] = {}
    count = 0
    for interface in interfaces:
        count += 1
        objects |= table_row(IF_TABLE, (interface.index,), _if_row(interface))
        objects |= table_row(IF_X_TABLE, (interface.index,), _if_x_row(interface))
    objects[IF_NUMBER] = ber.integer(count)
    return objects


def _if_row(interface: SimulatedInterface) -> dict[int, Value]:
    traffic = interface.traffic
    zero = ber.counter32(0)
    return {
        1: ber.integer(interface.index),
        2: ber.octets(interface.description),
        3: ber.integer(interface.type),
        4: ber.integer(interface.mtu),
        5: ber.gauge32(min(interface.speed_bps, _SATURATED)),
        6: ber.octets(interface.mac),
        7: ber.integer(UP if interface.admin_up else DOWN),
        8: ber.integer(UP if interface.oper_up else DOWN),
        9: ber.time_ticks(interface.last_change_ticks),
        10: traffic.in_octets_32,
        11: traffic.in_packets_32,
        12: zero,
        13: zero,
        14: zero,
        15: zero,
        16: traffic.out_octets_32,
        17: traffic.out_packets_32,
        18: zero,
        19: zero,
        20: zero,
        21: ber.gauge32(0),
        22: ber.object_identifier((0, 0)),
    }


def _if_x_row(interface: SimulatedInterface) -> dict[int, Value]:
    traffic = interface.traffic
    zero, zero_64 = ber.counter32(0), ber.counter64(0)
    return {
        1: ber.octets(interface.name),
        2: zero,
        3: zero,
        4: zero,
        5: zero,
        6: traffic.in_octets_64,
        7: traffic.in_packets_64,
        8: zero_64,
        9: zero_64,
        10: traffic.out_octets_64,
        11: traffic.out_packets_64,
        12: zero_64,
        13: zero_64,
        14: ber.integer(1 if interface.connector else 2),
        15: ber.gauge32(interface.speed_bps // 1_000_000),
        16: ber.integer(2),
        17: ber.integer(1 if interface.connector else 2),
        18: ber.octets(interface.alias),
        19: ber.time_ticks(0),
    }
