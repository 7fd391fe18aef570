"""Agents for load: thousands of small Linux-like boxes in one process, each with its own name and counters."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

from api_clients.network.snmp.simulator.agent import Agent
from api_clients.network.snmp.simulator.mib import MibView
from api_clients.network.snmp.simulator.standard import interfaces as if_mib
from api_clients.network.snmp.simulator.standard.interfaces import SimulatedInterface, interface_objects
from api_clients.network.snmp.simulator.standard.system import system_objects
from api_clients.network.snmp.simulator.standard.traffic import Traffic


def load_agent(number: int, *, interfaces: int = 6, communities: Iterable[str] = ("public",)) -> Agent:
    """System group, ifTable and ifXTable; 22 varbinds of ifTable for each interface. Built at the first request."""
    return Agent(lambda: load_view(number, interfaces=interfaces), communities=communities)


def load_addresses(count: int, *, network: str = "127.16") -> list[str]:
    """`count` loopback addresses under a /16, leaving out .0 and .255 of every /24."""
    return [f"{network}.{number // 254}.{number % 254 + 1}" for number in range(count)]


def load_view(number: int, *, interfaces: int) -> MibView:
    draw = random.Random(number)  # noqa: S311 - the same numbers at each start, not a secret
    up_seconds = draw.uniform(3600, 300 * 86400)
    objects = system_objects(
        description=f"Linux box{number} 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22) x86_64",
        object_id="1.3.6.1.4.1.8072.3.2.10",
        contact="noc@lab.example",
        name=f"box{number}",
        location="Lab",
        services=72,
        booted=time.monotonic() - up_seconds,
    )
    rows = (_interface(number, index, up_seconds, draw) for index in range(1, interfaces + 1))
    return MibView(objects | interface_objects(rows))


def _interface(number: int, index: int, up_seconds: float, draw: random.Random) -> SimulatedInterface:
    traffic = Traffic(
        in_octets_rate=draw.uniform(1e3, 1e7),
        out_octets_rate=draw.uniform(1e3, 1e7),
        running_seconds=up_seconds,
        phase=draw.uniform(0, 6),
    )
    return SimulatedInterface(
        index=index,
        name=f"eth{index - 1}",
        description=f"eth{index - 1}",
        type=if_mib.ETHERNET,
        mtu=1500,
        speed_bps=1_000_000_000,
        mac=bytes.fromhex("5254") + (number * 256 + index).to_bytes(4, "big"),
        alias="",
        admin_up=True,
        oper_up=True,
        connector=True,
        traffic=traffic,
    )
