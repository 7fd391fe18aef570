"""SNMP of many nodes at once, through the module that keeps the credentials and the inventory.

Only addresses that may be the node's are asked, and the module is told by which names and MACs the node is known: an
agent that is another box is refused there, before anything of it is stored.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db import connections

from api_clients.network.gns3.values import ALWAYS_ON
from common.application.equipment.steps import problem_of
from common.application.equipment.values import AgentAnswer, FoundAddress, Problem
from common.application.modules.capabilities import call_capability
from common.application.modules.registry import find_capability
from common.domain.errors import HubError, Invalid
from common.domain.modules import Call, CapabilityFailed

CAPABILITY: Final = "network_management.profile_equipment"
CHECK: Final = "network_management.check_credentials"
OTHER_BOX: Final = "other_box"  # the code with which it refuses an agent that is not the one expected
HOPELESS: Final = frozenset({"spec_invalid", "secret_unreadable"})  # the same at any address: no credentials, say
ADDRESSES: Final = 3  # of one node at most, the most certain first
AT_ONCE: Final = 16

# GNS3's nodes that have no SNMP agent, whatever they are connected to.
WITHOUT_AGENT: Final = ALWAYS_ON | {"vpcs", "traceng"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A node to be asked: at which addresses, and how its agent is recognised."""

    node_id: str
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    macs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgentReport:
    """`refused` are addresses at which another box answers, with what was said; `problems` by address."""

    answer: AgentAnswer | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)


def offered() -> bool:
    found = find_capability(CAPABILITY)
    return found is not None and found.available


def refuse_unknown_credentials(credentials: Sequence[int], call: Call) -> None:
    """Raises Invalid, naming them. Where the module that keeps the credentials is not there, nobody knows."""
    checking = find_capability(CHECK)
    if not credentials or checking is None or not checking.available:
        return
    if unknown := call_capability(CHECK, {"credentials": list(credentials)}, call)["unknown"]:
        message = f"No credential has the id {', '.join(map(str, unknown))}; see the list of credentials."
        problem = {"field": "credentials", "code": "unknown_credential", "message": message}
        raise Invalid(f"credentials: {message}", code="unknown_credential", details=(problem,))


def may_be_asked(found: FoundAddress) -> bool:
    """Not in doubt, of one box, and inside the ranges that discovery may touch."""
    return found.belongs != "contradicted" and is_askable(found.address)


def is_askable(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    if parsed.is_multicast or parsed.is_unspecified or parsed.is_link_local or str(parsed) in {"127.0.0.1", "::1"}:
        return False
    return any(parsed.version == allowed.version and parsed in allowed for allowed in settings.NMS_DISCOVERY_RANGES)


def candidates(addresses: Iterable[FoundAddress]) -> tuple[str, ...]:
    return tuple(found.address for found in addresses if may_be_asked(found))[:ADDRESSES]


def ask_agents(
    wanted: Sequence[Wanted], *, port: int, credentials: Sequence[int], call: Call
) -> dict[str, AgentReport]:
    """Ask all nodes, some at the same time; by node id."""
    if not wanted:
        return {}

    def ask(one: Wanted) -> AgentReport:
        try:
            return _ask_node(one, port, credentials, call)
        finally:
            connections.close_all()  # each thread has its own

    with ThreadPoolExecutor(min(AT_ONCE, len(wanted)), thread_name_prefix="equipment-snmp") as pool:
        return dict(zip((one.node_id for one in wanted), pool.map(ask, wanted), strict=True))


def _ask_node(one: Wanted, port: int, credentials: Sequence[int], call: Call) -> AgentReport:
    refused: dict[str, str] = {}
    problems: dict[str, Problem] = {}
    for address in one.addresses:
        if call.should_stop():
            problems[address] = Problem("stopped", "the discovery was stopped before it was asked")
            break
        asked = {
            "address": address,
            "port": port,
            "credentials": list(credentials),
            "expected": {"names": list(one.names), "macs": list(one.macs)},
        }
        try:
            output = call_capability(CAPABILITY, asked, call)
        except CapabilityFailed as error:
            if error.code == OTHER_BOX:
                refused[address] = str(error)
            else:
                problems[address] = problem_of(error)
                if error.code in HOPELESS:
                    break
        except HubError as error:
            problems[address] = problem_of(error)
            break
        else:
            return AgentReport(_answer(address, output), refused, problems)
    return AgentReport(None, refused, problems)


def _answer(address: str, output: Mapping[str, Any]) -> AgentAnswer:
    agent: Mapping[str, Any] = output.get("agent") or {}
    return AgentAnswer(
        address=address,
        device_id=output["device"]["id"],
        outcome=output["outcome"],
        system_name=agent.get("system_name", ""),
        uptime_seconds=agent.get("uptime_seconds"),
        serial=agent.get("serial", ""),
        credential_kind=agent.get("credential_kind", ""),
        performance=agent.get("performance") or {},
        incomplete=tuple(output.get("incomplete", ())),
    )
