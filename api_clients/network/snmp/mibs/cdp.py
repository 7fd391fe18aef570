"""CDP neighbours: cdpCacheTable of CISCO-CDP-MIB, also served by other vendors that speak CDP."""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.network.snmp.mibs.decoding import address, arcs, integer, line, text
from api_clients.network.snmp.mibs.lldp_ids import port_id
from api_clients.network.snmp.mibs.tables import Rows, Session, read_table
from api_clients.network.snmp.values import Neighbor, Value

CDP_CACHE_ENTRY = "1.3.6.1.4.1.9.9.23.1.2.1.1"  # index: ifIndex, device
ADDRESS_TYPE, ADDRESS, VERSION, DEVICE_ID, DEVICE_PORT, PLATFORM, CAPABILITIES = 3, 4, 5, 6, 7, 8, 9
SYSTEM_NAME, PRIMARY_TYPE, PRIMARY_ADDRESS, SECONDARY_TYPE, SECONDARY_ADDRESS = 17, 19, 20, 21, 22
IP, IPV6 = 1, 20  # CiscoNetworkProtocol

# From the lowest bit of the four octets up, in LLDP's words where both mean the same.
CAPABILITY_BITS = {
    0x01: "router",
    0x02: "bridge",
    0x04: "bridge",  # source-route bridge
    0x08: "bridge",  # switch
    0x10: "stationOnly",  # host
    0x40: "repeater",
    0x80: "telephone",
    0x400: "twoPortMACRelay",
}


async def read_cdp(session: Session) -> tuple[Neighbor, ...]:
    return neighbors(await read_table(session, CDP_CACHE_ENTRY))


def neighbors(table: Rows) -> tuple[Neighbor, ...]:
    found = []
    for index, row in table.items():
        numbers = arcs(index)
        if len(numbers) != 2 or not (line(row.get(DEVICE_ID)) or line(row.get(DEVICE_PORT))):
            continue
        found.append(
            Neighbor(
                protocol="cdp",
                local_port=numbers[0],
                local_if_index=numbers[0],
                chassis_id_subtype=None,
                chassis_id=port_id(0, row.get(DEVICE_ID)),  # text, but some phones send their MAC's octets
                port_id_subtype=None,
                port_id=line(row.get(DEVICE_PORT)),
                port_description="",
                system_name=line(row.get(SYSTEM_NAME)) or line(row.get(DEVICE_ID)),
                system_description=text(row.get(VERSION)) or line(row.get(PLATFORM)),
                management_addresses=_addresses(row),
                capabilities=capabilities(row.get(CAPABILITIES)),
                platform=line(row.get(PLATFORM)),
            )
        )
    return tuple(found)


def _addresses(row: Mapping[int, Value]) -> tuple[str, ...]:
    pairs = (
        (PRIMARY_TYPE, PRIMARY_ADDRESS),
        (SECONDARY_TYPE, SECONDARY_ADDRESS),
        (ADDRESS_TYPE, ADDRESS),
    )
    found: dict[str, None] = {}
    for kind, column in pairs:
        octets = row.get(column)
        if (
            integer(row.get(kind)) in (IP, IPV6)
            and isinstance(octets, bytes)
            and any(octets)
            and (of := address(octets))
        ):
            found[of] = None
    return tuple(found)


def capabilities(value: Value) -> tuple[str, ...]:
    """Four octets, the most significant first; some agents send the number instead."""
    number = int.from_bytes(value[:4], "big") if isinstance(value, bytes) else integer(value) or 0
    return tuple(dict.fromkeys(word for bit, word in CAPABILITY_BITS.items() if number & bit))
