"""When two descriptions are of one box. Pure: no database, no clock.

Identifiers that are no identifiers are gone before (inventory/identifiers.py). Of what remains each kind
agrees, differs, or is silent (one side does not have it). The hardware kinds vote; then the engine ID is
asked; then the address. The first row that applies decides:

    hardware: serial, chassis, MACs   engine ID   address   verdict
    1  the MACs alone speak, agree    differs     other     different if sysName differs: two agents of one host
    2  more agree than differ         any         any       same
    3  more differ than agree         any         any       different
    4  as many agree as differ (>0)   any         same      same        a part was exchanged
    5  as many agree as differ (>0)   any         other     different   a cloned or shared identifier
    6  all silent                     agrees      same      same
    7  all silent                     agrees      other     same if it also describes itself alike (*), else different
    8  all silent                     differs     any       different
    9  all silent                     silent      same      same unless sysObjectID differs
    10 all silent                     silent      other     different   nothing says that they are one

    serial    vendor and serial number; silent where one side's vendor is unknown, or where one side's number is that
              of another chassis in the other's stack: a member took over as master
    chassis   LLDP chassis ID of subtype MAC address
    MACs      of the interfaces, shared and virtual ones left out: agree when at least half of the smaller set is
              in the other, differ when nothing is in common, silent in between
    engine    snmpEngineID. It comes last of the identifiers because disk images and copied configurations clone it
    address   management address and port; it says where a box is, not which
    (*)       equal sysObjectID, sysDescr and sysName, and own IP addresses in common (or none on either side)

A system name is never evidence by itself. So a box exchanged at its address is a new device (row 3 or 8), a
box found at 254 addresses is one (2 or 7), boxes that share an engine ID or have no identifier stay apart
(3, 5, 7, 10). Where several known devices are "same", the one with more votes wins, then engine, then address.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import IntEnum

from nms.network_management.inventory.identifiers import chassis_key, distinct_mac, engine_key, serial_key
from nms.network_management.profile import DeviceProfile

_EVERYBODYS = ("127.", "169.254.", "fe8", "fe9", "fea", "feb")  # loopback and link-local
_EVERYWHERE = frozenset({"0.0.0.0", "::", "::1"})  # noqa: S104 # compared with, not bound to


class Vote(IntEnum):
    DIFFERS = -1
    SILENT = 0
    AGREES = 1


_MACS_ALONE = (Vote.SILENT, Vote.SILENT, Vote.AGREES)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a box can be recognised by; "" and empty sets mean that it does not say."""

    serial: str = ""
    members: frozenset[str] = frozenset()  # the serials of all its chassis: of a stack, its members'
    chassis: str = ""
    engine_id: str = ""
    macs: frozenset[str] = frozenset()
    object_id: str = ""
    description: str = ""
    name: str = ""
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Verdict:
    """`same`, and how much speaks for it, so that verdicts can be ordered; `row` is the table's."""

    same: bool
    balance: int
    engine: Vote
    same_address: bool
    row: int


def compare(one: Identity, other: Identity, *, same_address: bool) -> Verdict:
    """Judge whether `one` and `other` are the same box, by the table above. Symmetric."""
    votes = (
        _serial_vote(one, other),
        _text_vote(one.chassis, other.chassis),
        _overlap_vote(one.macs, other.macs),
    )
    balance, engine = sum(votes), _text_vote(one.engine_id, other.engine_id)
    if votes == _MACS_ALONE and not same_address and _are_two_agents(one, other):
        return Verdict(False, balance, engine, same_address, 1)
    same, row = _decide(one, other, balance, any(votes), engine, same_address)
    return Verdict(same, balance, engine, same_address, row)


def _decide(
    one: Identity, other: Identity, balance: int, spoken: bool, engine: Vote, same_address: bool
) -> tuple[bool, int]:
    if balance:
        return (True, 2) if balance > 0 else (False, 3)
    if spoken:
        return (True, 4) if same_address else (False, 5)
    if engine is Vote.AGREES:
        return (True, 6) if same_address else (_alike(one, other), 7)
    if engine is Vote.DIFFERS:
        return False, 8
    if same_address:
        return _text_vote(one.object_id, other.object_id) is not Vote.DIFFERS, 9
    return False, 10


def identity_of(profile: DeviceProfile) -> Identity:
    """Take the identifiers out of what an agent said."""
    said, what = profile.snmp, profile.identification
    lldp = said.lldp
    return Identity(
        serial=serial_key(what.vendor, what.serial),
        members=member_serials(what.vendor, ((row.class_name, row.serial) for row in said.components)),
        chassis=chassis_key(lldp.chassis_id_subtype, lldp.chassis_id) if lldp else "",
        engine_id=engine_key(said.system.engine_id),
        macs=distinct_macs(row.mac for row in said.interfaces),
        object_id=said.system.object_id,
        description=said.system.description,
        name=said.system.name,
        addresses=own_addresses(row.address for row in said.addresses),
    )


def member_serials(vendor: str, components: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the serials of the chassis among `components`, which are pairs of class and serial number."""
    serials = (serial_key(vendor, serial) for class_name, serial in components if class_name == "chassis")
    return frozenset(filter(None, serials))


def distinct_macs(macs: Iterable[str | None]) -> frozenset[str]:
    return frozenset(filter(None, map(distinct_mac, macs)))


def own_addresses(addresses: Iterable[str]) -> frozenset[str]:
    """Leave out what every box has: loopback, link-local and unspecified addresses."""
    return frozenset(address for address in addresses if _is_own(address))


def _is_own(address: str) -> bool:
    # By its text, which is canonical: parsing the addresses of 1,000 devices would take a second.
    return not address.startswith(_EVERYBODYS) and address not in _EVERYWHERE


def _text_vote(one: str, other: str) -> Vote:
    if not one or not other:
        return Vote.SILENT
    return Vote.AGREES if one == other else Vote.DIFFERS


def _serial_vote(one: Identity, other: Identity) -> Vote:
    vote = _text_vote(one.serial, other.serial)
    if vote is not Vote.DIFFERS:
        return vote
    unknown_vendor = one.serial.startswith("/") or other.serial.startswith("/")
    of_one_stack = one.serial in other.members or other.serial in one.members
    return Vote.SILENT if unknown_vendor or of_one_stack else Vote.DIFFERS


def _overlap_vote(one: Set[str], other: Set[str]) -> Vote:
    if not one or not other:
        return Vote.SILENT
    common = len(one & other)
    if not common:
        return Vote.DIFFERS
    return Vote.AGREES if 2 * common >= min(len(one), len(other)) else Vote.SILENT


def _are_two_agents(one: Identity, other: Identity) -> bool:
    """Different engines under different names: a host and its containers, say, that share its interfaces."""
    engine, name = _text_vote(one.engine_id, other.engine_id), _text_vote(one.name, other.name)
    return engine is Vote.DIFFERS and name is Vote.DIFFERS


def _alike(one: Identity, other: Identity) -> bool:
    if (one.object_id, one.description, one.name) != (other.object_id, other.description, other.name):
        return False
    return one.addresses == other.addresses or _overlap_vote(one.addresses, other.addresses) is Vote.AGREES
