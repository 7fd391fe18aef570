"""The table of inventory/identity.py, row by row, and what must hold for any two boxes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.network_management.inventory.identity import Identity, compare

SAME, DIFFERENT = True, False
M1, M2, M3, M4 = ("52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:03", "52:54:00:00:00:04")
E1, E2 = "80001f8880aa", "80001f8880bb"


def box(
    serial: str = "", chassis: str = "", macs: str = "", engine: str = "", members: str = "", **described: object
) -> Identity:
    """A box in shorthand: macs="12" has the MACs M1 and M2, members="s1 s2" is a stack of two."""
    table = dict(zip("1234", (M1, M2, M3, M4), strict=True))
    return Identity(
        serial=f"acme/{serial}" if serial else "",
        members=frozenset(f"acme/{member}" for member in members.split()),
        chassis=chassis,
        engine_id=engine,
        macs=frozenset(table[digit] for digit in macs),
        **described,  # type: ignore[arg-type]
    )


ALIKE = {"object_id": "1.3.6.1.4.1.8072.3.2.10", "description": "Linux", "name": "host"}
STACK = box("s1", M1, "1234", E1, members="s1 s2")
STACK_WITHOUT_MASTER = box("s2", M3, "34", E1, members="s2")

TABLE = [
    # row, one, other, same address?, verdict, why
    (
        1,
        box(macs="12", engine=E1, name="a"),
        box(macs="12", engine=E2, name="b"),
        False,
        DIFFERENT,
        "agents of one host",
    ),
    (2, box(macs="12", engine=E1, name="a"), box(macs="12", engine=E2, name="a"), False, SAME, "its agent set up anew"),
    (
        2,
        box(macs="12", engine=E1, name="a"),
        box(macs="12", engine=E2, name="b"),
        True,
        SAME,
        "set up anew and renamed",
    ),
    (2, box(macs="12", engine=E1, name="a"), box(macs="12", engine=E1, name="b"), False, SAME, "renamed and moved"),
    (2, box(macs="12", name="a"), box(macs="12", name="b"), False, SAME, "renamed and moved, of no engine"),
    (2, box("s1", M1, "12", E1), box("s1", M1, "12", E1), False, SAME, "found through a second address"),
    (2, box("s1"), box("s1"), False, SAME, "the serial number alone"),
    (2, box(chassis=M1), box(chassis=M1), False, SAME, "the chassis ID alone"),
    (2, box(macs="123"), box(macs="124"), False, SAME, "a port was exchanged"),
    (2, box(macs="12"), box(macs="1"), False, SAME, "one interface is not served through this address"),
    (2, box("s1", M1, "12"), box("s2", M1, "12"), False, SAME, "another member of the stack is master now"),
    (2, box("s1", M1, "12"), box("s1", M2, "12"), False, SAME, "the LLDP chassis ID was reconfigured"),
    (2, box("s1", M1, engine=E1), box("s1", M1, engine=E2), False, SAME, "the SNMP agent was reinstalled"),
    (3, box("s1", M1, "12", E1), box("s2", M3, "34", E2), True, DIFFERENT, "replaced at its address"),
    (3, box("s1", M1, "12", E1), box("s2", M3, "34", E1), True, DIFFERENT, "replaced, configuration copied"),
    (3, box(macs="12", engine=E1), box(macs="34", engine=E1), False, DIFFERENT, "cloned disk image"),
    (3, box("s1", engine=E1), box("s2", engine=E1), False, DIFFERENT, "cloned engine ID, two serial numbers"),
    (3, box("s1", M1, "12"), box("s1", M3, "34"), True, DIFFERENT, "one serial number in two boxes"),
    (4, box("s1", macs="12"), box("s1", macs="34"), True, SAME, "the network card was exchanged"),
    (4, STACK, STACK_WITHOUT_MASTER, True, SAME, "the stack's master failed and a member took over"),
    (5, STACK, STACK_WITHOUT_MASTER, False, DIFFERENT, "a member was taken out of the stack"),
    (5, box("s1", macs="12"), box("s1", macs="34"), False, DIFFERENT, "virtual machines with one template's serial"),
    (5, box(chassis=M1, macs="12"), box(chassis=M1, macs="34"), False, DIFFERENT, "virtual switches of one chassis"),
    (6, box(engine=E1), box(engine=E1), True, SAME, "an agent without interfaces, asked again"),
    (7, box(engine=E1, **ALIKE), box(engine=E1, **ALIKE), False, SAME, "one agent behind 254 loopback addresses"),
    (7, box(engine=E1, name="a"), box(engine=E1, name="b"), False, DIFFERENT, "a cloned engine ID, other name"),
    (
        7,
        box(engine=E1, **ALIKE, addresses=frozenset({"10.0.0.1"})),
        box(engine=E1, **ALIKE, addresses=frozenset({"10.0.0.2"})),
        False,
        DIFFERENT,
        "a cloned image that even keeps the name",
    ),
    (8, box(engine=E1), box(engine=E2), True, DIFFERENT, "another engine at the address"),
    (8, box("s1", engine=E1), box(macs="1", engine=E2), True, DIFFERENT, "nothing in common but the address"),
    (9, box(**ALIKE), box(**ALIKE), True, SAME, "a simple box asked again"),
    (9, box("s1"), box(macs="12"), True, SAME, "each time only a part could be read"),
    (9, box(object_id="1.3.6.1.4.1.9.1.1"), box(object_id="1.3.6.1.4.1.2636.1"), True, DIFFERENT, "another make"),
    (10, box(**ALIKE), box(**ALIKE), False, DIFFERENT, "two simple boxes with factory settings"),
    (10, Identity(serial="/s1"), Identity(serial="acme/s1"), False, DIFFERENT, "whose serial number is it?"),
]


@pytest.mark.parametrize(("row", "one", "other", "same_address", "same", "why"), TABLE)
def test_the_table_decides(row: int, one: Identity, other: Identity, same_address: bool, same: bool, why: str) -> None:
    for verdict in (
        compare(one, other, same_address=same_address),
        compare(other, one, same_address=same_address),
    ):
        assert (verdict.same, verdict.row) == (same, row), why


def test_few_common_interfaces_say_neither_same_nor_different() -> None:
    many = frozenset(f"52:54:00:00:01:{n:02x}" for n in range(10))
    other = frozenset({*(f"52:54:00:00:02:{n:02x}" for n in range(9)), "52:54:00:00:01:00"})
    assert compare(Identity(macs=many), Identity(macs=other), same_address=False).row == 10


texts = st.sampled_from(["", "x", "y"])
identities = st.builds(
    Identity,
    serial=st.sampled_from(["", "acme/1", "acme/2", "/1"]),
    members=st.frozensets(st.sampled_from(["acme/1", "acme/2"])),
    chassis=st.sampled_from(["", M1, M2]),
    engine_id=st.sampled_from(["", E1, E2]),
    macs=st.frozensets(st.sampled_from([M1, M2, M3, M4])),
    object_id=texts,
    description=texts,
    name=texts,
    addresses=st.frozensets(st.sampled_from(["10.0.0.1", "10.0.0.2"])),
)


@given(identities, identities, st.booleans())
def test_judging_is_symmetric(one: Identity, other: Identity, same_address: bool) -> None:
    assert compare(one, other, same_address=same_address) == compare(other, one, same_address=same_address)


@given(identities)
def test_a_box_is_itself_at_its_own_address(one: Identity) -> None:
    assert compare(one, one, same_address=True).same


@given(identities, identities)
def test_without_any_identifier_in_common_nothing_is_merged_across_addresses(one: Identity, other: Identity) -> None:
    shared = (
        (one.serial and one.serial == other.serial)
        or (one.chassis and one.chassis == other.chassis)
        or one.macs & other.macs
        or (one.engine_id and one.engine_id == other.engine_id)
    )
    if not shared:
        assert not compare(one, other, same_address=False).same


@given(identities, identities)
def test_being_at_the_same_address_never_speaks_against_being_the_same(one: Identity, other: Identity) -> None:
    if compare(one, other, same_address=False).same:
        assert compare(one, other, same_address=True).same


@given(identities, identities)
def test_an_engine_id_never_outvotes_the_hardware(one: Identity, other: Identity) -> None:
    verdict = compare(one, other, same_address=False)
    if verdict.balance < 0:
        assert not verdict.same
