"""LLDP-MIB (IEEE 802.1AB-2005): local identity, and what is heard on each cable that is up.

Vendors name and number their ports differently, and so do these: port IDs are interface names, locally assigned
numbers or MAC addresses; port numbers are ifIndex on some and a count of their own on others. Both ends agree.
"""

from __future__ import annotations

import ipaddress

from api_clients.network.snmp.simulator.mib import Value, table_row
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.view import DeviceView, NeighborView, describe
from nms.network_management.lab.topology import LabDevice, LabInterface

_LLDP = parse_oid("1.0.8802.1.1.2.1")
_LOCAL = (*_LLDP, 3)
_LOCAL_PORT_ENTRY = (*_LOCAL, 7, 1)
_LOCAL_ADDRESS_ENTRY = (*_LOCAL, 8, 1)
_REMOTE_ENTRY = (*_LLDP, 4, 1, 1)
_REMOTE_ADDRESS_ENTRY = (*_LLDP, 4, 2, 1)
_IF_INDEX = parse_oid("1.3.6.1.2.1.2.2.1.1")
_CHASSIS_MAC = 4
_PORT_MAC, _PORT_NAME, _PORT_LOCAL = 3, 5, 7
_BRIDGE, _ROUTER, _STATION = b"\x20", b"\x08", b"\x01"  # LldpSystemCapabilitiesMap, bit 0 first
_CAPABILITIES = {
    "router": _ROUTER,
    "core": b"\x28",
    "distribution": b"\x28",
    "access": _BRIDGE,
    "server": _STATION,
}
_NUMBERED_BY_INDEX = 2  # ifIndex, as LldpManAddrIfSubtype


def objects(view: DeviceView) -> dict[Oid, Value]:
    served = _local(view)
    for interface in view.device.interfaces:
        if not interface.port.logical:
            served |= _local_port(view.device, interface)
    for neighbor in view.neighbors:
        served |= _remote(view.device, neighbor)
    return served


def port_number(device: LabDevice, interface: LabInterface) -> int:
    """lldpLocPortNum."""
    if device.platform.lldp_numbers_ports == "by_index":
        return interface.port.index
    physical = [port.name for port in device.platform.ports if not port.logical]
    return physical.index(interface.port.name) + 1


def port_id(device: LabDevice, interface: LabInterface) -> tuple[int, bytes]:
    """(LldpPortIdSubtype, LldpPortId) as the device announces it."""
    match device.platform.lldp_port_id:
        case "name":
            return _PORT_NAME, interface.port.name.encode()
        case "index":
            return _PORT_LOCAL, str(interface.port.index).encode()
        case "mac":
            return _PORT_MAC, interface.mac


def _local(view: DeviceView) -> dict[Oid, Value]:
    device = view.device
    capabilities = ber.octets(_CAPABILITIES[device.role])
    served: dict[Oid, Value] = {
        (*_LOCAL, 1, 0): ber.integer(_CHASSIS_MAC),
        (*_LOCAL, 2, 0): ber.octets(device.mac),
        (*_LOCAL, 3, 0): ber.octets(view.name),
        (*_LOCAL, 4, 0): ber.octets(view.description),
        (*_LOCAL, 5, 0): capabilities,
        (*_LOCAL, 6, 0): capabilities,
    }
    if_index = device.interface(device.platform.management_port).port.index
    address: dict[int, Value] = {
        3: ber.integer(5),  # octets of subtype and address
        4: ber.integer(_NUMBERED_BY_INDEX),
        5: ber.integer(if_index),
        6: ber.object_identifier((*_IF_INDEX, if_index)),
    }
    return served | table_row(_LOCAL_ADDRESS_ENTRY, _address_index(device), address)


def _local_port(device: LabDevice, interface: LabInterface) -> dict[Oid, Value]:
    number = port_number(device, interface)
    subtype, identity = port_id(device, interface)
    row: dict[int, Value] = {
        2: ber.integer(subtype),
        3: ber.octets(identity),
        4: ber.octets(interface.port.description),
    }
    return table_row(_LOCAL_PORT_ENTRY, (number,), row)


def _remote(device: LabDevice, neighbor: NeighborView) -> dict[Oid, Value]:
    subtype, identity = port_id(neighbor.device, neighbor.remote)
    capabilities = ber.octets(_CAPABILITIES[neighbor.device.role])
    number = port_number(device, neighbor.local)
    # TimeMark is the time of the entry's last change: any number, and no part of an identity.
    index = (device.number * 100 + number, number, 1)
    row: dict[int, Value] = {
        4: ber.integer(_CHASSIS_MAC),
        5: ber.octets(neighbor.device.mac),
        6: ber.integer(subtype),
        7: ber.octets(identity),
        8: ber.octets(neighbor.remote.port.description),
        9: ber.octets(neighbor.system_name),
        10: ber.octets(describe(neighbor.device, neighbor.system_name)),
        11: capabilities,
        12: capabilities,
    }
    if_index = neighbor.device.interface(neighbor.device.platform.management_port).port.index
    address: dict[int, Value] = {
        3: ber.integer(_NUMBERED_BY_INDEX),
        4: ber.integer(if_index),
        5: ber.object_identifier((*_IF_INDEX, if_index)),
    }
    address_index = (*index, *_address_index(neighbor.device))
    return table_row(_REMOTE_ENTRY, index, row) | table_row(_REMOTE_ADDRESS_ENTRY, address_index, address)


def _address_index(device: LabDevice) -> Oid:
    """The management address as an index: AddressFamilyNumbers ipV4, its length, its octets."""
    return (1, 4, *ipaddress.IPv4Address(device.address).packed)
