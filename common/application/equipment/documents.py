"""The profile of one piece of equipment as it is stored and shown. Pure.

The shape is published: {"equipment_id", "name", "type", "status", "network_info": {"ip_addresses", "interfaces",
"connectivity_tests"}, "snmp_data", "performance", "configuration", "console", "links", "discovery"}. What a step found
beyond it stands in that step's details.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from api_clients.network.gns3.values import Node, Topology
from common.application.equipment.links import connected_ports
from common.application.equipment.values import AgentAnswer, ConsoleAnswer, FoundAddress, Reach, StartupFile

MASK: Final = "********"
JsonObject = dict[str, Any]

NO_PERFORMANCE: Final[JsonObject] = {
    "available": False,
    "cpu_percent": None,
    "memory_total_bytes": None,
    "memory_used_bytes": None,
    "memory_percent": None,
    "interfaces": [],
}


@dataclass(frozen=True, slots=True)
class Configurations:
    """`source` is where it was read: a file of the node, or its console."""

    startup: str | None = field(default=None, repr=False)
    startup_source: str = ""
    running: str | None = field(default=None, repr=False)
    masked: int = 0

    def as_document(self) -> JsonObject:
        return {
            "startup": self.startup,
            "startup_source": self.startup_source,
            "running": self.running,
            "masked_secrets": self.masked,
        }


def configurations(startup: StartupFile | None, console: ConsoleAnswer | None) -> Configurations:
    over_console = console.startup if console is not None else None
    running = console.running if console is not None else None
    running_masked = console.running_masked if console is not None else 0
    if startup is not None:
        return Configurations(startup.text, startup.path, running, startup.masked + running_masked)
    return Configurations(over_console, "console" if over_console is not None else "", running, running_masked)


def network_info(
    node: Node, topology: Topology, addresses: Sequence[FoundAddress], tests: Iterable[Reach]
) -> JsonObject:
    return {
        "ip_addresses": [found.address for found in addresses],
        "interfaces": interface_documents(node, topology, addresses),
        "connectivity_tests": {
            test.address: {
                "ping_success": test.success,
                "response_time_ms": test.response_time_ms,
                "from": test.asked_from,
            }
            for test in tests
        },
    }


def interface_documents(node: Node, topology: Topology, addresses: Sequence[FoundAddress]) -> list[JsonObject]:
    """The ports that GNS3 knows, then what else has an address (loopbacks, tunnels)."""
    connected = connected_ports(node, topology)
    by_interface: dict[str, str] = {}
    for found in addresses:
        if found.belongs != "contradicted":
            by_interface.setdefault(found.interface, found.address)
    names = dict.fromkeys(
        [port.name for port in node.ports] + sorted(connected) + [name for name in by_interface if name]
    )
    return [{"name": name, "connected": name in connected, "ip": by_interface.get(name)} for name in names]


def snmp_data(answer: AgentAnswer | None) -> JsonObject:
    """`community` is masked where one was used; None for an SNMPv3 user, and where nothing answered."""
    if answer is None:
        return {"snmp_available": False, "community": None, "system_name": None, "system_uptime": None}
    return {
        "snmp_available": True,
        "community": MASK if answer.credential_kind in {"v1", "v2c"} else None,
        "system_name": answer.system_name,
        "system_uptime": answer.uptime_seconds,
    }


def performance(answer: AgentAnswer | None) -> JsonObject:
    """The mean of the processors, the sum of the physical memories, the counters of each interface."""
    if answer is None or not answer.performance:
        return dict(NO_PERFORMANCE)
    loads = [one["load_percent"] for one in answer.performance["processors"] if one["load_percent"] is not None]
    pools = [one for one in answer.performance["memories"] if not one["virtual"]]
    total = _sum(pools, "total_bytes")
    used = _sum(pools, "used_bytes")
    return {
        "available": True,
        "cpu_percent": round(sum(loads) / len(loads), 1) if loads else None,
        "memory_total_bytes": total,
        "memory_used_bytes": used,
        "memory_percent": round(100 * used / total, 1) if total and used is not None else None,
        "interfaces": list(answer.performance["interfaces"]),
    }


def has_console(node: Node) -> bool:
    """GNS3 keeps a port for switches as well, at which nobody listens."""
    return node.console is not None and node.console_type not in {"", "none"}


def console_document(node: Node, answer: ConsoleAnswer | None, *, reachable: bool | None) -> JsonObject:
    """`reachable` is None where it was not tried, and all but the type where there is no console."""
    return {
        "type": node.console_type,
        "host": node.console_host if has_console(node) else None,
        "port": node.console if has_console(node) else None,
        "reachable": reachable if has_console(node) else None,
        "dialect": answer.dialect if answer is not None else None,
        "hostname": answer.hostname if answer is not None else None,
        "system": dict(answer.system) if answer is not None else {},
    }


def address_documents(addresses: Iterable[FoundAddress]) -> list[JsonObject]:
    return [
        {
            "address": found.address,
            "prefix_length": found.prefix_length,
            "interface": found.interface,
            "mac": found.mac,
            "sources": list(found.sources),
            "belongs": found.belongs,
            "proofs": list(found.proofs),
            "reason": found.reason,
        }
        for found in addresses
    ]


def undiscovered(node: Node, topology: Topology, links: list[JsonObject]) -> JsonObject:
    """What GNS3 alone says of a node that was never profiled."""
    return {
        "equipment_id": node.node_id,
        "name": node.name,
        "type": node.type,
        "status": node.status,
        "network_info": network_info(node, topology, (), ()),
        "snmp_data": snmp_data(None),
        "performance": performance(None),
        "configuration": Configurations().as_document(),
        "console": console_document(node, None, reachable=None),
        "links": links,
        "discovery": {
            "status": "not_discovered",
            "steps": [],
            "discovered_at": None,
            "stale": False,
            "stale_reason": "",
        },
    }


def _sum(pools: Iterable[Mapping[str, Any]], name: str) -> int | None:
    known = [pool[name] for pool in pools if pool[name] is not None]
    return sum(known) if known else None
