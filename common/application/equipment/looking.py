"""Going to the nodes: their files, their consoles, and echoes from the hub. Nothing here knows the database."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Final

from api_clients.domain.errors import ServiceError
from api_clients.network.console.client import ConsoleClient
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.values import Node
from api_clients.network.icmp.client import IcmpClient
from common.application.equipment.agents import is_askable
from common.application.equipment.consoles import (
    TEXT_CONSOLE,
    Lookout,
    ask_identities,
    ask_neighbourhoods,
    has_ipv4,
    target_of,
)
from common.application.equipment.documents import has_console
from common.application.equipment.links import mates_in_turn
from common.application.equipment.segments import Segment
from common.application.equipment.startup_files import read_startup, startup_path
from common.application.equipment.steps import problem_of
from common.application.equipment.values import Neighbourhood, Problem, Reach
from common.application.equipment.work import Work

FILES_AT_ONCE: Final = 6
PINGS: Final = 2  # from each console: one to a router or server of its segment, one to its neighbour in turn
CROWD: Final = 16  # so many in one segment, and each pings once
PINGING_UNTIL: Final = 16.0  # seconds after the first question no console begins to ping any more
KNOCK_SECONDS: Final = 2.0
HUB_PINGS: Final = 1000
REFUSALS: Final = frozenset({"unreachable", "hung_up", "circuit_open", "deadline_exceeded", "throttled"})


def read_startup_files(gns3: Gns3Client, works: Sequence[Work]) -> None:
    """Of all nodes that keep one, some at the same time; one that cannot be read is that node's problem."""
    with_file = [work for work in works if startup_path(work.node) is not None]
    if not with_file:
        return

    def read(work: Work) -> None:
        node = work.node
        try:
            work.startup = read_startup(node, lambda path: gns3.node_file(node.project_id, node.node_id, path))
        except ServiceError as error:
            work.startup_problem = problem_of(error)
        except ValueError as error:
            work.startup_problem = Problem("unreadable", str(error))

    with ThreadPoolExecutor(min(FILES_AT_ONCE, len(with_file)), thread_name_prefix="equipment-files") as pool:
        list(pool.map(read, with_file))


async def look_at_consoles(
    consoles: ConsoleClient,
    icmp: IcmpClient,
    works: Sequence[Work],
    mates: Mapping[str, Work],
    segments: Sequence[Segment],
) -> None:
    """Ask all consoles who they are, then whom they see; `mates` are asked the second question alone."""
    began = monotonic()
    reached, identities = await asyncio.gather(
        _knock_all([work for work in works if work.node.console_type != TEXT_CONSOLE]),
        ask_identities(consoles, [work.node for work in works], with_startup=lambda node: startup_path(node) is None),
    )
    for work in works:
        work.console = identities.get(work.node.node_id)
        work.console_reachable = _reachable(work, reached)
    everyone = {work.node.node_id: work for work in works} | dict(mates)
    lookouts = [_lookout(work, everyone, segments) for work in works if work.answer is not None]
    lookouts += [Lookout(mate.node, _first_addresses(works)) for mate in mates.values() if target_of(mate.node)]
    neighbourhoods, echoes = await asyncio.gather(
        ask_neighbourhoods(consoles, lookouts, until=began + PINGING_UNTIL),
        _echoes(icmp, [claim.address for work in works for claim in work.claims()]),
    )
    for work in everyone.values():
        work.neighbourhood = neighbourhoods.get(work.node.node_id)
        work.reached = [*_reached_from_console(work.neighbourhood), *_reached_from_hub(work, echoes)]


def _lookout(work: Work, everyone: Mapping[str, Work], segments: Sequence[Segment]) -> Lookout:
    """Whom to ping from here: others of its segment that have an address, if it has one itself."""
    turn = [everyone[mate] for mate in mates_in_turn(work.node, segments) if mate in everyone]
    servers = [mate for mate in turn if mate.node.type != "vpcs"][:1]
    near = _networks(work)
    home = next((segment for segment in segments if work.node.node_id in segment.node_ids), None)
    crowded = home is not None and len(home.node_ids) > CROWD
    chosen = [address for mate in [*servers, *turn] if (address := _ipv4_of(mate, near))]
    pings = tuple(dict.fromkeys(chosen))[: 1 if crowded else PINGS]
    interfaces = work.answer.interfaces if work.answer is not None else None
    return Lookout(work.node, pings, min(home.node_ids) if home is not None else "", has_ipv4(interfaces or ()))


def _networks(work: Work) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [
        ipaddress.ip_interface(f"{claim.address}/{claim.prefix_length}").network
        for claim in work.claims()
        if claim.prefix_length is not None
    ]


def _ipv4_of(work: Work, near: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network] = ()) -> str | None:
    """Its address in one of these networks, or any."""
    found = [claim.address for claim in work.claims() if ":" not in claim.address]
    inside = [address for address in found if any(ipaddress.ip_address(address) in network for network in near)]
    return next(iter([*inside, *found]), None)


def _first_addresses(works: Sequence[Work]) -> tuple[str, ...]:
    return tuple(address for work in works if (address := _ipv4_of(work)))[:PINGS]


async def _echoes(icmp: IcmpClient, addresses: Sequence[str]) -> dict[str, Reach]:
    asked = [address for address in dict.fromkeys(addresses) if is_askable(address)][:HUB_PINGS]
    if not asked:
        return {}
    found = await icmp.sweep(asked)
    return {
        echo.address: Reach(
            echo.address, echo.alive, round(echo.rtt_seconds * 1000, 3) if echo.rtt_seconds is not None else None, "hub"
        )
        for echo in found
    }


def _reached_from_hub(work: Work, echoes: Mapping[str, Reach]) -> list[Reach]:
    own = dict.fromkeys(str(ipaddress.ip_address(claim.address)) for claim in work.claims())
    return [echoes[address] for address in own if address in echoes]


def _reached_from_console(neighbourhood: Neighbourhood | Problem | None) -> list[Reach]:
    if not isinstance(neighbourhood, Neighbourhood):
        return []
    return [
        Reach(
            ping.address,
            ping.success,
            round(ping.rtt_avg_seconds * 1000, 3) if ping.rtt_avg_seconds is not None else None,
            "console",
        )
        for ping in neighbourhood.pings
    ]


def _reachable(work: Work, knocked: Mapping[str, bool]) -> bool | None:
    if isinstance(work.console, Problem):
        return work.console.code not in REFUSALS
    return True if work.console is not None else knocked.get(work.node.node_id)


async def _knock_all(works: Sequence[Work]) -> dict[str, bool]:
    """Whether consoles that are no text (VNC, HTTP, SPICE) accept a connection."""
    nodes = [work.node for work in works if has_console(work.node) and work.node.status == "started"]
    return dict(zip((node.node_id for node in nodes), await asyncio.gather(*map(_knock, nodes)), strict=True))


async def _knock(node: Node) -> bool:
    try:
        async with asyncio.timeout(KNOCK_SECONDS):
            _, writer = await asyncio.open_connection(node.console_host, node.console)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
