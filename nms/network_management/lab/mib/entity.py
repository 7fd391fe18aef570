"""ENTITY-MIB (RFC 6933): chassis, modules, power supplies, fan and a port for each physical interface."""

from __future__ import annotations

from dataclasses import dataclass

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.view import DeviceView

_ENTRY = parse_oid("1.3.6.1.2.1.47.1.1.1.1")
_ALIAS_ENTRY = parse_oid("1.3.6.1.2.1.47.1.3.2.1.2")
_IF_INDEX = parse_oid("1.3.6.1.2.1.2.2.1.1")
_CHASSIS, _POWER_SUPPLY, _FAN, _MODULE, _PORT = 3, 6, 7, 9, 10  # PhysicalClass
_FIRST_PORT = 1000


@dataclass(frozen=True, slots=True)
class _Row:
    index: int
    contained_in: int
    kind: int
    position: int
    name: str
    description: str
    serial: str = ""
    model: str = ""
    replaceable: bool = False


def objects(view: DeviceView) -> dict[Oid, Value]:
    if not view.device.platform.entity:
        return {}
    served: dict[Oid, Value] = {}
    for row in _rows(view):
        served |= _encode(row, view)
    for interface in view.device.interfaces:
        if not interface.port.logical:
            index = _FIRST_PORT + interface.port.index
            served[(*_ALIAS_ENTRY, index, 0)] = ber.object_identifier((*_IF_INDEX, interface.port.index))
    return served


def _rows(view: DeviceView) -> list[_Row]:
    platform, serial = view.device.platform, view.device.serial
    box = platform.box or f"{platform.vendor} {platform.model} chassis"
    rows = [
        _Row(1, 0, _CHASSIS, -1, _chassis_name(view), box, serial, platform.model, replaceable=True),
        _Row(10, 1, _MODULE, 1, "Module 1", f"{platform.model} fixed module", f"{serial}M", platform.model),
        _Row(20, 1, _FAN, 1, "Fan Tray 1", "Fan Tray"),
    ]
    for number in (1, 2):
        name = f"Power Supply {number}"
        rows.append(_Row(30 + number, 1, _POWER_SUPPLY, number, name, name, f"{serial}P{number}", "PWR-AC", True))
    for position, interface in enumerate(view.device.interfaces):
        port = interface.port
        if not port.logical:
            rows.append(_Row(_FIRST_PORT + port.index, 10, _PORT, position, port.name, port.description))
    return rows


def _chassis_name(view: DeviceView) -> str:
    return {"ios": "Switch 1", "eos": "", "junos": "Chassis"}.get(view.device.platform.family, "")


def _encode(row: _Row, view: DeviceView) -> dict[Oid, Value]:
    platform = view.device.platform
    chassis = row.kind == _CHASSIS
    columns: dict[int, Value] = {
        2: ber.octets(row.description),
        3: ber.object_identifier(platform.vendor_type if chassis else "0.0"),
        4: ber.integer(row.contained_in),
        5: ber.integer(row.kind),
        6: ber.integer(row.position),
        7: ber.octets(row.name),
        8: ber.octets(platform.hardware_revision if chassis else ""),
        9: ber.octets(""),
        10: ber.octets(platform.version if chassis else ""),
        11: ber.octets(row.serial),
        12: ber.octets(platform.vendor if row.serial else ""),
        13: ber.octets(row.model),
        14: ber.octets(""),
        15: ber.octets(""),
        16: ber.integer(1 if row.replaceable else 2),
    }
    return table_row(_ENTRY, (row.index,), columns)
