"""The terminal through the hub, on nodes of real servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from websockets import ConnectionClosed

from common.domain.roles import Role
from common.models import StoredEvent
from common.tests.gns3.outside import Lab
from common.tests.gns3_api.terminal import WAIT_SECONDS, Terminal
from common.tests.servers import LiveHub
from common.tests.websocket.talk import dial

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("gns3-server", "vpcs")]

Path = Callable[[str], str]


@pytest.fixture
def path(lab: Lab) -> Path:
    return lambda name: f"/ws/gns3/console/{lab.project_id}/{lab.nodes[name]}/"


@pytest.fixture
def operator_token(make_user: Callable[[Role | None], User], token_for: Callable[[User], str]) -> str:
    return token_for(make_user("operator"))


def events(*types: str) -> list[StoredEvent]:
    return list(StoredEvent.objects.filter(type__in=types).order_by("position"))


async def recorded(*types: str, count: int) -> list[StoredEvent]:
    """The closing is recorded as the connection ends, not before."""
    async with asyncio.timeout(WAIT_SECONDS):
        while len(found := await asyncio.to_thread(events, *types)) < count:
            await asyncio.sleep(0.05)
    return found


@pytest.fixture
def running(lab: Lab) -> Lab:
    lab.do("start", "A")
    return lab


async def test_what_is_typed_reaches_the_console_and_its_answer_comes_back(
    live_hub: LiveHub, operator_token: str, running: Lab, path: Path
) -> None:
    async with dial(live_hub, operator_token, path("A")) as socket:
        terminal = Terminal(socket)
        opened = await terminal.hear("opened")
        assert (opened["name"], opened["console_type"], opened["viewers"]) == ("A", "telnet", 1)
        await terminal.ask("ip 10.0.0.1/24\r", "10.0.0.1 255.255.255.0")
        seen = await terminal.ask("show ip\r", "10.0.0.1/24")
        assert b"\xff" not in seen, "telnet's options are the hub's business"
        await terminal.ask("show ip\r", "10.0.0.1/24", by=socket.send)  # as text, as browsers do
        await terminal.ask("show ip\r", "10.0.0.1/24", by=lambda line: terminal.say(action="input", data=line))
        assert terminal.words == []


async def test_output_may_come_as_text(live_hub: LiveHub, operator_token: str, running: Lab, path: Path) -> None:
    async with dial(live_hub, operator_token, f"{path('A')}?output=text") as socket:
        terminal = Terminal(socket)
        await terminal.hear("opened")
        await terminal.type("show ip\r")
        text = ""
        while "IP/MASK" not in text:
            text += (await terminal.hear("output"))["data"]
        assert terminal.screen == b""


async def test_several_see_the_same_and_who_comes_later_sees_what_came_before(
    live_hub: LiveHub, operator_token: str, running: Lab, path: Path
) -> None:
    async with dial(live_hub, operator_token, path("A")) as first:
        one = Terminal(first)
        assert (await one.hear("opened"))["viewers"] == 1
        async with dial(live_hub, operator_token, path("A")) as second:
            other = Terminal(second)
            assert (await other.hear("opened"))["viewers"] == 2
            await one.ask("set pcname shared\r", "shared> ")
            await other.see("shared> ")
            async with dial(live_hub, operator_token, path("A")) as third:
                await Terminal(third).see("shared> ")
            await other.ask("show ip\r", "IP/MASK")
            await one.see("IP/MASK")
    assert len(await recorded("console.closed", count=3)) == 3


async def test_words_about_the_session_are_not_typed(
    live_hub: LiveHub, operator_token: str, running: Lab, path: Path
) -> None:
    async with dial(live_hub, operator_token, path("A")) as socket:
        terminal = Terminal(socket)
        await terminal.hear("opened")
        await terminal.say(action="resize", columns=120, rows=40)
        await terminal.say(action="ping")
        await terminal.hear("pong")
        await terminal.say(action="reboot")
        assert (await terminal.hear("error"))["error"]["code"] == "unknown_action"
        await terminal.type(b"x" * 20_000)
        assert (await terminal.hear("error"))["error"]["code"] == "too_long"
        seen = await terminal.ask("show ip\r", "IP/MASK")
        assert b"resize" not in seen
        assert b"xxx" not in seen


async def test_a_node_that_stops_in_the_middle_ends_the_session_with_the_reason(
    live_hub: LiveHub, operator_token: str, running: Lab, path: Path
) -> None:
    async with dial(live_hub, operator_token, path("A")) as socket:
        terminal = Terminal(socket)
        await terminal.hear("opened")
        await terminal.ask("show ip\r", "IP/MASK")
        await asyncio.to_thread(running.do, "stop", "A")
        assert (await terminal.hear("closed"))["reason"] == "node_stopped"
        assert await terminal.end() == 4410
        assert socket.close_reason == "A was stopped."
    opened, closed = await recorded("console.opened", "console.closed", count=2)
    assert (opened.type, opened.actor, opened.source) == ("console.opened", "operator", "gns3")
    assert opened.subject == f"gns3:{running.project_id}/{running.nodes['A']}"
    assert (opened.data["node_name"], opened.data["over"]) == ("A", "websocket")
    assert closed.actor == "operator"
    assert closed.data["session"] == opened.data["session"]
    assert closed.data["reason"] == "node_stopped"
    assert closed.data["bytes_typed"] == terminal.typed
    assert closed.data["bytes_shown"] > 50


async def test_the_project_that_closes_ends_the_session_with_the_reason(
    live_hub: LiveHub, operator_token: str, running: Lab, path: Path
) -> None:
    async with dial(live_hub, operator_token, path("A")) as socket:
        terminal = Terminal(socket)
        await terminal.hear("opened")
        await asyncio.to_thread(running.project, "close")
        # Its nodes stop first: which of the two is seen depends on the moment.
        assert (await terminal.hear("closed"))["reason"] in {"project_closed", "node_stopped"}


async def test_who_leaves_is_recorded_as_gone(live_hub: LiveHub, operator_token: str, running: Lab, path: Path) -> None:
    async with dial(live_hub, operator_token, path("A")) as socket:
        await Terminal(socket).hear("opened")
    assert (await recorded("console.closed", count=1))[0].data["reason"] == "left"


async def test_a_session_in_which_nothing_is_typed_ends(
    live_hub: LiveHub, operator_token: str, running: Lab, path: Path, settings: LazySettings
) -> None:
    settings.NMS_CONSOLE_IDLE_SECONDS = 1.5
    async with dial(live_hub, operator_token, path("A")) as socket:
        terminal = Terminal(socket)
        await terminal.hear("opened")
        with suppress(ConnectionClosed):  # on a slow machine its time is over by then
            for _ in range(3):
                await asyncio.sleep(0.3)
                await terminal.say(action="ping")
        assert (await terminal.hear("closed"))["reason"] == "idle"
        assert await terminal.end() == 4408


@pytest.mark.parametrize(("role", "code"), [("viewer", 4403), (None, 4403)])
async def test_only_operators_may(
    live_hub: LiveHub,
    make_user: Callable[[Any], User],
    token_for: Callable[[User], str],
    running: Lab,
    path: Path,
    role: Role | None,
    code: int,
) -> None:
    token = await asyncio.to_thread(lambda: token_for(make_user(role)))
    async with dial(live_hub, token, path("A")) as socket:
        terminal = Terminal(socket)
        assert (await terminal.hear("error"))["error"]["code"] == "role_required"
        assert await terminal.end() == code
    assert await asyncio.to_thread(events, "console.opened") == []


async def test_strangers_and_foreign_pages_are_refused(
    live_hub: LiveHub, operator_token: str, running: Lab, path: Path
) -> None:
    async with dial(live_hub, None, path("A")) as socket:
        assert await Terminal(socket).end() == 4401
    async with dial(live_hub, operator_token, path("A"), headers={"Origin": "https://evil.example"}) as socket:
        terminal = Terminal(socket)
        assert (await terminal.hear("error"))["error"]["code"] == "origin"
        assert await terminal.end() == 4403


async def test_what_has_no_console_now_says_why(live_hub: LiveHub, operator_token: str, lab: Lab, path: Path) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    wanted = {
        path("A"): (4409, "node_not_started", "A is stopped"),
        path("S"): (4409, "console_not_text", "S has"),
        f"/ws/gns3/console/{lab.project_id}/{nobody}/": (4404, "", ""),
        f"/ws/gns3/console/{nobody}/{nobody}/": (4404, "unknown_project", ""),
        "/ws/gns3/console/no-such/../": (4404, "unknown_project", "no-such"),
    }
    for place, (close_code, code, text) in wanted.items():
        async with dial(live_hub, operator_token, place) as socket:
            terminal = Terminal(socket)
            error = (await terminal.hear("error"))["error"]
            assert await terminal.end() == close_code, (place, error)
            assert error["code"] == (code or error["code"])
            assert text in error["message"]
    await asyncio.to_thread(lab.project, "close")
    async with dial(live_hub, operator_token, path("A")) as socket:
        terminal = Terminal(socket)
        assert (await terminal.hear("error"))["error"]["code"] == "project_closed"
        assert await terminal.end() == 4409
    assert await asyncio.to_thread(events, "console.opened") == []


async def test_a_server_that_is_away_says_so(live_hub: LiveHub, operator_token: str, running: Lab, path: Path) -> None:
    running.server.kill()
    try:
        async with dial(live_hub, operator_token, path("A")) as socket:
            terminal = Terminal(socket)
            assert (await terminal.hear("error"))["error"]["code"] == "gns3_unavailable"
            assert await terminal.end() == 4503
    finally:
        await asyncio.to_thread(running.server.start)
        threading.Event().wait(0.1)
