"""What consoles are asked of others, by simulated consoles without a GNS3 server."""

from __future__ import annotations

import dataclasses
import time

import pytest

from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.simulator import SimulatedConsole, serve_consoles, vpcs
from api_clients.network.gns3.values import Node
from common.application.equipment.consoles import NO_IPV4, Lookout, ask_neighbourhoods
from common.application.equipment.values import Neighbourhood
from common.tests.equipment.test_segments import node

PEER = "10.0.0.2"


def at(console: SimulatedConsole) -> Node:
    return dataclasses.replace(node("A"), status="started", console=console.port, console_host="127.0.0.1")


@pytest.mark.parametrize(
    ("address", "already_asked", "pings"),
    [
        ("0.0.0.0/0", None, False),  # it has an IPv6 address of its own, which does not help
        ("0.0.0.0/0", False, False),
        ("10.0.0.1/24", None, True),
        ("10.0.0.1/24", True, True),
    ],
)
async def test_nobody_is_pinged_from_a_console_without_an_ipv4_address(
    address: str, already_asked: bool | None, pings: bool
) -> None:
    with serve_consoles([vpcs(address=address)]) as (console,):
        lookout = Lookout(at(console), (PEER,), has_ipv4=already_asked)
        found = await ask_neighbourhoods(ConsoleClient(), [lookout], until=time.monotonic() + 60)
    (seen,) = found.values()
    assert isinstance(seen, Neighbourhood)
    assert any(command.startswith("ping") for command in console.device.commands) == pings
    assert "show arp" in console.device.commands
    assert seen.why_no_pings == ("" if pings else NO_IPV4)
