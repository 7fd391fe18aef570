"""Junos: operational mode, and its commands from within configuration mode. From the shell of root it needs `cli`."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from ..addressing import address_with_prefix, ip, mac
from ..templates import rows
from ..values import Address, ArpEntry, ConfigurationKind, ConsoleInterface, Neighbor, Ping, System
from . import linux_answers
from .base import Dialect, Talk, if_understood
from .merging import Interfaces

_TERSE: Final = re.compile(r"^(?P<name>[a-z][\w./:-]*)\s+(?P<admin>up|down)\s+(?P<link>up|down)(?:\s+(?P<rest>.*))?$")
_MORE: Final = re.compile(r"^\s+(?P<rest>\S.*)$")
_ADDRESS: Final = re.compile(
    r"(?:^|\s)(?P<address>\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:.]+)(?:/(?P<length>\d+))?(?=\s|$)"
)
_PHYSICAL: Final = re.compile(r"^Physical interface: (?P<name>\S+?),")
_HARDWARE: Final = re.compile(r"Current address: (?P<mac>[0-9a-f:]{17})")


class Juniper(Dialect):
    name: ClassVar[str] = "juniper"
    prompt: ClassVar[re.Pattern[str]] = re.compile(r"^[\w.-]+@[\w.-]*[>#%] ?$")
    refusal: ClassVar[re.Pattern[str]] = re.compile(
        r"unknown command\.|syntax error|is ambiguous\.|missing argument", re.M
    )
    noise: ClassVar[re.Pattern[str] | None] = re.compile(r"^\{[a-z:0-9-]+\}(?:\[edit\])?$|^\[edit[^\]]*\]$")
    logout: ClassVar[str] = "exit"

    async def prepare(self, talk: Talk) -> None:
        if talk.prompt.rstrip().endswith("%"):
            await talk.dialogue("cli", ())
            talk.notes["shell"] = "yes"

    async def leave(self, talk: Talk) -> None:
        if talk.notes.get("shell"):
            await talk.dialogue("exit", ())

    def in_mode(self, command: str, prompt: str) -> str:
        return f"run {command}" if prompt.rstrip().endswith("#") else command

    async def hostname(self, talk: Talk) -> str:
        return talk.prompt.rstrip(" >#%").partition("@")[2]

    async def system(self, talk: Talk) -> System:
        found = (await talk.ask("show version | no-more", lambda text: rows("juniper_junos_show_version", text)))[0]
        return System(
            found["hostname"],
            operating_system="Junos",
            version=found["junos_version"],
            model=found["model"],
            serial=found["serial_number"],
        )

    async def interfaces(self, talk: Talk) -> tuple[ConsoleInterface, ...]:
        """A logical interface (ge-0/0/0.0) has the addresses, the physical one the MAC; both are there."""
        found = Interfaces()
        macs = await if_understood(talk.ask("show interfaces | no-more", _macs), {})
        for item in await talk.ask("show interfaces terse | no-more", _interfaces):
            hardware = macs.get(item.name.partition(".")[0])
            found.note(item.name, mac=hardware, status=item.status, addresses=item.addresses)
        return found.values()

    async def arp(self, talk: Talk) -> tuple[ArpEntry, ...]:
        return await talk.ask("show arp no-resolve | no-more", _arp)

    async def neighbors(self, talk: Talk) -> tuple[Neighbor, ...]:
        return await talk.ask("show lldp neighbors | no-more", _neighbors)

    async def ping(self, talk: Talk, address: str, count: int) -> Ping:
        return await talk.ask(
            f"ping {address} count {count} wait 1",
            lambda text: linux_answers.ping(text.replace("/stddev", "/mdev"), address),
            seconds=5.0 + 2.0 * count,
        )

    async def configuration(self, talk: Talk, kind: ConfigurationKind) -> str:
        """What is committed is in force and what the device starts with."""
        return await talk.run("show configuration | no-more", seconds=60.0)


def _interfaces(text: str) -> tuple[ConsoleInterface, ...]:
    found = Interfaces()
    name = ""
    for line in text.splitlines():
        row, more = _TERSE.match(line), _MORE.match(line)
        if row is not None:
            name = row["name"]
            up = row["admin"] == "up" and row["link"] == "up"
            found.note(name, status="up" if up else "down", addresses=_addresses(row["rest"] or ""))
        elif more is not None and name:  # a second family or address of the same interface
            found.note(name, addresses=_addresses(more["rest"]))
    if not name:
        raise ValueError("no interface in it")
    return found.values()


def _addresses(text: str) -> list[Address]:
    """Of the local column; one without a prefix length stands for itself alone."""
    local = text.partition("-->")[0]
    return [
        address_with_prefix(match["address"], match["length"] or (128 if ":" in match["address"] else 32))
        for match in _ADDRESS.finditer(local)
    ]


def _macs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if physical := _PHYSICAL.match(line):
            name = physical["name"]
        elif (hardware := _HARDWARE.search(line)) and name:
            found.setdefault(name, mac(hardware["mac"]))
    return found


def _arp(text: str) -> tuple[ArpEntry, ...]:
    return tuple(
        ArpEntry(ip(row["ip_address"]), mac(row["mac_address"]), row["interface"])
        for row in rows("juniper_junos_show_arp_no-resolve", text)
    )


def _neighbors(text: str) -> tuple[Neighbor, ...]:
    return tuple(
        Neighbor("lldp", row["local_interface"], row["neighbor_name"], row["neighbor_interface"])
        for row in rows("juniper_junos_show_lldp_neighbors", text)
    )
