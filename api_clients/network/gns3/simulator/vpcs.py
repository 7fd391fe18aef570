"""The command line of VPCS 0.8 (https://vpcs.sourceforge.net), as far as labs use it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, NetmaskValueError

from api_clients.network.gns3.simulator.fabric import Fabric
from api_clients.network.gns3.simulator.shells import Interface, Say
from api_clients.network.gns3.simulator.state import Node, Project
from api_clients.network.gns3.simulator.world import World

STARTUP_FILE = "startup.vpc"
BANNER = """
Welcome to Virtual PC Simulator, version 0.8.3
Dedicated to Daling.
Build time: Sep  9 2023 11:15:00
Copyright (c) 2007-2015, Paul Meng (mirnshi@gmail.com)
All rights reserved.

VPCS is free software, distributed under the terms of the "BSD" licence.
Source code and license can be found at vpcs.sf.net.
For more information, please visit wiki.freecode.com.cn.

Press '?' to get help.
"""
HELP = """
?                        Print help
arp                      Shortcut for: show arp. Show arp table
clear ARG                Clear IPv4/IPv6, arp/neighbor cache, command history
echo TEXT                Display TEXT in output. See also  set echo ?
help                     Print help
ip ARG ... [OPTION]      Configure the current VPC's IP settings. See ip ?
ping HOST [OPTION ...]   Ping HOST with ICMP (default) or TCP/UDP
save [FILENAME]          Save the configuration to the file FILENAME
set ARG ...              Set VPC name and other options. Try set ?
show [ARG ...]           Print the information of VPCs (default). See show ?
version                  Shortcut for: show version
"""
PING_TIMES, PING_TIMEOUT_SECONDS = 5, 1.0
Command = Callable[[list[str], Say], Awaitable[None]]


class VpcsShell:
    is_router = False

    def __init__(self, world: World, project: Project, node: Node) -> None:
        self._world = world
        self._project = project
        self._node = node
        self._name = node.name
        self._address: IPv4Interface | None = None
        self._gateway: IPv4Address | None = None
        self._chance = random.Random(node.number)  # noqa: S311 # loss and jitter, the same in every run
        self._commands: dict[str, Command] = {
            "show": self._show,
            "ip": self._ip,
            "ping": self._ping,
            "set": self._set,
            "save": self._save,
            "clear": self._clear,
            "echo": self._echo,
            "sleep": self._sleep,
            "version": self._version,
            "arp": self._arp,
            "?": self._help,
            "help": self._help,
        }

    @property
    def prompt(self) -> str:
        return f"{self._name}> "

    @property
    def mac(self) -> str:
        return f"00:50:79:66:68:{self._node.number & 0xFF:02x}"

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        return (Interface((0, 0), self._address, self.mac, "eth0"),) if self._address else ()

    async def begin(self, say: Say) -> None:
        say(_lines(BANNER))
        script = self._node.files.get(STARTUP_FILE)
        if script is None:
            return
        say("\r\nExecuting the startup file\r\n\r\n")
        for line in script.decode(errors="replace").splitlines():
            if line.strip() and not line.startswith("#"):
                await self.run(line.strip(), say)

    async def run(self, line: str, say: Say) -> None:
        word, *rest = line.split()
        command = next((run for name, run in self._commands.items() if name == word), None)
        if command is None:
            say(f'Bad command: "{line}". Use ? for help.\r\n')
        else:
            await command(rest, say)
        say("\r\n")

    async def _show(self, words: list[str], say: Say) -> None:
        what = words[0] if words else "ip"
        if what == "ip":
            say(_lines(self._settings()))
        elif what == "version":
            await self._version(words, say)
        elif what == "arp":
            await self._arp(words, say)
        else:
            say("Invalid arguments\r\n")

    def _settings(self) -> str:
        address = self._address or IPv4Interface("0.0.0.0/0")
        port = self._node.console or 0
        return (
            f"\nNAME        : {self._name}[1]\n"
            f"IP/MASK     : {address}\n"
            f"GATEWAY     : {self._gateway or '0.0.0.0'}\n"  # noqa: S104 # what VPCS says where there is none
            "DNS         : \n"
            f"MAC         : {self.mac}\n"
            f"LPORT       : {port + 1}\n"
            f"RHOST:PORT  : 127.0.0.1:{port + 2}\n"
            "MTU         : 1500\n"
        )

    async def _ip(self, words: list[str], say: Say) -> None:
        if not words or words[0] == "?":
            say("ip ARG ... [OPTION]\r\n")
        elif words[0] in ("dhcp", "auto"):
            say("DDD\r\nCan't find dhcp server\r\n")
        else:
            await self._set_address(words, say)

    async def _set_address(self, words: list[str], say: Say) -> None:
        """`ip 10.0.0.1/24 10.0.0.254`: in `ip A M`, M is the gateway."""
        text, _, prefix = words[0].partition("/")
        gateways = [word for word in words[1:] if not word.isdigit()]
        bits = prefix or next((word for word in words[1:] if word.isdigit()), "24")
        try:
            address = IPv4Interface(f"{text}/{bits}")
            gateway = IPv4Address(gateways[0]) if gateways else None
        except (AddressValueError, NetmaskValueError, ValueError):
            say("Invalid address\r\n")
            return
        say("Checking for duplicate address...\r\n")
        self._address, self._gateway = address, gateway
        said = f"PC1 : {address.ip} {address.netmask}"
        say(f"{said} gateway {gateway}\r\n" if gateway else f"{said}\r\n")

    async def _ping(self, words: list[str], say: Say) -> None:
        try:
            to = IPv4Address(words[0])
            times = int(_option(words, "-c") or PING_TIMES)
            pause = int(_option(words, "-i") or 1000) / 1000
        except (AddressValueError, ValueError, IndexError):
            say(f"Cannot resolve {words[0] if words else 'nothing'}\r\n")
            return
        if self._address is None:
            say("Please set the IP address first\r\n")
        elif to == self._address.ip:
            await self._echo_itself(times, say)
        elif to not in self._address.network and self._gateway is None:
            say("No gateway found\r\n")
        else:
            await self._send(to, times, pause, say)

    async def _echo_itself(self, times: int, say: Say) -> None:
        assert self._address is not None
        for number in range(1, times + 1):
            say(f"{self._address.ip} icmp_seq={number} ttl=64 time=0.001 ms\r\n")

    async def _send(self, to: IPv4Address, times: int, pause: float, say: Say) -> None:
        for number in range(1, times + 1):
            route = Fabric(self._world, self._project).route(self._node, self.interfaces[0], self._gateway, to)
            if route is None and number == 1:
                await asyncio.sleep(PING_TIMEOUT_SECONDS)
                say(f"host ({to if self._is_near(to) else self._gateway}) not reachable\r\n")
                return
            seconds = route.send(self._chance) if route else None
            if route is None or seconds is None or seconds > PING_TIMEOUT_SECONDS:
                await asyncio.sleep(PING_TIMEOUT_SECONDS)
                say(f"{to} icmp_seq={number} timeout\r\n")
                continue
            await asyncio.sleep(seconds)
            say(f"84 bytes from {to} icmp_seq={number} ttl={route.ttl} time={seconds * 1000:.3f} ms\r\n")
            if number < times:
                await asyncio.sleep(max(0.0, pause - seconds))

    def _is_near(self, to: IPv4Address) -> bool:
        return self._address is not None and to in self._address.network

    async def _set(self, words: list[str], say: Say) -> None:
        if len(words) == 2 and words[0] == "pcname":
            self._name = words[1]
        else:
            say("Invalid arguments\r\n")

    async def _save(self, words: list[str], say: Say) -> None:
        lines = [f"set pcname {self._name}"]
        if self._address:
            lines.append(f"ip {self._address}" + (f" {self._gateway}" if self._gateway else ""))
        self._node.files[STARTUP_FILE] = ("\n".join(lines) + "\n").encode()
        say("Saving startup configuration to startup.vpc\r\n.  done\r\n")

    async def _clear(self, words: list[str], say: Say) -> None:
        if words[:1] == ["ip"]:
            self._address = self._gateway = None
            say("IPv4 address/mask, gateway, DNS, and DHCP cleared\r\n")

    async def _echo(self, words: list[str], say: Say) -> None:
        say(f"{' '.join(words)}\r\n")

    async def _sleep(self, words: list[str], say: Say) -> None:
        await asyncio.sleep(float(words[0]) if words and words[0].isdigit() else 1.0)

    async def _version(self, words: list[str], say: Say) -> None:
        say(_lines(BANNER))

    async def _arp(self, words: list[str], say: Say) -> None:
        say("\r\narp table is empty\r\n")

    async def _help(self, words: list[str], say: Say) -> None:
        say(_lines(HELP))


def _option(words: list[str], name: str) -> str | None:
    return words[words.index(name) + 1] if name in words else None


def _lines(text: str) -> str:
    return text.replace("\n", "\r\n")
