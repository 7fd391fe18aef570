"""What vendors serve beside the standards: Cisco processor and memory, Juniper box and operating table, MikroTik."""

from __future__ import annotations

from collections.abc import Callable

from api_clients.network.snmp.simulator.mib import Value
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid
from nms.network_management.lab.mib.load import gauge, load_percent, used_bytes
from nms.network_management.lab.mib.view import DeviceView

_CISCO_CPU = parse_oid("1.3.6.1.4.1.9.9.109.1.1.1.1")
_CISCO_POOL = parse_oid("1.3.6.1.4.1.9.9.48.1.1.1")
_JUNIPER_BOX = parse_oid("1.3.6.1.4.1.2636.3.1")
_JUNIPER_OPERATING = (*_JUNIPER_BOX, 13, 1)
_ROUTING_ENGINE = (9, 1, 0, 0)
_MIKROTIK = parse_oid("1.3.6.1.4.1.14988.1.1")


def objects(view: DeviceView) -> dict[Oid, Value]:
    build = _BUILDERS.get(view.device.platform.family)
    return build(view) if build else {}


def _cisco(view: DeviceView) -> dict[Oid, Value]:
    size = view.device.platform.memory_bytes // 8  # IOSd's share of the box
    return {
        (*_CISCO_CPU, 2, 1): ber.integer(10),
        (*_CISCO_CPU, 6, 1): gauge(lambda: load_percent(view)),
        (*_CISCO_CPU, 7, 1): gauge(lambda: load_percent(view)),
        (*_CISCO_CPU, 8, 1): gauge(lambda: load_percent(view)),
        (*_CISCO_POOL, 2, 1): ber.octets("Processor"),
        (*_CISCO_POOL, 3, 1): ber.integer(0),
        (*_CISCO_POOL, 4, 1): ber.integer(1),
        (*_CISCO_POOL, 5, 1): gauge(lambda: used_bytes(view) // 8),
        (*_CISCO_POOL, 6, 1): gauge(lambda: size - used_bytes(view) // 8),
        (*_CISCO_POOL, 7, 1): ber.gauge32(size // 3),
    }


def _juniper(view: DeviceView) -> dict[Oid, Value]:
    device = view.device
    return {
        (*_JUNIPER_BOX, 1, 0): ber.object_identifier(device.platform.vendor_type),
        (*_JUNIPER_BOX, 2, 0): ber.octets(device.platform.box),
        (*_JUNIPER_BOX, 3, 0): ber.octets(device.serial),
        (*_JUNIPER_BOX, 4, 0): ber.octets(""),
        (*_JUNIPER_OPERATING, 5, *_ROUTING_ENGINE): ber.octets("Routing Engine 0"),
        (*_JUNIPER_OPERATING, 6, *_ROUTING_ENGINE): ber.integer(2),
        (*_JUNIPER_OPERATING, 7, *_ROUTING_ENGINE): ber.gauge32(41),
        (*_JUNIPER_OPERATING, 8, *_ROUTING_ENGINE): gauge(lambda: load_percent(view)),
        (*_JUNIPER_OPERATING, 11, *_ROUTING_ENGINE): gauge(
            lambda: used_bytes(view) * 100 // device.platform.memory_bytes
        ),
        (*_JUNIPER_OPERATING, 15, *_ROUTING_ENGINE): ber.integer(device.platform.memory_bytes >> 20),
        (*_JUNIPER_OPERATING, 20, *_ROUTING_ENGINE): gauge(lambda: load_percent(view)),
    }


def _mikrotik(view: DeviceView) -> dict[Oid, Value]:
    platform = view.device.platform
    return {
        (*_MIKROTIK, 4, 1, 0): ber.octets("ELRR-N4B1"),
        (*_MIKROTIK, 4, 3, 0): ber.integer(5),
        (*_MIKROTIK, 4, 4, 0): ber.octets(platform.version),
        (*_MIKROTIK, 7, 3, 0): ber.octets(view.device.serial),
        (*_MIKROTIK, 7, 4, 0): ber.octets(platform.version),
        (*_MIKROTIK, 7, 7, 0): ber.octets(platform.version),
        (*_MIKROTIK, 7, 8, 0): ber.octets(platform.model),
        (*_MIKROTIK, 7, 9, 0): ber.octets(platform.model),
    }


_BUILDERS: dict[str, Callable[[DeviceView], dict[Oid, Value]]] = {
    "ios": _cisco,
    "junos": _juniper,
    "routeros": _mikrotik,
}
