"""The contract, kept by real programs: Debian's vpcs, bash, and BusyBox's shell with its own tools."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from api_clients.network.console.session import ConsoleSession
from api_clients.network.console.tests.contract import ConsoleContract, Rig
from api_clients.network.console.tests.real_vpcs import two_pcs
from api_clients.network.console.tests.shells import ShellConsole
from api_clients.network.console.values import ConsoleInterface
from api_clients.tests.servers import free_port


@pytest.fixture(scope="module")
def vpcs_port(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One pair for all of its tests: VPCS takes three seconds to look for others with its address."""
    with two_pcs(program("vpcs"), tmp_path_factory.mktemp("vpcs")) as port:
        yield port


@pytest.mark.needs("vpcs")
class TestVpcs(ConsoleContract):
    device_type, name, address, mac = "vpcs", "PC7", "10.7.0.7/24", None
    reachable = "10.7.0.8"

    @pytest.fixture(autouse=True)
    def _where(self, vpcs_port: int) -> None:
        self._port = vpcs_port

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        yield Rig(self._port)

    async def test_a_stopped_console_is_unreachable_and_says_why(self) -> None:
        self._port = free_port()
        await super().test_a_stopped_console_is_unreachable_and_says_why()

    async def carried_out(self, rig: Rig, console: ConsoleSession) -> str:
        return await console.show("show history")

    def check(self, interfaces: tuple[ConsoleInterface, ...]) -> None:
        (only,) = interfaces
        assert self.address in map(str, only.addresses)
        assert only.mac is not None
        assert only.mac.startswith("00:50:79:66:68:")


class Shell(ConsoleContract):
    device_type, address, mac = "docker", "127.0.0.1/8", None
    reachable = "127.0.0.1"
    command: tuple[str, ...]
    environment: dict[str, str] = {}

    @property
    def name(self) -> str:  # type: ignore[override]
        return socket.gethostname()

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        async with ShellConsole(self.command, environment=self.environment).running() as shell:
            # What a shell carried out and does not know it complains of: "half-typed: not found".
            yield Rig(shell.port, lambda: "\n".join(line for line in shell.text.splitlines() if "not found" in line))

    def check(self, interfaces: tuple[ConsoleInterface, ...]) -> None:
        super().check(interfaces)
        kernels = {path.name: (path / "address").read_text().strip() for path in Path("/sys/class/net").iterdir()}
        told = {item.name: item.mac for item in interfaces}
        assert told.keys() == kernels.keys()
        assert all(mac is None or mac == kernels[name] for name, mac in told.items())


@pytest.mark.needs("ip", "ping")
class TestBash(Shell):
    command = ("bash", "--norc", "-i")
    environment = {"PS1": r"\u@\h:\w\$ ", "TERM": "dumb"}


@pytest.mark.needs("ip", "ping")
class TestBashInColour(Shell):
    """Debian's prompt for a colourful terminal: a window title, colours, and brackets for pasting."""

    command = ("bash", "--norc", "-i")
    environment = {
        "PS1": r"\[\e]0;\u@\h: \w\a\]\[\033[01;32m\]\u@\h\[\033[00m\]:\[\033[01;34m\]\w\[\033[00m\]\$ ",
        "TERM": "xterm-256color",
    }


@pytest.mark.needs("ip", "ping")
class TestBareBash(Shell):
    """A prompt of one sign, which many lines of an answer begin with too."""

    command = ("bash", "--norc", "-i")
    environment = {"PS1": "# ", "TERM": "dumb"}


@pytest.mark.needs("busybox")
class TestBusyBox(Shell):
    """No iproute2 and no ping but BusyBox's own."""

    command = ("busybox", "sh", "-i")

    @pytest.fixture(autouse=True)
    def _tools(self, program: Callable[[str], str], tmp_path: Path) -> None:
        for tool in ("ip", "hostname", "ping", "cat", "uname", "route", "arp"):
            (tmp_path / tool).symlink_to(program("busybox"))
        self.command = (program("busybox"), "sh", "-i")
        self.environment = {"PATH": os.fspath(tmp_path), "TERM": "vt100"}


@pytest.mark.needs("busybox")
class TestBusyBoxWithoutIp(Shell):
    @pytest.fixture(autouse=True)
    def _tools(self, program: Callable[[str], str], tmp_path: Path) -> None:
        for tool in ("ifconfig", "hostname", "ping", "cat", "uname", "route", "arp"):
            (tmp_path / tool).symlink_to(program("busybox"))
        (tmp_path / "ip").write_text("#!/bin/false\n")  # found, and cannot be carried out
        self.command = (program("busybox"), "sh", "-i")
        self.environment = {"PATH": os.fspath(tmp_path), "TERM": "vt100"}
