"""Consoles of many nodes at once: each node has its own answer, whatever becomes of the others."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from structlog.testing import capture_logs

from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.session import ConsoleSession
from api_clients.network.console.simulator import serve_consoles, vpcs
from api_clients.network.gns3.values import Node
from common.application.equipment.consoles import ask_identities
from common.application.equipment.values import ConsoleAnswer, Problem
from common.tests.equipment.test_segments import node


def at(port: int, name: str) -> Node:
    return dataclasses.replace(node(name), status="started", console=port, console_host="127.0.0.1")


@pytest.mark.parametrize("place", ["_enter", "interfaces"])
async def test_a_defect_at_one_console_is_told_of_its_node_and_the_others_answer(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_consoles([vpcs(), vpcs()]) as (well, sick):
        real = getattr(ConsoleSession, place)

        async def breaking(session: ConsoleSession, *args: Any) -> Any:
            if session.target.port == sick.port:
                raise RuntimeError("a defect")
            return await real(session, *args)

        monkeypatch.setattr(ConsoleSession, place, breaking)
        nodes = [at(sick.port, "sick"), at(well.port, "well")]
        with capture_logs() as logged:
            found = await ask_identities(ConsoleClient(), nodes, with_startup=lambda one: False)
    told = found[nodes[0].node_id]
    assert isinstance(told, Problem)
    assert told.code == "internal_error"
    assert "RuntimeError" in told.message
    assert isinstance(found[nodes[1].node_id], ConsoleAnswer)
    assert [(line["console"], line["exc_info"]) for line in logged if "console" in line] == [
        (f"127.0.0.1:{sick.port}", True)
    ]


async def test_two_nodes_that_name_the_same_console_have_an_answer_each() -> None:
    """As two computes do that say 0.0.0.0 and count their ports alike."""
    with serve_consoles([vpcs()]) as (console,):
        nodes = [at(console.port, "A"), at(console.port, "B")]
        found = await ask_identities(ConsoleClient(), nodes, with_startup=lambda one: False)
    assert {key: type(answer) for key, answer in found.items()} == {one.node_id: ConsoleAnswer for one in nodes}
