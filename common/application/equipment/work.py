"""One node on its way through a discovery: what each step has found so far. Lives for one discovery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api_clients.network.gns3.values import Node
from common.application.equipment.agents import AgentReport
from common.application.equipment.ports import port_name
from common.application.equipment.steps import StepLog
from common.application.equipment.values import (
    Claim,
    ConsoleAnswer,
    FoundAddress,
    Neighbourhood,
    Problem,
    Reach,
    StartupFile,
)


@dataclass(slots=True)
class Work:
    """`earlier` are the findings of the last discovery; `console` and `neighbourhood` None where nobody was asked."""

    node: Node
    earlier: Mapping[str, Any] = field(default_factory=dict)
    steps: StepLog = field(default_factory=StepLog)
    startup: StartupFile | None = None
    startup_problem: Problem | None = None
    console: ConsoleAnswer | Problem | None = None
    neighbourhood: Neighbourhood | Problem | None = None
    console_reachable: bool | None = None
    addresses: tuple[FoundAddress, ...] = ()
    agent: AgentReport | None = None
    reached: list[Reach] = field(default_factory=list)

    @property
    def answer(self) -> ConsoleAnswer | None:
        return self.console if isinstance(self.console, ConsoleAnswer) else None

    @property
    def told_addresses(self) -> bool:
        """Its own console said which addresses it has."""
        return self.answer is not None and self.answer.interfaces is not None

    def macs(self) -> dict[str, str]:
        """MAC -> port: of GNS3's ports, of the console, of the last discovery where the console said nothing now."""
        found = {port.mac.lower(): port.name for port in self.node.ports if port.mac}
        if self.answer is not None:
            for interface in self.answer.interfaces or ():
                if interface.mac:
                    found[interface.mac] = port_name(self.node.ports, interface.name, interface.mac)
        if not self.told_addresses:
            found = {**self.earlier.get("macs", {}), **found}
        return found

    def claims(self) -> list[Claim]:
        """What the node itself, its files or an earlier discovery say of its addresses."""
        found = list(self.startup.claims) if self.startup is not None else []
        if self.told_addresses:
            return [*found, *self._console_claims()]
        return [*found, *self._earlier_claims()]

    def known_names(self) -> tuple[str, ...]:
        """By which names its agent may call it."""
        said = self.answer.hostname if self.answer is not None else ""
        return tuple(dict.fromkeys(name for name in (self.node.name, said) if name))

    def as_findings(self) -> dict[str, Any]:
        """What the next discovery starts from: what is not in doubt."""
        return {
            "macs": self.macs(),
            "addresses": [
                [found.address, found.prefix_length, found.interface, found.mac]
                for found in self.addresses
                if found.belongs == "confirmed"
            ],
        }

    def _console_claims(self) -> list[Claim]:
        assert self.answer is not None, "asked only where it told"
        return [
            Claim(
                self.node.node_id,
                address.address,
                "console",
                interface=port_name(self.node.ports, interface.name, interface.mac or ""),
                prefix_length=address.prefix_length,
                mac=interface.mac or "",
            )
            for interface in self.answer.interfaces or ()
            for address in interface.addresses
        ]

    def _earlier_claims(self) -> list[Claim]:
        return [
            Claim(self.node.node_id, address, "earlier", interface=interface, prefix_length=prefix_length, mac=mac)
            for address, prefix_length, interface, mac in self.earlier.get("addresses", ())
        ]
