"""Where a crawl stands: what was visited, which neighbours lead on, what is left out and why.

Pure, and the same whatever the order in which devices answered: leads are added up during a wave and resolved, in
order, when it is over.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from api_clients.network.snmp.values import SnmpProfile
from nms.network_management.addresses import address_sort_key
from nms.network_management.discovery.neighbors import Lead, leads_of, own_chassis
from nms.network_management.discovery.outcome import Kind, Problem
from nms.network_management.discovery.targets import AddressRange, Scope

_MAX_ARP_ENTRIES = 200_000  # of one wave; beyond it neighbours without management address may stay unresolved


@dataclass(frozen=True, slots=True)
class Wave:
    """The addresses to ask next. `groups` are addresses of one neighbour: one that answers speaks for all."""

    addresses: tuple[str, ...]
    groups: tuple[frozenset[str], ...]
    problems: tuple[Problem, ...]

    def excused(self, answered: Iterable[str]) -> frozenset[str]:
        """Return the addresses whose silence says nothing, because their box answered at another one."""
        heard = set(answered)
        return frozenset(address for group in self.groups if group & heard for address in group - heard)


class Frontier:
    """Fed with each profile of a wave; `next_wave` then tells where it leads."""

    def __init__(
        self,
        *,
        swept: tuple[AddressRange, ...],
        scope: Scope,
        port: int,
        max_addresses: int,
        known: Mapping[str, str] | None = None,
    ) -> None:
        """`known` maps chassis MACs of devices found in earlier discoveries to their addresses."""
        self._swept_ranges = swept
        self._scope = scope
        self._known = known or {}
        self._port = port
        self._budget = max_addresses - sum(part.size for part in swept)
        self._visited: set[str] = set()
        self._answered: set[str] = set()
        self._chassis: set[tuple[int, str]] = set()
        self._leads: dict[object, Lead] = {}
        self._arp: dict[str, str] = {}
        self._reported: set[object] = set()

    def add(self, profile: SnmpProfile, *, address: str) -> None:
        """Note what the device at `address` is and hears."""
        self._answered.add(address)
        if chassis := own_chassis(profile):
            self._chassis.add(chassis)
        for lead in leads_of(profile, address=address):
            key = lead.chassis or (frozenset(lead.addresses) or frozenset(lead.macs) or lead.name)
            known = self._leads.setdefault(key, lead)
            if known is not lead:
                known.add(lead)
        self._remember_arp(profile)

    def next_wave(self) -> Wave:
        """Resolve the leads gathered since the last call."""
        leads = sorted(self._leads.items(), key=lambda item: item[1].heard_by)
        groups: list[frozenset[str]] = []
        problems: list[Problem] = []
        for key, lead in leads:
            if lead.chassis not in self._chassis:
                self._follow(key, lead, groups, problems)
        self._leads.clear()
        self._arp.clear()
        addresses = sorted({address for group in groups for address in group}, key=address_sort_key)
        return Wave(tuple(addresses), tuple(groups), tuple(problems))

    def _follow(self, key: object, lead: Lead, groups: list[frozenset[str]], problems: list[Problem]) -> None:
        addresses = lead.addresses or self._looked_up(self._arp, lead) or self._looked_up(self._known, lead)
        allowed = {address for address in addresses if ipaddress.ip_address(address) in self._scope}
        if not allowed:
            problems.extend(self._left_out(key, lead, addresses))
            return
        new = frozenset(address for address in allowed if not self._is_visited(address))
        if not new or allowed & self._answered:
            return
        if len(new) > self._budget:
            problems.extend(self._over_budget())
            return
        self._visited |= new
        self._budget -= len(new)
        groups.append(new)

    def _looked_up(self, table: Mapping[str, str], lead: Lead) -> set[str]:
        return {table[mac] for mac in lead.macs if mac in table}

    def _left_out(self, key: object, lead: Lead, addresses: set[str]) -> Iterator[Problem]:
        if key in self._reported:
            return
        self._reported.add(key)
        if not addresses:
            yield self._problem(
                "",
                "no_address",
                f"{lead.heard_by} hears {lead.name or 'a neighbour'}, which announces no management address and stands "
                "in no ARP table read so far; give its address as a target",
            )
        for address in sorted(addresses, key=address_sort_key):
            yield self._problem(
                address,
                "outside_ranges",
                f"{lead.name or 'a neighbour'} of {lead.heard_by} was skipped: {address} is outside the ranges that "
                f"discovery may touch: {self._scope}",
            )

    def _over_budget(self) -> Iterator[Problem]:
        if "budget" not in self._reported:
            self._reported.add("budget")
            yield self._problem(
                "",
                "outside_ranges",
                "the crawl stops here: one discovery may cover no more addresses; start another one further on, or "
                "raise NMS_DISCOVERY_MAX_ADDRESSES",
            )

    def _problem(self, address: str, kind: Kind, message: str) -> Problem:
        return Problem(address, self._port, "crawl", kind, message)

    def _is_visited(self, text: str) -> bool:
        if text in self._visited:
            return True
        address = ipaddress.ip_address(text)
        return any(
            part.version == address.version and int(part.first) <= int(address) <= int(part.last)
            for part in self._swept_ranges
        )

    def _remember_arp(self, profile: SnmpProfile) -> None:
        for entry in profile.arp:
            if len(self._arp) >= _MAX_ARP_ENTRIES:
                return
            known = self._arp.get(entry.mac)
            if known is None or address_sort_key(entry.address) < address_sort_key(known):
                self._arp[entry.mac] = entry.address
