"""Cisco IOS and IOS-XE, on Dynamips, IOU, IOL and vIOS.

What it asks for is read with ntc-templates. Reading configurations needs privileged mode: `enable` with the password
that the login gives, taken back at the end, as the terminal's length is.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from ..addressing import address_with_prefix, ip, mac
from ..errors import PrivilegeRequired
from ..templates import Row, rows
from ..values import (
    Address,
    ArpEntry,
    ConfigurationKind,
    ConsoleInterface,
    Neighbor,
    Ping,
    Route,
    Status,
    System,
)
from .base import Dialect, Talk, first_understood, if_understood
from .merging import Interfaces

_LENGTH: Final = re.compile(r"Length: (?P<lines>\d+) lines")
_PASSWORD: Final = re.compile(r"password:\s*$", re.IGNORECASE)
_NOT_ENABLED: Final = re.compile(r"^\s*%.*not enabled", re.IGNORECASE | re.MULTILINE)
_NOTHING_SAVED: Final = re.compile(r"startup-config is not present|configuration memory (?:is )?(?:not|has not)", re.I)
_BUILDING: Final = re.compile(r"\A\s*(?:Building configuration\.\.\.\s*)?", re.IGNORECASE)
_DEFAULT_LENGTH: Final = "24"


class Cisco(Dialect):
    name: ClassVar[str] = "cisco"
    prompt: ClassVar[re.Pattern[str]] = re.compile(r"^(?:RP/\S+:)?[A-Za-z0-9][\w./-]*(?:\([\w./-]+\))?[>#] ?$")
    refusal: ClassVar[re.Pattern[str]] = re.compile(
        r"^\s*% ?(?:Invalid (?:input|command)|Incomplete command|Ambiguous command|Unknown command|Unrecognized"
        r"|Authorization failed|Bad IP address or host name|Unavailable command)",
        re.MULTILINE,
    )
    noise: ClassVar[re.Pattern[str] | None] = re.compile(
        r"^(?:\d+: )?(?:[*.]?[A-Z][a-z]{2} +\d+ (?:\d{4} )?[\d:.]+(?: [A-Z]{2,5})?: |\d\S*: )?"
        r"%[A-Z0-9_]+(?:-[A-Z0-9_]+)*-[0-7]-[A-Z0-9_]+: "
    )
    logout: ClassVar[str] = "exit"

    async def recognise(self, talk: Talk) -> str:
        """Arista's prompt is the same; `show version` tells them apart."""
        return "arista" if "Arista" in await talk.run("show version") else self.name

    async def prepare(self, talk: Talk) -> None:
        shown = await if_understood(talk.run("show terminal | include Length"), "")
        length = _LENGTH.search(shown)
        talk.notes["length"] = length["lines"] if length else _DEFAULT_LENGTH
        await if_understood(talk.run("terminal length 0"), "")

    async def leave(self, talk: Talk) -> None:
        if (length := talk.notes.get("length", "0")) != "0":
            await if_understood(talk.run(f"terminal length {length}"), "")
        if talk.notes.get("enabled"):
            await talk.dialogue("disable", ())

    def in_mode(self, command: str, prompt: str) -> str:
        """In configuration mode, where somebody else has gone, `do` reaches the commands of privileged mode."""
        return f"do {command}" if prompt.rstrip().endswith(")#") else command

    async def hostname(self, talk: Talk) -> str:
        return hostname_in(talk.prompt)

    async def system(self, talk: Talk) -> System:
        return await talk.ask("show version", lambda text: _system(text, hostname_in(talk.prompt)))

    async def interfaces(self, talk: Talk) -> tuple[ConsoleInterface, ...]:
        """`show ip interface brief` for what there is; the rest adds MACs, prefix lengths, secondary and IPv6 ones."""
        found = Interfaces()
        brief = await if_understood(talk.ask("show ip interface brief", _brief), None)
        full = await if_understood(talk.ask("show interfaces", _full), None)
        if brief is None and full is None:
            await talk.ask("show ip interface brief", _brief)  # for its error
        numbered = await if_understood(talk.ask("show ip interface", _numbered), ())
        six = await if_understood(talk.ask("show ipv6 interface brief", _ipv6), ())
        for part in (brief or (), full or (), numbered, six):
            for item in part:
                found.note(
                    item.name,
                    mac=item.mac,
                    status=item.status,
                    description=item.description,
                    addresses=item.addresses,
                )
        return found.values()

    async def arp(self, talk: Talk) -> tuple[ArpEntry, ...]:
        return await first_understood(
            lambda: talk.ask("show ip arp", _arp),
            lambda: talk.ask("show arp", _arp),
        )

    async def routes(self, talk: Talk) -> tuple[Route, ...]:
        return await talk.ask("show ip route", _routes)

    async def neighbors(self, talk: Talk) -> tuple[Neighbor, ...]:
        cdp = await talk.ask("show cdp neighbors detail", _cdp)
        return cdp + await if_understood(talk.ask("show lldp neighbors detail", _lldp), ())

    async def ping(self, talk: Talk, address: str, count: int) -> Ping:
        seconds = 5.0 + 2.0 * max(count, 5)  # IOS waits two seconds for each answer, and sends five unless told
        printed = await first_understood(
            lambda: talk.run(f"ping {address} repeat {count}", seconds=seconds),
            lambda: talk.run(f"ping {address}", seconds=seconds),
        )
        return _ping(printed, address)

    async def configuration(self, talk: Talk, kind: ConfigurationKind) -> str:
        """An empty text where nothing has been saved yet."""
        await self._enable(talk)
        printed = await talk.run(f"show {kind}-config", seconds=60.0)
        return "" if kind == "startup" and _NOTHING_SAVED.search(printed[:200]) else _BUILDING.sub("", printed)

    async def _enable(self, talk: Talk) -> None:
        if talk.prompt.rstrip().endswith("#"):
            return
        password = (talk.login.enable_password or talk.login.password) if talk.login else ""
        await talk.dialogue("enable", ((_PASSWORD, password),))
        if not talk.prompt.rstrip().endswith("#"):
            reason = "the password for enable is refused" if password else "enable asks for a password; none is given"
            raise PrivilegeRequired(reason)
        talk.notes["enabled"] = "yes"


def hostname_in(prompt: str) -> str:
    name = prompt.rstrip().rstrip(">#").partition("(")[0]
    return name.rpartition(":")[2]  # IOS-XR puts the route processor before it


def status_of(link: str, protocol: str) -> Status:
    return "up" if link.startswith("up") and protocol.startswith("up") else "down"


def _system(text: str, hostname: str) -> System:
    found = rows("cisco_ios_show_version", text)[0]
    system = "Cisco IOS XE" if "IOS-XE" in text or "IOS XE" in text else "Cisco IOS"
    return System(
        found["hostname"] or hostname,
        operating_system=system,
        version=found["version"],
        model=_first(found["hardware"]),
        serial=_first(found["serial"]),
        uptime=found["uptime"],
    )


def _brief(text: str) -> tuple[ConsoleInterface, ...]:
    found = rows("cisco_ios_show_ip_interface_brief", text)
    if not found and "Interface" not in text:
        raise ValueError("not even a heading")
    return tuple(
        ConsoleInterface(
            row["interface"],
            addresses=() if row["ip_address"] == "unassigned" else (Address(ip(row["ip_address"])),),
            status=status_of(row["status"], row["proto"]),
        )
        for row in found
    )


def _full(text: str) -> tuple[ConsoleInterface, ...]:
    return tuple(
        ConsoleInterface(
            row["interface"],
            mac=mac(row["mac_address"]) if row["mac_address"] else None,
            addresses=_addresses([row["ip_address"]], [row["prefix_length"]]),
            status=status_of(row["link_status"], row["protocol_status"]),
            description=row["description"],
        )
        for row in _some("cisco_ios_show_interfaces", text)
    )


def _numbered(text: str) -> tuple[ConsoleInterface, ...]:
    return tuple(
        ConsoleInterface(row["interface"], addresses=_addresses(row["ip_address"], row["prefix_length"]))
        for row in rows("cisco_ios_show_ip_interface", text)
    )


def _addresses(addresses: list[str], lengths: list[str]) -> tuple[Address, ...]:
    return tuple(
        address_with_prefix(address, length)
        for address, length in zip(addresses, lengths, strict=True)
        if address and address[0].isdigit()
    )


def _ipv6(text: str) -> tuple[ConsoleInterface, ...]:
    return tuple(
        ConsoleInterface(
            row["interface"], addresses=tuple(Address(ip(each)) for each in row["ipv6_address"] if ":" in each)
        )
        for row in rows("cisco_ios_show_ipv6_interface_brief", text)
    )


def _arp(text: str) -> tuple[ArpEntry, ...]:
    return tuple(
        ArpEntry(ip(row["ip_address"]), mac(row["mac_address"]), row["interface"])
        for row in rows("cisco_ios_show_ip_arp", text)
        if row["mac_address"].lower() != "incomplete"
    )


def _routes(text: str) -> tuple[Route, ...]:
    return tuple(
        Route(
            str(address_with_prefix(row["network"], row["prefix_length"])), row["nexthop_ip"] or None, row["nexthop_if"]
        )
        for row in rows("cisco_ios_show_ip_route", text)
    )


def _cdp(text: str) -> tuple[Neighbor, ...]:
    if _NOT_ENABLED.search(text):
        return ()
    return tuple(
        Neighbor(
            "cdp",
            row["local_interface"].strip(),
            row["neighbor_name"].strip(),
            row["neighbor_interface"].strip(),
            _management(row),
            row["platform"].strip(),
        )
        for row in rows("cisco_ios_show_cdp_neighbors_detail", text)
    )


def _lldp(text: str) -> tuple[Neighbor, ...]:
    if _NOT_ENABLED.search(text):
        return ()
    return tuple(
        Neighbor(
            "lldp",
            row["local_interface"],
            row["neighbor_name"],
            row["neighbor_port_id"],
            _management(row),
            row["neighbor_description"].strip(),
        )
        for row in rows("cisco_ios_show_lldp_neighbors_detail", text)
    )


def _management(row: Row) -> tuple[str, ...]:
    """CDP may give an address of another protocol, such as DECnet's; that is left out."""
    address = row["mgmt_address"].strip()
    return (ip(address),) if address.count(".") == 3 or ":" in address else ()


def _ping(text: str, address: str) -> Ping:
    found = _some("cisco_ios_ping", text)[0]
    sent, received = int(found["sent_qty"]), int(found["success_qty"] or 0)
    times = [int(found[key]) / 1000 if found[key] else None for key in ("rtt_min", "rtt_avg", "rtt_max")]
    return Ping(address, sent, received, *times)


def _some(template: str, text: str) -> list[Row]:
    found = rows(template, text)
    if not found:
        raise ValueError("nothing in it is as the template has it")
    return found


def _first(values: list[str]) -> str:
    return values[0] if values else ""
