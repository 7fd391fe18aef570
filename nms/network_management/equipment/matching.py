"""Which known device a node of a GNS3 project is. Pure.

A node is the device that it was before: its reference (server, project, node) decides. One that is new, or that nobody
but GNS3 knows so far, may be a device that SNMP found. The first row that applies decides:

    serial        known on both sides                       same if equal, else different
    MACs          known on both sides, shared ones left out same if at least half of the smaller set is in the other,
                                                            different if nothing is in common
    address       one of the node's is the device's own,    same if the node's name, or the sysName that it told, is the
                  or one at which it answers                device's sysName; an address alone is no evidence: labs use
                                                            10.0.0.1 as everybody does
    none of these                                           different

VPCS numbers its MACs from 00:50:79:66:68:00 in every project, so they identify nothing. A device that is another node
already is never taken; where several fit equally well, nothing is guessed and the node is a device of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from nms.network_management.inventory.identifiers import serial_key
from nms.network_management.inventory.identity import distinct_macs, own_addresses
from nms.network_management.topology.neighbors import name_forms

_VPCS = "00:50:79:66:68:"
_BY_ADDRESS, _BY_MACS, _BY_SERIAL = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Box:
    """What a node, or a device, can be recognised by; all of it in lower case."""

    serial: str = ""
    macs: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = field(default=frozenset())


def box(*, serial: str, macs: Iterable[str], addresses: Iterable[str], names: Iterable[str]) -> Box:
    """Leave out what identifies nothing: serials that nobody filled in, shared MACs, loopback addresses."""
    return Box(
        serial=serial_key("", serial).removeprefix("/"),
        macs=frozenset(mac for mac in distinct_macs(macs) if not mac.startswith(_VPCS)),
        addresses=own_addresses(addresses),
        names=frozenset(form for name in names for form in name_forms(name)),
    )


def find_same(node: Box, devices: Iterable[tuple[int, Box]], *, taken: Collection[int] = ()) -> int | None:
    """Return the one of `devices` that `node` is, of which none of `taken` comes into question."""
    verdicts = [(_strength(node, other), device) for device, other in devices if device not in taken]
    fitting = sorted(((strength, device) for strength, device in verdicts if strength), reverse=True)
    if not fitting or (len(fitting) > 1 and fitting[0][0] == fitting[1][0]):
        return None
    return fitting[0][1]


def _strength(node: Box, device: Box) -> int:
    """How much speaks for one box; 0 where they are two."""
    if node.serial and device.serial:
        return _BY_SERIAL if node.serial == device.serial else 0
    if node.macs and device.macs:
        common = len(node.macs & device.macs)
        if common and 2 * common >= min(len(node.macs), len(device.macs)):
            return _BY_MACS
        if not common:
            return 0
    return _BY_ADDRESS if node.addresses & device.addresses and node.names & device.names else 0
