"""Linux at a shell: iproute2's JSON, the text of older ones and BusyBox's, and ifconfig where there is no `ip`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import ClassVar, Final

from ..errors import CommandRefused
from ..values import ArpEntry, ConfigurationKind, ConsoleInterface, Ping, Route, System
from . import linux_answers as answers
from .base import Dialect, Talk, first_understood

_FILES: Final = ("/etc/network/interfaces", "/etc/netplan/*.yaml", "/etc/systemd/network/*.network")


class Linux(Dialect):
    name: ClassVar[str] = "linux"
    # bash and sh with and without a host name, Alpine, CentOS, Tiny Core, and a bare sign.
    prompt: ClassVar[re.Pattern[str]] = re.compile(
        r"^(?:\([\w .-]+\) ?)?"
        r"(?:\S+@\S+:\S*|\[\S+@\S+ [^\]]+\]|(?:ba|a|da|z|k)?sh(?:-\d[\d.]*)?|[\w.-]+:[~/]\S*|[~/]\S*)?"
        r" ?[#$] ?$"
    )
    refusal: ClassVar[re.Pattern[str]] = re.compile(
        r"not found$|No such file or directory|is unknown, try"
        r"|(?:invalid|unrecognized|unknown|illegal) (?:option|argument)"
        r"|^Usage: |^BusyBox v.*multi-call|Permission denied|can't open|Operation not permitted",
        re.MULTILINE,
    )
    noise: ClassVar[re.Pattern[str] | None] = re.compile(r"^\[ *\d+\.\d+\] ")
    logout: ClassVar[str] = "exit"

    async def hostname(self, talk: Talk) -> str:
        return await first_understood(
            lambda: talk.ask("hostname", answers.one_word),
            lambda: talk.ask("cat /proc/sys/kernel/hostname", answers.one_word),
        )

    async def system(self, talk: Talk) -> System:
        hostname = await self.hostname(talk)
        kernel = await talk.ask("uname -sr", answers.kernel)
        name = await first_understood(
            lambda: talk.ask("cat /etc/os-release", answers.distribution), lambda: _nothing(kernel[0])
        )
        return System(hostname, operating_system=name, version=kernel[1])

    async def interfaces(self, talk: Talk) -> tuple[ConsoleInterface, ...]:
        return await first_understood(
            lambda: talk.ask("ip -j addr", answers.interfaces_json),
            lambda: talk.ask("ip addr", answers.interfaces_text),
            lambda: talk.ask("ifconfig -a", answers.interfaces_ifconfig),
        )

    async def arp(self, talk: Talk) -> tuple[ArpEntry, ...]:
        return await first_understood(
            lambda: talk.ask("ip -j neigh", answers.arp_json),
            lambda: talk.ask("ip neigh", answers.arp_text),
            lambda: talk.ask("cat /proc/net/arp", answers.arp_of_kernel),
        )

    async def routes(self, talk: Talk) -> tuple[Route, ...]:
        return await first_understood(
            lambda: talk.ask("ip -j route", answers.routes_json),
            lambda: talk.ask("ip route", answers.routes_text),
            lambda: talk.ask("route -n", answers.routes_net_tools),
        )

    async def ping(self, talk: Talk, address: str, count: int) -> Ping:
        return await talk.ask(
            f"ping -c {count} -W 1 {address}",
            lambda text: answers.ping(text, address),
            seconds=5.0 + 2.0 * count,
        )

    async def configuration(self, talk: Talk, kind: ConfigurationKind) -> str:
        """running: the addresses and routes in force. startup: the files that ifupdown, netplan and networkd read."""
        if kind == "running":
            addresses = await first_understood(lambda: talk.run("ip addr"), lambda: talk.run("ifconfig -a"))
            routes = await first_understood(lambda: talk.run("ip route"), lambda: talk.run("route -n"))
            return f"{addresses}\n{routes}"
        found = [await _file(lambda path=path: talk.run(f"cat {path}")) for path in _FILES]  # type: ignore[misc]
        return "\n".join(text for text in found if text)


async def _nothing(value: str) -> str:
    return value


async def _file(read: Callable[[], Awaitable[str]]) -> str:
    try:
        return await read()
    except CommandRefused:
        return ""
