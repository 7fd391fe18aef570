"""HOST-RESOURCES-MIB (RFC 2790): processors, memory and disk of servers, Arista and MikroTik."""

from __future__ import annotations

from api_clients.network.snmp.simulator.mib import Value
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.load import load_percent, number, used_bytes
from nms.network_management.lab.mib.view import DeviceView

_HOST = parse_oid("1.3.6.1.2.1.25")
_STORAGE_ENTRY = (*_HOST, 2, 3, 1)
_DEVICE_ENTRY = (*_HOST, 3, 2, 1)
_PROCESSOR_ENTRY = (*_HOST, 3, 3, 1)
_RAM, _FIXED_DISK = (*_HOST, 2, 1, 2), (*_HOST, 2, 1, 4)
_PROCESSOR = (*_HOST, 3, 1, 3)
_FIRST_PROCESSOR = 196608  # as net-snmp numbers them
_PROCESSORS = {"linux": 4, "eos": 2, "routeros": 1}
_UNIT = 4096
_DISK_BYTES = 480 * 10**9


def objects(view: DeviceView) -> dict[Oid, Value]:
    family = view.device.platform.family
    if family not in _PROCESSORS:
        return {}
    served: dict[Oid, Value] = {(*_HOST, 2, 2, 0): ber.integer(view.device.platform.memory_bytes // 1024)}
    memory = "main memory" if family == "routeros" else "RAM" if family == "eos" else "Physical memory"
    served |= _storage(1 if family != "routeros" else 65536, _RAM, memory, view.device.platform.memory_bytes)
    served[(*_STORAGE_ENTRY, 6, 1 if family != "routeros" else 65536)] = number(lambda: used_bytes(view) // _UNIT)
    if family == "linux":
        served |= _storage(31, _FIXED_DISK, "/", _DISK_BYTES)
        served[(*_STORAGE_ENTRY, 6, 31)] = ber.integer(_DISK_BYTES // 3 // _UNIT)
    for offset in range(_PROCESSORS[family]):
        served |= _processor(view, _FIRST_PROCESSOR + offset)
    return served


def _storage(index: int, kind: Oid, description: str, size: int) -> dict[Oid, Value]:
    return {
        (*_STORAGE_ENTRY, 1, index): ber.integer(index),
        (*_STORAGE_ENTRY, 2, index): ber.object_identifier(kind),
        (*_STORAGE_ENTRY, 3, index): ber.octets(description),
        (*_STORAGE_ENTRY, 4, index): ber.integer(_UNIT),
        (*_STORAGE_ENTRY, 5, index): ber.integer(size // _UNIT),
    }


def _processor(view: DeviceView, index: int) -> dict[Oid, Value]:
    return {
        (*_DEVICE_ENTRY, 1, index): ber.integer(index),
        (*_DEVICE_ENTRY, 2, index): ber.object_identifier(_PROCESSOR),
        (*_DEVICE_ENTRY, 3, index): ber.octets("GenuineIntel: Intel(R) Xeon(R) CPU"),
        (*_DEVICE_ENTRY, 4, index): ber.object_identifier((0, 0)),
        (*_DEVICE_ENTRY, 5, index): ber.integer(2),
        (*_PROCESSOR_ENTRY, 1, index): ber.object_identifier((0, 0)),
        (*_PROCESSOR_ENTRY, 2, index): number(lambda: load_percent(view)),
    }
