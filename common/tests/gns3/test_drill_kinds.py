"""What a drill changes of a link, and what it puts back, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from api_clients.network.gns3.values import Link
from common.application.gns3.drills.kinds import LinkChange, before, break_link, mend_link


def link(*, suspended: bool = False, **filters: tuple[Any, ...]) -> Link:
    return Link("l", "p", "ethernet", (), suspended, filters, capturing=False)


LOSS = {"percent": 30}
DELAY = {"latency_ms": 100, "jitter_ms": 5}


@pytest.mark.parametrize(
    ("kind", "parameters", "now", "change"),
    [
        ("packet_loss", LOSS, link(), LinkChange(filters={"packet_loss": (30,)})),
        (
            "delay",
            DELAY,
            link(packet_loss=(5,)),
            LinkChange(filters={"packet_loss": (5,), "delay": (100, 5)}),
        ),
        ("corruption", LOSS, link(corrupt=(1,)), LinkChange(filters={"corrupt": (30,)})),
        ("link_suspended", {}, link(packet_loss=(5,)), LinkChange(suspended=True)),
    ],
)
def test_a_fault_is_added_to_what_a_link_has(
    kind: str, parameters: dict[str, Any], now: Link, change: LinkChange
) -> None:
    assert break_link(kind, parameters, now) == change


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        # as the drill left it
        (link(), link(packet_loss=(30,)), (LinkChange(filters={}), "restored")),
        (link(packet_loss=(5,)), link(packet_loss=(30,)), (LinkChange(filters={"packet_loss": (5,)}), "restored")),
        # a server that answers numbers as text
        (link(), link(packet_loss=("30",)), (LinkChange(filters={}), "restored")),
        # somebody added another filter meanwhile: it stays
        (link(), link(packet_loss=(30,), delay=(9, 0)), (LinkChange(filters={"delay": (9, 0)}), "restored")),
        # it is as before already: undone by one who died before he could write it down
        (link(), link(), (None, "restored")),
        (link(packet_loss=(5,)), link(packet_loss=(5,)), (None, "restored")),
        # somebody set the same otherwise: that stands
        (link(), link(packet_loss=(80,)), (None, "superseded")),
        (link(packet_loss=(5,)), link(), (None, "superseded")),
    ],
)
def test_undoing_puts_back_the_drills_own_filter_alone(
    was: Link, now: Link, expected: tuple[LinkChange | None, str]
) -> None:
    assert mend_link("packet_loss", LOSS, before("packet_loss", was), now) == expected


def test_a_link_is_resumed_unless_somebody_did_so() -> None:
    was = before("link_suspended", link())
    assert mend_link("link_suspended", {}, was, link(suspended=True)) == (LinkChange(suspended=False), "restored")
    assert mend_link("link_suspended", {}, was, link()) == (None, "superseded")
