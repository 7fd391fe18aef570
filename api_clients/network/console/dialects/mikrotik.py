"""MikroTik RouterOS 6 and 7.

Lists are asked for as `terse`, one line of key=value for each entry, whatever the width of the terminal; where that is
not understood, as tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from ..addressing import address_with_prefix, ip, mac
from ..templates import rows
from ..values import ArpEntry, ConfigurationKind, ConsoleInterface, Neighbor, Ping, Route, System
from .base import Dialect, Talk, first_understood, if_understood
from .merging import Interfaces

_ENTRY: Final = re.compile(r"^ *\d+ +(?P<flags>(?:[A-Za-z]{1,6} +)*?)(?P<rest>(?:;;;|[a-z][\w.-]*=).*)$")
_PAIR: Final = re.compile(r"(?:^| )(?P<key>[a-z][\w.-]*)=")
_PROPERTY: Final = re.compile(r"^ *(?P<key>[a-z-]+): +(?P<value>.*?) *$", re.MULTILINE)
_SUMMARY: Final = re.compile(r"sent=(?P<sent>\d+) +received=(?P<received>\d+)(?P<rest>[^\n]*)")
_TIME: Final = re.compile(r"(?P<key>min|avg|max)-rtt=(?P<time>\S+)")
_PART_OF_TIME: Final = re.compile(r"(?P<number>[\d.]+)(?P<unit>ms|us|s)")
_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_CONTINUED: Final = re.compile(r"\\\r?\n[ \t]*")
_EXPORT_SECONDS: Final = 60.0  # a router with little memory takes its time


class MikroTik(Dialect):
    name: ClassVar[str] = "mikrotik"
    prompt: ClassVar[re.Pattern[str]] = re.compile(
        r"^\[[^\]@\s]+@[^\]]*\] ?(?:/?[a-z][a-z0-9/ -]*)?(?:<SAFE>|>{1,2}) ?$"
    )
    refusal: ClassVar[re.Pattern[str]] = re.compile(
        r"^(?:bad command name|expected end of command|syntax error|expected command name|no such command"
        r"|not enough permissions|input does not match|bad parameter|expected [a-z ]+ \(line \d+)",
        re.MULTILINE,
    )
    logout: ClassVar[str] = "/quit"

    async def hostname(self, talk: Talk) -> str:
        return talk.prompt.partition("@")[2].partition("]")[0]

    async def system(self, talk: Talk) -> System:
        found = await talk.ask("/system resource print", _properties)
        board = await if_understood(talk.ask("/system routerboard print", _properties), {})
        return System(
            await self.hostname(talk),
            operating_system="RouterOS",
            version=found["version"],
            model=board.get("model") or found.get("board-name", ""),
            serial=board.get("serial-number", ""),
            uptime=found.get("uptime", ""),
        )

    async def interfaces(self, talk: Talk) -> tuple[ConsoleInterface, ...]:
        found = Interfaces()
        for item in await if_understood(talk.ask("/interface print terse without-paging", _interfaces), ()):
            found.note(item.name, mac=item.mac, status=item.status, description=item.description)
        addresses = await first_understood(
            lambda: talk.ask("/ip address print terse without-paging", _addresses),
            lambda: talk.ask("/ip address print", _address_table),
        )
        six = await if_understood(talk.ask("/ipv6 address print terse without-paging", _addresses), ())
        for item in (*addresses, *six):
            found.note(item.name, addresses=item.addresses)
        return found.values()

    async def arp(self, talk: Talk) -> tuple[ArpEntry, ...]:
        return await first_understood(
            lambda: talk.ask("/ip arp print terse without-paging", _arp),
            lambda: talk.ask("/ip arp print", _arp_table),
        )

    async def routes(self, talk: Talk) -> tuple[Route, ...]:
        return await talk.ask("/ip route print terse without-paging", _routes)

    async def neighbors(self, talk: Talk) -> tuple[Neighbor, ...]:
        return await talk.ask("/ip neighbor print terse without-paging", _neighbors)

    async def ping(self, talk: Talk, address: str, count: int) -> Ping:
        return await talk.ask(
            f"/ping {address} count={count}", lambda text: _ping(text, address), seconds=5.0 + 2.0 * count
        )

    async def configuration(self, talk: Talk, kind: ConfigurationKind) -> str:
        """RouterOS keeps one configuration, which is in force and saved at once. Continued lines are put together."""
        return _CONTINUED.sub("", await talk.run("/export", seconds=_EXPORT_SECONDS))


def _properties(text: str) -> dict[str, str]:
    found = {match["key"]: match["value"] for match in _PROPERTY.finditer(text)}
    if not found:
        raise ValueError("no property in it")
    return found


def _entries(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Flags and properties of each entry of a terse list; values may hold spaces, so each ends where a key begins."""
    for line in text.splitlines():
        if not line.strip():
            continue
        entry = _ENTRY.match(line)
        if entry is None:
            raise ValueError("a line that is no entry")
        yield entry["flags"].replace(" ", ""), _pairs(entry["rest"])


def _pairs(text: str) -> dict[str, str]:
    starts = list(_PAIR.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)]
    return {match["key"]: text[match.end() : end].strip().strip('"') for match, end in zip(starts, ends, strict=True)}


def _interfaces(text: str) -> tuple[ConsoleInterface, ...]:
    return tuple(
        ConsoleInterface(
            pairs["name"],
            mac=mac(pairs["mac-address"]) if pairs.get("mac-address") else None,
            status="up" if "R" in flags and "X" not in flags else "down",
            description=pairs.get("comment", ""),
        )
        for flags, pairs in _entries(text)
    )


def _addresses(text: str) -> tuple[ConsoleInterface, ...]:
    """Addresses in force: neither disabled (X) nor invalid (I)."""
    return tuple(
        ConsoleInterface(_interface_of(pairs), addresses=(address_with_prefix(pairs["address"]),))
        for flags, pairs in _entries(text)
        if not set("XI") & set(flags)
    )


def _interface_of(pairs: dict[str, str]) -> str:
    return pairs.get("actual-interface") or pairs["interface"]


def _address_table(text: str) -> tuple[ConsoleInterface, ...]:
    return tuple(
        ConsoleInterface(row["interface"], addresses=(address_with_prefix(row["ip"], row["subnet"]),))
        for row in rows("mikrotik_routeros_ip_address_print", text)
        if not set("XI") & set(row["flags"])
    )


def _arp(text: str) -> tuple[ArpEntry, ...]:
    return tuple(
        ArpEntry(ip(pairs["address"]), mac(pairs["mac-address"]), pairs.get("interface", ""))
        for _, pairs in _entries(text)
        if pairs.get("mac-address")
    )


def _arp_table(text: str) -> tuple[ArpEntry, ...]:
    found = rows("mikrotik_routeros_ip_arp_print", text)
    return tuple(ArpEntry(ip(row["ip_address"]), mac(row["mac_address"]), row["interface"]) for row in found)


def _routes(text: str) -> tuple[Route, ...]:
    """Routes in force (A); a connected one has its interface as gateway."""
    return tuple(_route(pairs) for flags, pairs in _entries(text) if "A" in flags)


def _route(pairs: dict[str, str]) -> Route:
    """Of several gateways the first; version 7 tells the way to it as `immediate-gw=10.0.0.1%ether1`."""
    first = pairs.get("gateway", "").partition(",")[0]
    gateway, _, interface = first.partition("%")
    interface = interface or pairs.get("immediate-gw", "").partition("%")[2].partition(",")[0]
    try:
        return Route(pairs["dst-address"], ip(gateway), interface)
    except ValueError:
        return Route(pairs["dst-address"], None, first)


def _neighbors(text: str) -> tuple[Neighbor, ...]:
    return tuple(
        Neighbor(
            "mndp",
            pairs["interface"].partition(",")[0],
            pairs.get("identity", ""),
            pairs.get("interface-name", ""),
            tuple(dict.fromkeys(ip(pairs[key]) for key in ("address", "address4", "address6") if pairs.get(key))),
            " ".join(pairs[key] for key in ("platform", "board") if pairs.get(key)),
        )
        for _, pairs in _entries(text)
    )


def _ping(text: str, address: str) -> Ping:
    """The last summary counts: RouterOS prints one for every twenty echoes."""
    *_, last = _SUMMARY.finditer(text)
    times = {match["key"]: _seconds(match["time"]) for match in _TIME.finditer(last["rest"])}
    return Ping(address, int(last["sent"]), int(last["received"]), times.get("min"), times.get("avg"), times.get("max"))


def _seconds(text: str) -> float:
    """`353us`, `1ms353us`, `1s200ms`."""
    parts = list(_PART_OF_TIME.finditer(text))
    if not parts:
        raise ValueError("no time")
    return sum(float(part["number"]) * _SECONDS[part["unit"]] for part in parts)
