"""What the device is built of: entPhysicalTable of ENTITY-MIB (RFC 6933)."""

from __future__ import annotations

from api_clients.network.snmp.mibs.decoding import integer, line
from api_clients.network.snmp.mibs.tables import Rows, Session, read_table
from api_clients.network.snmp.values import Component

ENT_PHYSICAL_ENTRY = "1.3.6.1.2.1.47.1.1.1.1"
CLASS_NAMES = {
    1: "other",
    2: "unknown",
    3: "chassis",
    4: "backplane",
    5: "container",
    6: "powerSupply",
    7: "fan",
    8: "sensor",
    9: "module",
    10: "port",
    11: "stack",
    12: "cpu",
    13: "energyObject",
    14: "battery",
    15: "storageDrive",
}


async def read_components(session: Session) -> tuple[Component, ...]:
    return components(await read_table(session, ENT_PHYSICAL_ENTRY))


def components(table: Rows) -> tuple[Component, ...]:
    found = []
    for index, row in table.items():
        if not index.isdigit():
            continue
        texts = {column: line(value) for column, value in row.items()}
        found.append(
            Component(
                index=int(index),
                contained_in=integer(row.get(4)) or 0,
                class_name=CLASS_NAMES.get(integer(row.get(5)) or 0, "unknown"),
                name=texts.get(7, ""),
                description=texts.get(2, ""),
                vendor_type=texts.get(3, "").lstrip("."),
                hardware_revision=texts.get(8, ""),
                firmware_revision=texts.get(9, ""),
                software_revision=texts.get(10, ""),
                serial=texts.get(11, ""),
                manufacturer=texts.get(12, ""),
                model=texts.get(13, ""),
            )
        )
    return tuple(sorted(found, key=lambda one: one.index))
