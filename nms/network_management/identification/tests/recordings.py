"""The recorded devices and what LibreNMS makes of them, read over real UDP from simulated agents."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.mibs.tables import Session
from api_clients.network.snmp.profile import read_profile
from api_clients.network.snmp.simulator.agent import Agent
from api_clients.network.snmp.simulator.server import AgentServer
from api_clients.network.snmp.simulator.snmprec import load_snmprec
from api_clients.network.snmp.values import Community, SnmpProfile, SnmpTarget
from nms.network_management.identification import identify
from nms.network_management.profile import Identification


@dataclass(frozen=True, slots=True)
class Expected:
    """One recording's JSON: module -> phase -> table -> rows; the later phase counts where there are two."""

    modules: dict[str, Any]

    def rows(self, module: str, table: str) -> list[dict[str, Any]]:
        phases = self.modules.get(module, {})
        told = [phases[phase][table] for phase in ("discovery", "poller") if table in _tables(phases.get(phase))]
        return told[-1] if told else []

    @property
    def device(self) -> dict[str, Any]:
        return self.rows("os", "devices")[0]


def _tables(phase: Any) -> dict[str, Any]:
    return phase if isinstance(phase, dict) else {}  # "matches discovery" is a phase's other form


@dataclass(frozen=True, slots=True)
class Found:
    profile: SnmpProfile
    identification: Identification


async def look_at(session: Session) -> Found:
    profile = await read_profile(session)
    return Found(profile, await identify(session, profile.system, profile.components))


def look_at_all(folder: Path) -> dict[str, Found]:
    """Every recording of the folder, served on an address of its own and read by one client, all at once."""
    paths = sorted(folder.glob("*.snmprec"))
    addresses = {path.stem: f"127.77.{number // 250}.{number % 250 + 1}" for number, path in enumerate(paths)}
    with AgentServer() as server:
        server.add_all({addresses[path.stem]: Agent(load_snmprec(path).view()) for path in paths})
        return asyncio.run(_look_at_addresses(addresses, server.port))


async def _look_at_addresses(addresses: dict[str, str], port: int) -> dict[str, Found]:
    client = SnmpClient(timeout_seconds=5, retries=2)

    async def one(address: str) -> Found:
        async with client.session(SnmpTarget(address, port), Community("public")) as session:
            return await look_at(session)

    found = await asyncio.gather(*map(one, addresses.values()))
    return dict(zip(addresses, found, strict=True))


def expected_of(folder: Path) -> dict[str, Expected]:
    return {path.stem: Expected(json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))}
