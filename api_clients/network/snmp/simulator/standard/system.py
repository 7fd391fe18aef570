"""SNMPv2-MIB system group (RFC 3418) and the engine's description (SNMP-FRAMEWORK-MIB, RFC 3411)."""

from __future__ import annotations

import time

from api_clients.network.snmp.simulator.engine import Engine
from api_clients.network.snmp.simulator.mib import Value
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid, parse_oid

SYSTEM = parse_oid("1.3.6.1.2.1.1")
SYS_CONTACT, SYS_NAME, SYS_LOCATION = (*SYSTEM, 4, 0), (*SYSTEM, 5, 0), (*SYSTEM, 6, 0)
_ENGINE = parse_oid("1.3.6.1.6.3.10.2.1")


def system_objects(
    *, description: str, object_id: str, contact: str, name: str, location: str, services: int, booted: float
) -> dict[Oid, Value]:
    """`booted` is a reading of time.monotonic(), negative for a device that was up before this machine."""
    return {
        (*SYSTEM, 1, 0): ber.octets(description),
        (*SYSTEM, 2, 0): ber.object_identifier(object_id),
        (*SYSTEM, 3, 0): lambda: ber.time_ticks(int((time.monotonic() - booted) * 100)),
        SYS_CONTACT: ber.octets(contact),
        SYS_NAME: ber.octets(name),
        SYS_LOCATION: ber.octets(location),
        (*SYSTEM, 7, 0): ber.integer(services),
    }


def engine_objects(engine: Engine, max_message_bytes: int) -> dict[Oid, Value]:
    return {
        (*_ENGINE, 1, 0): ber.octets(engine.engine_id),
        (*_ENGINE, 2, 0): lambda: ber.integer(engine.boots),
        (*_ENGINE, 3, 0): lambda: ber.integer(engine.time),
        (*_ENGINE, 4, 0): ber.integer(max_message_bytes),
    }
