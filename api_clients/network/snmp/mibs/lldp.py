"""LLDP, what the device says of itself and what it hears: LLDP-MIB (IEEE 802.1AB-2005) and LLDP-V2-MIB (2009).

Fetching, and rows into values. How IDs are rendered stands in lldp_ids.py, which interface a local port number
means in lldp_ports.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from api_clients.network.snmp.mibs import tplink_lldp
from api_clients.network.snmp.mibs.decoding import arcs, bits, line, text
from api_clients.network.snmp.mibs.lldp_ids import chassis_id, id_subtype, management_address, port_id
from api_clients.network.snmp.mibs.lldp_ports import PortMap
from api_clients.network.snmp.mibs.tables import Rows, Session, read_column, read_table, together
from api_clients.network.snmp.values import Interface, LldpIdentity, Neighbor, Value

# LldpSystemCapabilitiesMap; bits 8 to 10 came with the 2009 edition.
CAPABILITIES = (
    "other",
    "repeater",
    "bridge",
    "wlanAccessPoint",
    "router",
    "telephone",
    "docsisCableDevice",
    "stationOnly",
    "cVLANComponent",
    "sVLANComponent",
    "twoPortMACRelay",
)
DOT1D_BASE_PORT_IF_INDEX = "1.3.6.1.2.1.17.1.4.1.2"


@dataclass(frozen=True, slots=True)
class Layout:
    """The two MIBs are one model with other numbers: OIDs, and in which columns things stand.

    The remote table's index is a TimeMark, the local port, and what tells the neighbours on it apart: `index_arcs`
    numbers in all. The management table's index begins with the same.
    """

    local_chassis_subtype: str
    local_chassis_id: str
    local_ports: str
    remote: str
    remote_management: str
    first_column: int  # of the remote table: chassis ID subtype; eight more follow in the same order in both
    index_arcs: int
    if_index_is_port: bool  # LLDP-V2-MIB numbers local ports by ifIndex


V1 = Layout(
    local_chassis_subtype="1.0.8802.1.1.2.1.3.1.0",
    local_chassis_id="1.0.8802.1.1.2.1.3.2.0",
    local_ports="1.0.8802.1.1.2.1.3.7.1",
    remote="1.0.8802.1.1.2.1.4.1.1",
    remote_management="1.0.8802.1.1.2.1.4.2.1",
    first_column=4,
    index_arcs=3,  # TimeMark, local port, remote index
    if_index_is_port=False,
)
V2 = Layout(
    local_chassis_subtype="1.3.111.2.802.1.1.13.1.3.1.0",
    local_chassis_id="1.3.111.2.802.1.1.13.1.3.2.0",
    local_ports="1.3.111.2.802.1.1.13.1.3.7.1",
    remote="1.3.111.2.802.1.1.13.1.4.1.1",
    remote_management="1.3.111.2.802.1.1.13.1.4.2.1",
    first_column=5,
    index_arcs=4,  # TimeMark, ifIndex, destination MAC table index, remote index
    if_index_is_port=True,
)
SYSTEM_NAME, SYSTEM_DESCRIPTION, ENABLED_CAPABILITIES = 5, 6, 8  # counted from first_column


@dataclass(frozen=True, slots=True)
class Lldp:
    """What read_lldp found; `identity` is None where the agent does not tell its own."""

    identity: LldpIdentity | None = None
    neighbors: tuple[Neighbor, ...] = ()


class _Heard(NamedTuple):
    """A neighbour's identity within the device. The TimeMark is no part of it: it changes at every update."""

    port: int
    rest: tuple[int, ...]


async def read_lldp(session: Session, interfaces: Sequence[Interface], object_id: str = "") -> Lldp:
    """LLDP-MIB, or LLDP-V2-MIB from an agent that has nothing there; nothing at all is an answer, not a failure."""
    found = await _read(session, V1, interfaces)
    if found == Lldp():
        found = await _read(session, V2, interfaces)
    if not found.neighbors and object_id.startswith(tplink_lldp.ENTERPRISE):
        found = replace(found, neighbors=await tplink_lldp.read_neighbors(session))
    return found


async def _read(session: Session, layout: Layout, interfaces: Sequence[Interface]) -> Lldp:
    scalars = await session.get_many([layout.local_chassis_subtype, layout.local_chassis_id])
    local_ports, remote = await together(read_table(session, layout.local_ports), read_table(session, layout.remote))
    if not (scalars or local_ports or remote):
        return Lldp()
    management, base_ports = Rows(), dict[str, Value]()
    if remote:
        management = await read_table(session, layout.remote_management)
        if not layout.if_index_is_port:
            base_ports = await read_column(session, DOT1D_BASE_PORT_IF_INDEX)
    ports = local_port_ids(local_ports)
    port_map = PortMap(interfaces, ports, base_ports, if_index_is_port=layout.if_index_is_port)
    return Lldp(
        identity=identity(layout, scalars, ports),
        neighbors=neighbors(layout, remote, management, port_map),
    )


def identity(
    layout: Layout, scalars: Mapping[str, Value], ports: dict[int, tuple[int, str, str]]
) -> LldpIdentity | None:
    subtype = id_subtype(scalars.get(layout.local_chassis_subtype))
    rendered = chassis_id(subtype, scalars.get(layout.local_chassis_id))
    return LldpIdentity(subtype, rendered, ports) if rendered or ports else None


def local_port_ids(table: Rows) -> dict[int, tuple[int, str, str]]:
    """lldpLocPortTable: local port number -> (port ID subtype, port ID, description)."""
    return {
        int(index): (subtype := id_subtype(row.get(2)), port_id(subtype, row.get(3)), line(row.get(4)))
        for index, row in table.items()
        if index.isdigit()
    }


def neighbors(layout: Layout, remote: Rows, management: Rows, port_map: PortMap) -> tuple[Neighbor, ...]:
    """lldpRemTable with the management addresses, which stand in the index of their own table.

    Where an agent still shows a neighbour's row under an older TimeMark, the newest counts.
    """
    newest: dict[_Heard, tuple[int, Mapping[int, Value]]] = {}
    for index, row in remote.items():
        numbers = arcs(index)
        if len(numbers) < layout.index_arcs:
            continue
        heard = _heard(layout, numbers)
        if heard not in newest or newest[heard][0] < numbers[0]:
            newest[heard] = (numbers[0], row)
    addresses = _management_addresses(layout, management)
    found = (_neighbor(layout, heard, row, addresses.get(heard, ()), port_map) for heard, (_, row) in newest.items())
    return tuple(one for one in found if one.chassis_id or one.port_id or one.system_name)


def _heard(layout: Layout, numbers: Sequence[int]) -> _Heard:
    return _Heard(numbers[1], tuple(numbers[2 : layout.index_arcs]))


def _management_addresses(layout: Layout, management: Rows) -> dict[_Heard, tuple[str, ...]]:
    found: dict[_Heard, dict[str, None]] = {}
    for index in management:
        numbers = arcs(index)
        of = management_address(numbers[layout.index_arcs :])
        if of:
            found.setdefault(_heard(layout, numbers), {})[of] = None
    return {heard: tuple(addresses) for heard, addresses in found.items()}


def _neighbor(
    layout: Layout, heard: _Heard, row: Mapping[int, Value], addresses: Iterable[str], port_map: PortMap
) -> Neighbor:
    values = [row.get(layout.first_column + place) for place in range(ENABLED_CAPABILITIES + 1)]
    chassis_subtype, port_subtype = id_subtype(values[0]), id_subtype(values[2])
    return Neighbor(
        protocol="lldp",
        local_port=heard.port,
        local_if_index=port_map.if_index(heard.port),
        chassis_id_subtype=chassis_subtype,
        chassis_id=chassis_id(chassis_subtype, values[1]),
        port_id_subtype=port_subtype,
        port_id=port_id(port_subtype, values[3]),
        port_description=line(values[4]),
        system_name=line(values[SYSTEM_NAME]),
        system_description=text(values[SYSTEM_DESCRIPTION]),
        management_addresses=tuple(addresses),
        capabilities=bits(values[ENABLED_CAPABILITIES], CAPABILITIES),
    )
