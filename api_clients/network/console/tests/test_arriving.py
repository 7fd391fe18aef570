"""The states in which a console can be found, and that each is left by the right way."""

from __future__ import annotations

from time import monotonic

import pytest

from api_clients.domain.errors import Unauthorized, Unreachable
from api_clients.network.console import arrival
from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.errors import (
    Booting,
    Busy,
    LoginRefused,
    LoginRequired,
    NotSupported,
    PrivilegeRequired,
    Silent,
)
from api_clients.network.console.simulator import (
    Faults,
    Personality,
    SimulatedConsole,
    booted_cisco,
    cisco,
    linux,
    mikrotik,
    serve_consoles,
    vpcs,
)
from api_clients.network.console.stream import TelnetStream
from api_clients.network.console.values import ConsoleTarget, Login

LOGIN = Login("ada", "correct horse")
QUICK = ConsoleClient(arrival_seconds=2.0, command_seconds=2.0, deadline_seconds=60.0)  # where no prompt comes
PATIENT = ConsoleClient(arrival_seconds=30.0, command_seconds=30.0, deadline_seconds=60.0)  # where one does


def at(console: SimulatedConsole, device_type: str = "") -> ConsoleTarget:
    return ConsoleTarget("127.0.0.1", console.port, device_type)


async def typed_by_somebody(console: SimulatedConsole, *keys: str) -> None:
    async with await TelnetStream.connect("127.0.0.1", console.port) as stream:
        for each in keys:
            await stream.write(each.encode())
            await stream.read()  # the device has taken it


LOCKED = [
    linux(username="ada", password="correct horse", greeting="box login: "),
    cisco(username="ada", password="correct horse", greeting="\r\nUser Access Verification\r\n\r\nUsername: "),
    mikrotik(username="ada", password="correct horse"),
]


@pytest.mark.parametrize("device", LOCKED, ids=lambda device: device.name)
async def test_a_login_is_made_and_ended_again(device: Personality) -> None:
    with serve_consoles([device]) as (console,):
        async with PATIENT.session(at(console), LOGIN) as session:
            assert session.dialect == device.name
            assert await session.interfaces()
        assert not console.device.logged_in


@pytest.mark.parametrize("device", LOCKED, ids=lambda device: device.name)
async def test_without_a_login_the_console_is_unauthorized_and_says_so(device: Personality) -> None:
    with serve_consoles([device]) as (console,), pytest.raises(LoginRequired, match="no login is given"):
        async with PATIENT.session(at(console)):
            pass


@pytest.mark.parametrize("device", LOCKED, ids=lambda device: device.name)
async def test_a_wrong_password_is_unauthorized_at_once_and_not_tried_on(device: Personality) -> None:
    with serve_consoles([device]) as (console,):
        started = monotonic()
        with pytest.raises(LoginRefused) as caught:
            async with PATIENT.session(at(console), Login("ada", "wrong battery")):
                pass
        assert isinstance(caught.value, Unauthorized)
        assert "wrong battery" not in f"{caught.value!r}{caught.value}"
        assert monotonic() - started < 20.0


async def test_a_login_that_somebody_left_half_done_is_begun_anew() -> None:
    with serve_consoles([LOCKED[0]]) as (console,):
        await typed_by_somebody(console, "\r", "eve\r")
        async with PATIENT.session(at(console), LOGIN) as session:
            assert await session.hostname() == "box"


async def test_a_line_with_a_password_alone_takes_it() -> None:
    with serve_consoles([cisco(password="line word")]) as (console,):
        async with PATIENT.session(at(console, "cisco"), Login(password="line word")) as session:
            assert await session.hostname() == "R1"


async def test_the_pager_that_somebody_left_is_closed() -> None:
    with serve_consoles([cisco()]) as (console,):
        await typed_by_somebody(console, "\r", "show running-config\r")
        async with PATIENT.session(at(console, "cisco")) as session:
            assert len(await session.interfaces()) == 3


async def test_answers_through_a_pager_are_whole_and_without_it() -> None:
    device = cisco()
    with serve_consoles([Personality(device.name, device.prompt, device.answers, page_lines=5)]) as (console,):
        async with PATIENT.session(at(console, "cisco")) as session:
            text = (await session.configuration()).text
    assert "More" not in text
    assert text.startswith("Current configuration")
    assert text.endswith("end")
    assert text.count("\n") == device.answers["show running-config"].count("\n") - 2


async def test_the_length_of_the_terminal_is_put_back() -> None:
    with serve_consoles([cisco()]) as (console,):
        async with PATIENT.session(at(console, "cisco")):
            pass
        assert console.device.commands[-1] == "terminal length 24"


async def test_the_first_dialog_is_answered_with_no_and_return_is_pressed() -> None:
    with serve_consoles([booted_cisco("R9")]) as (console,):
        async with PATIENT.session(at(console, "iou")) as session:
            assert await session.hostname() == "R9"


async def test_configurations_are_read_in_privileged_mode_which_is_left_again() -> None:
    device = cisco(enabled=False, enable_password="level15")
    with serve_consoles([device]) as (console,):
        async with PATIENT.session(at(console, "cisco"), Login(enable_password="level15")) as session:
            assert "hostname R1" in (await session.configuration()).text
        assert console.device.prompt == "R1>"


@pytest.mark.parametrize(("login", "why"), [(None, "none is given"), (Login(enable_password="no"), "is refused")])
async def test_privileged_mode_that_cannot_be_had_is_unauthorized(login: Login | None, why: str) -> None:
    with serve_consoles([cisco(enabled=False, enable_password="level15")]) as (console,):
        async with PATIENT.session(at(console, "cisco"), login) as session:
            with pytest.raises(PrivilegeRequired, match=why):
                await session.configuration()
            assert await session.hostname() == "R1"


@pytest.fixture
def long_ears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listen for longer before the first key: on a busy machine the first line of a device that boots comes late."""
    monkeypatch.setattr(arrival, "_ANYTHING", 1.0)


@pytest.mark.usefixtures("long_ears")
async def test_a_device_that_boots_is_waited_for_and_no_key_stops_it() -> None:
    with serve_consoles([SimulatedConsole(linux(), faults=Faults(boot_seconds=1.0))]) as (console,):
        async with PATIENT.session(at(console, "linux")) as session:
            assert await session.hostname() == "box"
        assert not console.halted


@pytest.mark.usefixtures("long_ears")
async def test_a_device_that_boots_for_too_long_is_booting_not_silent() -> None:
    with serve_consoles([SimulatedConsole(linux(), faults=Faults(boot_seconds=30.0))]) as (console,):
        with pytest.raises(Booting, match="is starting"):
            async with QUICK.session(at(console, "linux")):
                pass
        assert not console.halted


async def test_a_boot_loader_is_left_alone() -> None:
    with serve_consoles([Personality("loader", "rommon 1 > ", {})]) as (console,):
        with pytest.raises(Booting, match="boot loader"):
            async with PATIENT.session(at(console, "cisco")):
                pass
        assert console.device.commands == []


async def test_what_somebody_is_asked_to_confirm_is_not_confirmed() -> None:
    with (
        serve_consoles([Personality("asks", "Proceed with reload? [confirm]", {})]) as (console,),
        pytest.raises(Busy, match="confirm"),
    ):
        async with PATIENT.session(at(console, "cisco")):
            pass


async def test_a_console_that_says_nothing_is_silent_within_its_time() -> None:
    with serve_consoles([SimulatedConsole(vpcs(), faults=Faults(silent=True))]) as (console,):
        started = monotonic()
        with pytest.raises(Silent, match="nothing came back"):
            async with QUICK.session(at(console, "vpcs")):
                pass
        assert monotonic() - started < 20.0


async def test_a_prompt_that_nobody_knows_is_refused_rather_than_guessed() -> None:
    with (
        serve_consoles([Personality("odd", "what now? ", {})]) as (console,),
        pytest.raises(NotSupported, match="none of the dialects"),
    ):
        async with QUICK.session(at(console)):
            pass


@pytest.mark.parametrize("after", [0, 40, 400])
async def test_a_console_that_hangs_up_is_unreachable(after: int) -> None:
    faults = Faults(hang_up_after_bytes=after)
    with (
        serve_consoles([SimulatedConsole(cisco(), faults=faults)]) as (console,),
        pytest.raises(Unreachable, match=r"hung up|broke"),
    ):
        async with PATIENT.session(at(console, "cisco")) as session:
            await session.interfaces()


async def test_junk_before_the_first_prompt_harms_nothing() -> None:
    junk = b"\x00\xfe\x1b[31m\x1b]0;title\x07\x9b5n half a line\x1b["
    with serve_consoles([SimulatedConsole(vpcs(), faults=Faults(garbage=junk))]) as (console,):
        async with PATIENT.session(at(console, "vpcs")) as session:
            assert await session.hostname() == "PC1"


async def test_a_raw_tcp_console_works_without_telnet() -> None:
    with serve_consoles([SimulatedConsole(linux(), raw=True)]) as (console,):
        target = ConsoleTarget("127.0.0.1", console.port, "linux", protocol="raw")
        async with PATIENT.session(target) as session:
            assert len(await session.interfaces()) == 3
