"""Interfaces put together from several commands, each of which knows a part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..values import Address, ConsoleInterface, Status


@dataclass(slots=True)
class _Draft:
    name: str
    mac: str | None = None
    status: Status = "unknown"
    description: str = ""
    addresses: dict[str, Address] = field(default_factory=dict)


class Interfaces:
    """Later notes fill gaps; an address with its prefix length replaces the same one without."""

    def __init__(self) -> None:
        self._drafts: dict[str, _Draft] = {}

    def note(
        self,
        name: str,
        *,
        mac: str | None = None,
        status: Status = "unknown",
        description: str = "",
        addresses: Iterable[Address] = (),
    ) -> None:
        draft = self._drafts.setdefault(name, _Draft(name))
        draft.mac = draft.mac or mac
        draft.description = draft.description or description
        if draft.status == "unknown":
            draft.status = status
        for address in addresses:
            known = draft.addresses.get(address.address)
            if known is None or known.prefix_length is None:
                draft.addresses[address.address] = address

    def values(self) -> tuple[ConsoleInterface, ...]:
        return tuple(
            ConsoleInterface(draft.name, draft.mac, tuple(draft.addresses.values()), draft.status, draft.description)
            for draft in self._drafts.values()
        )
