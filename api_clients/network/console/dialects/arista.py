"""Arista EOS: Cisco's manners, with its own answers."""

from __future__ import annotations

from typing import ClassVar

from ..addressing import address_with_prefix, ip, mac
from ..templates import rows
from ..values import ArpEntry, ConsoleInterface, Neighbor, Ping, System
from . import linux_answers
from .base import Talk
from .cisco import Cisco, hostname_in, status_of


class Arista(Cisco):
    name: ClassVar[str] = "arista"

    async def recognise(self, talk: Talk) -> str:
        return self.name

    async def system(self, talk: Talk) -> System:
        found = (await talk.ask("show version", lambda text: rows("arista_eos_show_version", text)))[0]
        return System(
            hostname_in(talk.prompt),
            operating_system="Arista EOS",
            version=found["image"],
            model=found["model"],
            serial=found["serial_number"],
            uptime=found["uptime"],
        )

    async def interfaces(self, talk: Talk) -> tuple[ConsoleInterface, ...]:
        return await talk.ask("show interfaces", _interfaces)

    async def arp(self, talk: Talk) -> tuple[ArpEntry, ...]:
        return await talk.ask("show ip arp", _arp)

    async def ping(self, talk: Talk, address: str, count: int) -> Ping:
        """EOS has the ping of Linux."""
        return await talk.ask(
            f"ping {address} repeat {count}",
            lambda text: linux_answers.ping(text, address),
            seconds=5.0 + 2.0 * count,
        )

    async def neighbors(self, talk: Talk) -> tuple[Neighbor, ...]:
        return await talk.ask("show lldp neighbors detail", _neighbors)


def _interfaces(text: str) -> tuple[ConsoleInterface, ...]:
    found = rows("arista_eos_show_interfaces", text)
    if not found:
        raise ValueError("no interface in it")
    return tuple(
        ConsoleInterface(
            row["interface"],
            mac=mac(row["mac_address"]) if row["mac_address"] else None,
            addresses=(address_with_prefix(row["ip_address"]),) if row["ip_address"] else (),
            status=status_of(row["link_status"].strip(), row["protocol_status"].strip()),
            description=row["description"],
        )
        for row in found
    )


def _arp(text: str) -> tuple[ArpEntry, ...]:
    return tuple(
        ArpEntry(ip(row["ip_address"]), mac(row["mac_address"]), row["interface"].partition(",")[0])
        for row in rows("arista_eos_show_ip_arp", text)
        if row["mac_address"]
    )


def _neighbors(text: str) -> tuple[Neighbor, ...]:
    return tuple(
        Neighbor(
            "lldp",
            row["local_interface"],
            row["neighbor_name"].strip('"'),
            row["neighbor_interface"].strip('"'),
            (ip(row["mgmt_address"]),) if row["mgmt_address"] else (),
            row["neighbor_description"].strip('"'),
        )
        for row in rows("arista_eos_show_lldp_neighbors_detail", text)
    )
