"""VPCS, the small PC of GNS3 (0.5 to 0.8): one interface, one IPv4 address, and what IPv6 gives it."""

from __future__ import annotations

import re
from typing import ClassVar

from ..addressing import address_with_prefix, mac
from ..values import Address, ArpEntry, ConfigurationKind, ConsoleInterface, Ping, System
from .base import Dialect, Talk, if_understood

INTERFACE = "eth0"  # GNS3's name of its only port; VPCS itself has none
UNSET = "0.0.0.0"  # noqa: S104 # what VPCS writes for no address

_FIELD = re.compile(r"^(?P<key>[A-Z][A-Z0-9/: -]*?)\s*:\s*(?P<value>.*)$")
# 0.5 leaves out "84 bytes from"; a router that says no stands behind a star, with "(ICMP type:3, ...)" at the end.
_REPLY = re.compile(r"^(?:\d+ bytes from )?(?P<address>\S+) icmp6?_seq=\d+ ttl=\d+ time=(?P<ms>[\d.]+) ms\s*$", re.M)
_ARP = re.compile(r"^(?P<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5})\s+(?P<address>\S+)")
_VERSION = re.compile(r"version (?P<version>\S+)")


class Vpcs(Dialect):
    name: ClassVar[str] = "vpcs"
    prompt: ClassVar[re.Pattern[str]] = re.compile(r"^[A-Za-z0-9][\w.-]*(?:\[\d+\])?> $")
    refusal: ClassVar[re.Pattern[str]] = re.compile(
        r"^(?:Bad command|Invalid (?:command|arguments)|Incomplete command)", re.M
    )

    async def system(self, talk: Talk) -> System:
        name = await self.hostname(talk)
        version = await talk.ask("show version", _version)
        return System(name, operating_system="VPCS", version=version)

    async def hostname(self, talk: Talk) -> str:
        return _hostname(talk.prompt)

    async def interfaces(self, talk: Talk) -> tuple[ConsoleInterface, ...]:
        first = await talk.ask("show ip", _interface)
        six = await if_understood(talk.ask("show ipv6", _ipv6), ())
        return (ConsoleInterface(first.name, first.mac, (*first.addresses, *six), first.status),)

    async def arp(self, talk: Talk) -> tuple[ArpEntry, ...]:
        return await talk.ask("show arp", _arp)

    async def ping(self, talk: Talk, address: str, count: int) -> Ping:
        # VPCS waits a second for each answer and pauses a second after it; 3 s go into asking for the MAC first.
        printed = await talk.ask(f"ping {address} -c {count}", str, seconds=4.0 + 2.0 * count)
        return _ping(printed, address, count)

    async def configuration(self, talk: Talk, kind: ConfigurationKind) -> str:
        """VPCS keeps no list of commands; what `save` would write is made of what it shows."""
        if kind == "startup":
            raise self._lacks("startup configuration over its console")
        shown = await talk.ask("show ip", _fields)
        return _commands(_hostname(talk.prompt), shown)


def _hostname(prompt: str) -> str:
    return prompt.rstrip().removesuffix(">").partition("[")[0]


def _fields(text: str) -> dict[str, str]:
    """The rows of `show ip`; raises ValueError where the one that is always there is not."""
    found = {
        match["key"].strip(" :"): match["value"].strip() for match in map(_FIELD.match, text.splitlines()) if match
    }
    if "MAC" not in found:
        raise ValueError("no MAC in the answer to show ip")
    return found


def _interface(text: str) -> ConsoleInterface:
    fields = _fields(text)
    address = address_with_prefix(fields["IP/MASK"])
    configured = () if address.address == UNSET else (address,)
    return ConsoleInterface(INTERFACE, mac(fields["MAC"]), configured, "up")


def _ipv6(text: str) -> tuple[Address, ...]:
    fields = _fields(text)
    written = (fields.get("LINK-LOCAL SCOPE", ""), fields.get("GLOBAL SCOPE", ""))
    return tuple(address_with_prefix(value) for value in written if value)


def _arp(text: str) -> tuple[ArpEntry, ...]:
    rows = tuple(
        ArpEntry(match["address"], mac(match["mac"]), INTERFACE)
        for match in map(_ARP.match, map(str.strip, text.lower().splitlines()))
        if match
    )
    if not rows and "arp table is empty" not in text.lower():
        raise ValueError("neither rows nor the word that there are none")
    return rows


def _ping(text: str, address: str, count: int) -> Ping:
    times = [float(match["ms"]) / 1000 for match in _REPLY.finditer(text) if match["address"] == address]
    if not times:
        return Ping(address, count, 0)
    return Ping(address, count, len(times), min(times), sum(times) / len(times), max(times))


def _version(text: str) -> str:
    match = _VERSION.search(text)
    if match is None:
        raise ValueError("no version in the answer")
    return match["version"]


def _commands(name: str, fields: dict[str, str]) -> str:
    address, gateway = fields.get("IP/MASK", ""), fields.get("GATEWAY", "")
    lines = [f"set pcname {name}"]
    if address_with_prefix(address).address != UNSET:
        lines.append(f"ip {address.partition('/')[0]} {gateway} {address.partition('/')[2]}".strip())
    if dns := fields.get("DNS", ""):
        lines.append(f"ip dns {dns}")
    return "\n".join(lines)
