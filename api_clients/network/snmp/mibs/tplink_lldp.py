"""LLDP neighbours of TP-Link switches, many of which serve them in TPLINK-LLDPINFO-MIB alone.

There the index begins with the local ifIndex, and the subtypes are words.
"""

from __future__ import annotations

from api_clients.network.snmp.mibs.decoding import address_value, arcs, line, text
from api_clients.network.snmp.mibs.lldp_ids import chassis_id, port_id
from api_clients.network.snmp.mibs.tables import Rows, Session, read_table
from api_clients.network.snmp.values import Neighbor

ENTERPRISE = "1.3.6.1.4.1.11863."
LLDP_NEIGHBOR_ENTRY = "1.3.6.1.4.1.11863.6.35.1.2.2.1"
CHASSIS_TYPE, CHASSIS_ID, PORT_TYPE, PORT_ID, PORT_DESCRIPTION, SYSTEM_NAME, SYSTEM_DESCRIPTION = 3, 4, 5, 6, 8, 9, 10
ENABLED_CAPABILITIES, MANAGEMENT_ADDRESS = 12, 13

CAPABILITIES = {
    "repeater": "repeater",
    "bridge": "bridge",
    "wlan": "wlanAccessPoint",
    "router": "router",
    "telephone": "telephone",
    "station": "stationOnly",
}
CHASSIS_SUBTYPES = {
    "chassis component": 1,
    "interface alias": 2,
    "port component": 3,
    "mac address": 4,
    "network address": 5,
    "interface name": 6,
    "locally assigned": 7,
}
PORT_SUBTYPES = {
    "interface alias": 1,
    "port component": 2,
    "mac address": 3,
    "network address": 4,
    "interface name": 5,
    "agent circuit id": 6,
    "locally assigned": 7,
}


async def read_neighbors(session: Session) -> tuple[Neighbor, ...]:
    return neighbors(await read_table(session, LLDP_NEIGHBOR_ENTRY))


def neighbors(table: Rows) -> tuple[Neighbor, ...]:
    found = []
    for index, row in table.items():
        numbers = arcs(index)
        enabled = line(row.get(ENABLED_CAPABILITIES)).lower()
        chassis_subtype = CHASSIS_SUBTYPES.get(line(row.get(CHASSIS_TYPE)).lower(), 0)
        port_subtype = PORT_SUBTYPES.get(line(row.get(PORT_TYPE)).lower(), 0)
        chassis, port = chassis_id(chassis_subtype, row.get(CHASSIS_ID)), port_id(port_subtype, row.get(PORT_ID))
        if len(numbers) != 2 or not (chassis or port):
            continue
        found.append(
            Neighbor(
                protocol="lldp",
                local_port=numbers[0],
                local_if_index=numbers[0],
                chassis_id_subtype=chassis_subtype,
                chassis_id=chassis,
                port_id_subtype=port_subtype,
                port_id=port,
                port_description=line(row.get(PORT_DESCRIPTION)),
                system_name=line(row.get(SYSTEM_NAME)),
                system_description=text(row.get(SYSTEM_DESCRIPTION)),
                management_addresses=_management_addresses(line(row.get(MANAGEMENT_ADDRESS))),
                capabilities=tuple(word for name, word in CAPABILITIES.items() if name in enabled),
            )
        )
    return tuple(found)


def _management_addresses(printed: str) -> tuple[str, ...]:
    """An address as the agent prints it; IPv4 ones come as ::192.0.2.1, none as ::."""
    of = address_value(printed.removeprefix("::") if "." in printed else printed)
    return (of,) if of and of != "::" else ()
