"""VLANs: Q-BRIDGE-MIB (RFC 4363), its IEEE successor, and the tables of vendors that serve neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api_clients.network.snmp.mibs.decoding import arcs, integer, line
from api_clients.network.snmp.mibs.tables import Session, read_column, together
from api_clients.network.snmp.values import Value, Vlan

DOT1Q_VLAN_STATIC_NAME = "1.3.6.1.2.1.17.7.1.4.3.1.1"
# Index: TimeFilter, VLAN. Only time mark 0, "changed since boot": with other marks the same rows come again (RFC 4502).
DOT1Q_VLAN_CURRENT_EGRESS_PORTS = "1.3.6.1.2.1.17.7.1.4.2.1.4.0"
IEEE8021Q_VLAN_STATIC_NAME = "1.3.111.2.802.1.1.4.1.4.3.1.1.3"  # index: bridge component, VLAN


@dataclass(frozen=True, slots=True)
class VendorVlans:
    """A vendor's table: the column of names, and that of VLAN numbers where the index is not the number."""

    enterprise: int
    names: str
    numbers: str = ""


VENDORS = (
    VendorVlans(9, names="1.3.6.1.4.1.9.9.46.1.3.1.1.4"),  # CISCO-VTP-MIB vtpVlanName: domain, VLAN
    VendorVlans(2011, names="1.3.6.1.4.1.2011.5.25.42.3.1.1.1.1.2"),  # HUAWEI-L2VLAN-MIB hwL2VlanDescr
    VendorVlans(25506, names="1.3.6.1.4.1.25506.8.35.2.1.1.1.2"),  # HH3C-LswVLAN-MIB hh3cdot1qVlanName
    VendorVlans(  # JUNIPER-L2ALD-MIB (ELS)
        2636, names="1.3.6.1.4.1.2636.3.48.1.3.1.1.2", numbers="1.3.6.1.4.1.2636.3.48.1.3.1.1.3"
    ),
    VendorVlans(  # JUNIPER-VLAN-MIB (EX before ELS)
        2636, names="1.3.6.1.4.1.2636.3.40.1.5.1.5.1.2", numbers="1.3.6.1.4.1.2636.3.40.1.5.1.5.1.5"
    ),
    VendorVlans(  # EXTREME-VLAN-MIB extremeVlanIfDescr, extremeVlanIfVlanId
        1916, names="1.3.6.1.4.1.1916.1.2.1.2.1.2", numbers="1.3.6.1.4.1.1916.1.2.1.2.1.10"
    ),
    VendorVlans(11863, names="1.3.6.1.4.1.11863.6.14.1.2.1.1.2"),  # TPLINK-DOT1Q-VLAN-MIB dot1qVlanDescription
    VendorVlans(45, names="1.3.6.1.4.1.2272.1.3.2.1.2"),  # RAPID-CITY rcVlanName (BOSS)
    VendorVlans(2272, names="1.3.6.1.4.1.2272.1.3.2.1.2"),  # RAPID-CITY rcVlanName (VOSS)
)


async def read_vlans(session: Session, object_id: str = "") -> tuple[Vlan, ...]:
    """The standard tables first; a vendor's only where those are empty and `object_id` names the vendor."""
    static, current = await together(
        read_column(session, DOT1Q_VLAN_STATIC_NAME), read_column(session, DOT1Q_VLAN_CURRENT_EGRESS_PORTS)
    )
    found = [*vlans(static), *vlans(dict.fromkeys(current))]
    if not found:
        found = vlans(await read_column(session, IEEE8021Q_VLAN_STATIC_NAME))
    for vendor in VENDORS:
        if not found and object_id.startswith(f"1.3.6.1.4.1.{vendor.enterprise}."):
            names = await read_column(session, vendor.names)
            numbers = await read_column(session, vendor.numbers) if vendor.numbers and names else None
            found = vlans(names, numbers)
    return merge(found)


def vlans(names: Mapping[str, Value], numbers: Mapping[str, Value] | None = None) -> list[Vlan]:
    """One VLAN for each row; its number is the last arc of the index, or what `numbers` says of the index."""
    found = []
    for index, name in names.items():
        number = integer(numbers.get(index)) if numbers is not None else (arcs(index) or (0,))[-1]
        if number is not None and 1 <= number <= 4094:
            found.append(Vlan(number, line(name)))
    return found


def merge(found: Iterable[Vlan]) -> tuple[Vlan, ...]:
    """One entry for each number, in its order; the first name that is not empty."""
    merged: dict[int, Vlan] = {}
    for one in found:
        if one.vlan_id not in merged or not merged[one.vlan_id].name:
            merged[one.vlan_id] = one
    return tuple(merged[number] for number in sorted(merged))
