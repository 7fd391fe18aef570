"""Consoles of many nodes at once, each with its own deadline: who are you, and then, whom do you see?

Two rounds, because what to ping follows from what all said of themselves. Only questions that change nothing are asked.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final, TypeVar

from api_clients.domain.errors import Rejected, ServiceError, Unauthorized
from api_clients.network.console.client import ConsoleClient
from api_clients.network.console.session import ConsoleSession
from api_clients.network.console.values import ConsoleInterface, ConsoleTarget
from api_clients.network.gns3.values import Node
from common.application.equipment.leases import COMMANDS, read_leases
from common.application.equipment.steps import problem_of
from common.application.equipment.values import ConsoleAnswer, Neighbourhood, Observation, Problem

T = TypeVar("T")

IDENTITY_SECONDS: Final = 12.0
NEIGHBOURHOOD_SECONDS: Final = 10.0
# Each ping begins with a broadcast to its whole segment: fifty at once drown small switches, and seem to fail.
PINGING_AT_ONCE: Final = 8
TEXT_CONSOLE: Final = "telnet"
NO_IPV4: Final = "its console shows no IPv4 address of its own in use, so nobody was pinged from it"


@dataclass(frozen=True, slots=True)
class Lookout:
    """What a node's console is asked of others: to ping these addresses, its ARP table, leases it gave.

    `segment` names the one that its pings go to; `has_ipv4` is None where its console was not asked for addresses yet.
    """

    node: Node
    ping: tuple[str, ...] = ()
    segment: str = ""
    has_ipv4: bool | None = None


def target_of(node: Node) -> ConsoleTarget | None:
    """None where there is no text console to speak to now."""
    if node.console_type != TEXT_CONSOLE or node.console is None or node.status != "started":
        return None
    return ConsoleTarget(node.console_host, node.console, node.type)


def has_ipv4(interfaces: Iterable[ConsoleInterface]) -> bool:
    """Whether it can ping by IPv4. VPCS 0.5b2 without an address dies of the attempt, and its node with it."""
    parsed = [
        ipaddress.ip_address(address.address)
        for interface in interfaces
        if interface.status != "down"
        for address in interface.addresses
    ]
    return any(one.version == 4 and not one.is_unspecified and not one.is_loopback for one in parsed)


def why_no_console(node: Node) -> str:
    if node.console_type != TEXT_CONSOLE:
        return f"it has no text console ({node.console_type or 'none'})"
    if node.status != "started":
        return f"it is {node.status}, and its console answers only while it runs"
    return "GNS3 names no port for its console"


async def ask_identities(
    client: ConsoleClient, nodes: Sequence[Node], *, with_startup: Callable[[Node], bool]
) -> dict[str, ConsoleAnswer | Problem]:
    """By node id, of those with a console: what it says of itself, or why it says nothing."""

    def question(node: Node) -> Callable[[ConsoleSession], Awaitable[ConsoleAnswer]]:
        return lambda console: _identity(console, ask_startup=with_startup(node))

    return await _ask(client, [(node, question(node)) for node in nodes], IDENTITY_SECONDS)


async def ask_neighbourhoods(
    client: ConsoleClient, lookouts: Sequence[Lookout], *, until: float
) -> dict[str, Neighbourhood | Problem]:
    """By node id: what its console says of others. A few of a segment ping at a time; whose turn does not come before
    `until` (monotonic) pings nobody, and is asked the rest."""
    turns = {lookout.segment: asyncio.Semaphore(PINGING_AT_ONCE) for lookout in lookouts}

    async def ask(lookout: Lookout) -> dict[str, Neighbourhood | Problem]:
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                await turns[lookout.segment].acquire()
        except TimeoutError:
            silent = replace(lookout, ping=())
            return await _ask(client, [(lookout.node, partial(_neighbourhood, lookout=silent))], NEIGHBOURHOOD_SECONDS)
        try:
            return await _ask(client, [(lookout.node, partial(_neighbourhood, lookout=lookout))], NEIGHBOURHOOD_SECONDS)
        finally:
            turns[lookout.segment].release()

    found: dict[str, Neighbourhood | Problem] = {}
    for answer in await asyncio.gather(*map(ask, lookouts)):
        found |= answer
    return found


async def _ask(
    client: ConsoleClient,
    questions: Iterable[tuple[Node, Callable[[ConsoleSession], Awaitable[T]]]],
    deadline_seconds: float,
) -> dict[str, T | Problem]:
    """One by one in parallel, and not by their targets: two computes may name the same address for their consoles."""

    async def ask(target: ConsoleTarget, question: Callable[[ConsoleSession], Awaitable[T]]) -> T | Problem:
        (reply,) = await client.ask_all([target], question, deadline_seconds=deadline_seconds)
        answer = problem_of(reply.error) if reply.error is not None else reply.value
        assert answer is not None  # exactly one of the two is there
        return answer

    asked = {
        node.node_id: ask(target, question) for node, question in questions if (target := target_of(node)) is not None
    }
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


async def _identity(console: ConsoleSession, *, ask_startup: bool) -> ConsoleAnswer:
    problems: dict[str, Problem] = {}
    interfaces = await _one("interfaces", console.interfaces(), problems)
    hostname = await _one("hostname", console.hostname(), problems)
    system = await _one("system", console.system(), problems)
    running = await _one("running", console.configuration("running"), problems)
    startup = await _one("startup", console.configuration("startup"), problems) if ask_startup else None
    return ConsoleAnswer(
        dialect=console.dialect,
        hostname=hostname or "",
        interfaces=interfaces,
        running=running.text if running else None,
        running_masked=running.masked if running else 0,
        startup=startup.text if startup else None,
        system={
            "operating_system": system.operating_system,
            "version": system.version,
            "model": system.model,
            "serial": system.serial,
            "uptime": system.uptime,
        }
        if system
        else {},
        problems=problems,
    )


async def _neighbourhood(console: ConsoleSession, *, lookout: Lookout) -> Neighbourhood:
    problems: dict[str, Problem] = {}
    mute = bool(lookout.ping) and not await _may_ping(console, lookout, problems)
    chosen = () if mute else lookout.ping
    asked = [await _one(f"ping {address}", console.ping(address, count=1), problems) for address in chosen]
    pings = tuple(ping for ping in asked if ping is not None)
    arp = await _one("arp", console.arp(), problems) or ()
    observations = [Observation(lookout.node.node_id, row.address, row.mac) for row in arp]
    observations += [
        Observation(lookout.node.node_id, address, mac, "dhcp") for address, mac in await _leases(console, problems)
    ]
    return Neighbourhood(pings, tuple(observations), problems, why_no_pings=NO_IPV4 if mute else "")


async def _may_ping(console: ConsoleSession, lookout: Lookout, problems: dict[str, Problem]) -> bool:
    if lookout.has_ipv4 is None:
        return has_ipv4(await _one("interfaces", console.interfaces(), problems) or ())
    return lookout.has_ipv4


async def _leases(console: ConsoleSession, problems: dict[str, Problem]) -> tuple[tuple[str, str], ...]:
    command = COMMANDS.get(console.dialect)
    if command is None:
        return ()
    try:
        return read_leases(await console.show(command))
    except (Rejected, Unauthorized):
        return ()  # it serves no DHCP, or does not tell us
    except ServiceError as error:
        problems["dhcp"] = problem_of(error)
        return ()


async def _one(name: str, asking: Awaitable[T], problems: dict[str, Problem]) -> T | None:
    """The answer to one question; None with the reason in `problems`, and the next question may succeed."""
    try:
        return await asking
    except ServiceError as error:
        problems[name] = problem_of(error)
        return None
