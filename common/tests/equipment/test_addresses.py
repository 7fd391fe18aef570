"""To whom an address belongs, as tables of who says what."""

from __future__ import annotations

import pytest

from common.application.equipment.addresses import Surroundings, judge
from common.application.equipment.values import Belongs, Claim, FoundAddress, Observation

A, B, C = "a", "b", "c"
MAC_A, MAC_B, STRANGER = "00:50:79:66:68:00", "00:50:79:66:68:01", "02:00:00:00:00:99"


def known(*, told: str = "", resting: str = "", together: str = "abc") -> Surroundings:
    return Surroundings(
        names={A: "R1", B: "R2", C: "PC"},
        mates={one: set(together) - {one} if one in together else set() for one in (A, B, C)},
        macs={A: {MAC_A: "e0"}, B: {MAC_B: "e0"}, C: {}},
        told=frozenset(told),
        resting=frozenset(resting),
    )


def of(node: str, claims: list[Claim], seen: list[Observation], around: Surroundings) -> FoundAddress:
    (found,) = judge(claims, seen, around)[node]
    return found


CONSOLE = Claim(A, "10.0.0.1", "console", "e0", 24, MAC_A)
FILE = Claim(A, "10.0.0.1", "startup", "e0", 24)
SEEN = Observation(C, "10.0.0.1", MAC_A)
SEEN_AT_B = Observation(C, "10.0.0.1", MAC_B)
SEEN_ELSEWHERE = Observation(C, "10.0.0.1", STRANGER)


@pytest.mark.parametrize(
    ("claims", "seen", "around", "belongs"),
    [
        ([CONSOLE], [], known(told=A), "confirmed"),
        ([FILE], [SEEN], known(), "confirmed"),
        ([FILE], [], known(), "unconfirmed"),
        ([FILE], [SEEN], known(resting=A), "unconfirmed"),
        ([FILE], [], known(told=A), "contradicted"),  # its console has another by now
        ([FILE], [SEEN_AT_B], known(), "contradicted"),
        ([FILE], [SEEN_ELSEWHERE], known(), "contradicted"),
        ([FILE, Claim(B, "10.0.0.1", "console")], [], known(told=B), "contradicted"),
        ([CONSOLE, Claim(B, "10.0.0.1", "console")], [], known(told=A + B), "contradicted"),
        ([CONSOLE, Claim(B, "10.0.0.1", "console")], [], known(told=A + B, together="ac"), "confirmed"),
        ([FILE], [SEEN_AT_B], known(together="ab"), "unconfirmed"),  # C is in another segment: other box, other network
        ([CONSOLE], [SEEN_AT_B], known(told=A + B), "confirmed"),  # a memory, or a router that answers for others
        ([CONSOLE], [SEEN_ELSEWHERE], known(told=A), "contradicted"),
    ],
)
def test_an_address_belongs_to_the_node_if(
    claims: list[Claim], seen: list[Observation], around: Surroundings, belongs: Belongs
) -> None:
    assert of(A, claims, seen, around).belongs == belongs


def test_an_address_that_nobody_told_is_learnt_from_the_mac_that_a_neighbour_sees() -> None:
    found = of(A, [], [SEEN], known())
    assert (found.address, found.interface, found.sources, found.belongs) == ("10.0.0.1", "e0", ("arp",), "confirmed")


def test_a_lease_tells_the_address_of_the_mac_that_it_was_given_to() -> None:
    lease = Observation(C, "10.0.0.7", MAC_B, "dhcp")
    assert of(B, [], [lease], known()).sources == ("dhcp",)


def test_a_node_that_said_what_it_has_is_given_nothing_that_a_router_answers_for() -> None:
    far = Observation(C, "192.0.2.1", MAC_A)
    assert judge([CONSOLE], [far, SEEN], known(told=A))[A][0].address == "10.0.0.1"
    assert len(judge([CONSOLE], [far, SEEN], known(told=A))[A]) == 1


def test_a_mac_of_two_nodes_proves_an_address_of_neither_by_itself() -> None:
    around = Surroundings(
        names={A: "R1", B: "R2", C: "PC"},
        mates={A: {C}, B: {C}, C: {A, B}},
        macs={A: {MAC_A: "e0"}, B: {MAC_A: "e0"}, C: {}},
    )
    assert judge([], [SEEN], around) == {A: (), B: (), C: ()}


def test_the_reason_names_who_says_otherwise() -> None:
    assert of(A, [FILE], [SEEN_AT_B], known()).reason == f"PC sees it at {MAC_B}, of R2"
    assert "a box that is not known here" in of(A, [FILE], [SEEN_ELSEWHERE], known()).reason


def test_the_most_certain_address_comes_first_and_the_best_source_says_where_it_is() -> None:
    claims = [
        Claim(A, "10.0.0.9", "startup", "Ethernet9", 16),
        Claim(A, "10.0.0.1", "startup", "wrong", 8),
        CONSOLE,
    ]
    first, second = judge(claims, [SEEN], known(told=A))[A]
    assert (first.address, first.interface, first.prefix_length) == ("10.0.0.1", "e0", 24)
    assert first.sources == ("console", "startup")
    assert (second.address, second.belongs) == ("10.0.0.9", "contradicted")


@pytest.mark.parametrize(("together", "segment"), [("abc", "the same"), ("ac", "another")])
def test_an_address_of_two_nodes_is_remarked_at_both_and_names_the_other(together: str, segment: str) -> None:
    found = judge([FILE, Claim(B, "10.0.0.1", "startup")], [], known(together=together))
    assert found[A][0].remark == f"R2, in {segment} segment, has it too"
    assert found[B][0].remark == f"R1, in {segment} segment, has it too"
    assert found[A][0].belongs == "unconfirmed"
