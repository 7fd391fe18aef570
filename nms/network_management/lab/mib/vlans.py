"""Q-BRIDGE-MIB (RFC 4363) and BRIDGE-MIB ports; on Cisco the VLANs stand in CISCO-VTP-MIB."""

from __future__ import annotations

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.view import DeviceView
from nms.network_management.lab.topology import VLANS

_BRIDGE = parse_oid("1.3.6.1.2.1.17.1")
_STATIC_ENTRY = parse_oid("1.3.6.1.2.1.17.7.1.4.3.1")
_VTP_ENTRY = parse_oid("1.3.6.1.4.1.9.9.46.1.3.1.1")
_DEFAULT = {1: "default"}


def objects(view: DeviceView) -> dict[Oid, Value]:
    if not view.bridges:
        return {}
    vlans = _DEFAULT | VLANS if view.device.role in ("distribution", "access") else _DEFAULT
    build = _vtp_row if view.device.platform.family == "ios" else _static_row
    served = _bridge(view)
    for vlan, name in vlans.items():
        served |= build(vlan, name)
    return served


def _bridge(view: DeviceView) -> dict[Oid, Value]:
    ports = [interface.port.index for interface in view.device.interfaces if not interface.port.logical]
    served: dict[Oid, Value] = {
        (*_BRIDGE, 1, 0): ber.octets(view.device.mac),
        (*_BRIDGE, 2, 0): ber.integer(len(ports)),
        (*_BRIDGE, 3, 0): ber.integer(2),
    }
    for number, if_index in enumerate(ports, 1):
        served[(*_BRIDGE, 4, 1, 1, number)] = ber.integer(number)
        served[(*_BRIDGE, 4, 1, 2, number)] = ber.integer(if_index)
    return served


def _static_row(vlan: int, name: str) -> dict[Oid, Value]:
    row = {1: ber.octets(name), 2: ber.octets(bytes(4)), 3: ber.octets(bytes(4)), 4: ber.octets(bytes(4))}
    row[5] = ber.integer(1)
    return table_row(_STATIC_ENTRY, (vlan,), row)


def _vtp_row(vlan: int, name: str) -> dict[Oid, Value]:
    row = {2: ber.integer(1), 3: ber.integer(1), 4: ber.octets(name), 5: ber.integer(1500)}
    return table_row(_VTP_ENTRY, (1, vlan), row)
