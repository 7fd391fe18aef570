"""A router's console, as far as a discovery asks it: its interfaces, its version, its configuration, pings.

What it is stands in its startup configuration, the file that the server keeps for the node.
"""

from __future__ import annotations

import asyncio
import random
import re
from ipaddress import AddressValueError, IPv4Address, IPv4Interface

from api_clients.network.gns3.simulator.fabric import Fabric
from api_clients.network.gns3.simulator.shells import Interface, Say
from api_clients.network.gns3.simulator.state import Node, Project
from api_clients.network.gns3.simulator.world import World

VERSION = """Cisco IOS Software, 7200 Software (C7200-ADVENTERPRISEK9-M), Version 15.2(4)S5, RELEASE SOFTWARE (fc1)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2014 by Cisco Systems, Inc.

ROM: ROMMON Emulation Microcode
{name} uptime is 5 minutes
System image file is "tftp://255.255.255.255/unknown"

Cisco 7206VXR (NPE400) processor (revision A) with 491520K/32768K bytes of memory.
Processor board ID 4279256517
3 FastEthernet interfaces
Configuration register is 0x2102
"""
COMMANDS = (
    "enable",
    "exit",
    "ping",
    "show arp",
    "show ip interface brief",
    "show running-config",
    "show startup-config",
    "show version",
    "terminal length",
    "terminal width",
)
PINGS = 5


def startup_file(node: Node) -> str:
    return f"configs/i{node.number + 1}_startup-config.cfg" if node.type == "dynamips" else "startup-config.cfg"


class IosShell:
    is_router = True

    def __init__(self, world: World, project: Project, node: Node) -> None:
        self._world = world
        self._project = project
        self._node = node
        self._configuration = node.files.get(startup_file(node), b"").decode(errors="replace")
        hostname = re.search(r"^hostname (\S+)", self._configuration, re.MULTILINE)
        self._name = hostname.group(1) if hostname else node.name
        self._chance = random.Random(node.number)  # noqa: S311 # loss and jitter, the same in every run
        self._interfaces = tuple(self._configured())

    @property
    def prompt(self) -> str:
        return f"{self._name}#"

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        return self._interfaces

    async def begin(self, say: Say) -> None:
        say("\r\n*Mar  1 00:00:04.135: %SYS-5-RESTART: System restarted --\r\n")

    async def run(self, line: str, say: Say) -> None:
        words = line.split()
        command = _completed(words)
        if command is None:
            say("          ^\r\n% Invalid input detected at '^' marker.\r\n\r\n")
        elif command == "ping":
            await self._ping(words[1:], say)
        else:
            say(self._answer(command).replace("\n", "\r\n"))

    def _answer(self, command: str) -> str:
        if command == "show ip interface brief":
            return self._brief()
        if command == "show version":
            return VERSION.format(name=self._name)
        if command in ("show running-config", "show startup-config"):
            return f"Building configuration...\n\nCurrent configuration : 1024 bytes\n{self._configuration}\n"
        if command == "show arp":
            return "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n" + self._arp()
        return ""

    def _brief(self) -> str:
        rows = [_row("Interface", "IP-Address", "OK?", "Method", "Status", "Protocol")]
        by_port = {interface.port: interface for interface in self._interfaces}
        for port in self._node.ports:
            interface = by_port.get((port["adapter_number"], port["port_number"]))
            address = str(interface.address.ip) if interface else "unassigned"
            state, protocol = ("up", "up") if interface else ("administratively down", "down")
            rows.append(_row(port["name"], address, "YES", "NVRAM", state, protocol))
        return "\n".join(rows) + "\n"

    def _arp(self) -> str:
        return "".join(
            f"Internet  {each.address.ip!s:<15}        -   {_dotted(each.mac)}  ARPA   {each.name}\n"
            for each in self._interfaces
        )

    async def _ping(self, words: list[str], say: Say) -> None:
        try:
            to = IPv4Address(words[0])
        except (AddressValueError, IndexError):
            say("% Unrecognized host or address, or protocol not running.\r\n\r\n")
            return
        say("\r\nType escape sequence to abort.\r\n")
        say(f"Sending {PINGS}, 100-byte ICMP Echos to {to}, timeout is 2 seconds:\r\n")
        answered = 0
        for _ in range(PINGS):
            route = Fabric(self._world, self._project).from_router(self._node, to)
            seconds = route.send(self._chance) if route else None
            await asyncio.sleep(2.0 if seconds is None else seconds)
            say("." if seconds is None else "!")
            answered += seconds is not None
        say(f"\r\nSuccess rate is {answered * 100 // PINGS} percent ({answered}/{PINGS})\r\n")

    def _configured(self) -> list[Interface]:
        """The interfaces of the configuration that have an address and are not shut down."""
        found = []
        for block in re.split(r"^(?=interface )", self._configuration, flags=re.MULTILINE)[1:]:
            block = block.split("\n!", 1)[0]
            name = block.split("\n", 1)[0].removeprefix("interface ").strip()
            address = re.search(r"^ ip address (\S+) (\S+)", block, re.MULTILINE)
            port = next((each for each in self._node.ports if each["name"] == name), None)
            if address and port and not re.search(r"^ shutdown", block, re.MULTILINE):
                at = (port["adapter_number"], port["port_number"])
                mac = f"ca:{self._node.number + 1:02x}:00:00:00:{at[0] * 16 + at[1]:02x}"
                found.append(Interface(at, IPv4Interface(f"{address[1]}/{address[2]}"), mac, name))
        return found


def _completed(words: list[str]) -> str | None:
    """The command that these words abbreviate, as `sh ip int br`."""
    for command in COMMANDS:
        whole = command.split()
        is_argument_free = command not in ("ping", "terminal length", "terminal width")
        if len(words) < len(whole) or (is_argument_free and len(words) > len(whole)):
            continue
        if all(full.startswith(given.lower()) for full, given in zip(whole, words, strict=False)):
            return command
    return None


def _row(name: str, address: str, ok: str, method: str, state: str, protocol: str) -> str:
    return f"{name:<26} {address:<15} {ok:<3} {method:<6} {state:<21} {protocol}"


def _dotted(mac: str) -> str:
    digits = mac.replace(":", "")
    return f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"
