"""Everything one agent says, read part by part: a part that fails is named in `problems`, the rest still stands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Literal, TypeVar, get_args

from api_clients.domain.errors import ServiceError
from api_clients.network.snmp.mibs.addresses import read_addresses
from api_clients.network.snmp.mibs.arp import read_arp
from api_clients.network.snmp.mibs.cdp import read_cdp
from api_clients.network.snmp.mibs.entity import read_components
from api_clients.network.snmp.mibs.interfaces import read_interfaces
from api_clients.network.snmp.mibs.lldp import Lldp, read_lldp
from api_clients.network.snmp.mibs.resources import read_memories, read_processors
from api_clients.network.snmp.mibs.routes import read_routes
from api_clients.network.snmp.mibs.system import read_system
from api_clients.network.snmp.mibs.tables import Session
from api_clients.network.snmp.mibs.vlans import read_vlans
from api_clients.network.snmp.values import SnmpProfile

Part = Literal[
    "interfaces", "addresses", "vlans", "components", "processors", "memories", "lldp", "cdp", "arp", "routes"
]
ALL: frozenset[Part] = frozenset(get_args(Part))
T = TypeVar("T")


async def read_profile(session: Session, *, parts: Collection[Part] = ALL) -> SnmpProfile:
    """Read the system group, then `parts` side by side, as far as the session lets requests overlap.

    Raises what the system group raises: without it there is no device to speak of. Part lldp brings the
    interfaces with it, since it maps ports to them.
    """
    if unknown := set(parts) - ALL:
        raise ValueError(f"unknown parts {', '.join(sorted(unknown))}; known are {', '.join(sorted(ALL))}")
    system = await read_system(session)
    of = system.object_id
    problems: dict[str, str] = {}
    async with asyncio.TaskGroup() as group:

        def start(part: Part, read: Callable[[], Awaitable[T]]) -> asyncio.Task[T | None]:
            wanted = part in parts or (part == "interfaces" and "lldp" in parts)
            return group.create_task(_attempt(part, read, problems) if wanted else _skip())

        interfaces = start("interfaces", lambda: read_interfaces(session))
        addresses = start("addresses", lambda: read_addresses(session, of))
        vlans = start("vlans", lambda: read_vlans(session, of))
        components = start("components", lambda: read_components(session))
        processors = start("processors", lambda: read_processors(session, of))
        memories = start("memories", lambda: read_memories(session, of))
        cdp = start("cdp", lambda: read_cdp(session))
        arp = start("arp", lambda: read_arp(session))
        routes = start("routes", lambda: read_routes(session))

        async def lldp_on_interfaces() -> Lldp:
            return await read_lldp(session, await interfaces or (), of)

        lldp = start("lldp", lldp_on_interfaces)
    heard = lldp.result() or Lldp()
    return SnmpProfile(
        system=system,
        interfaces=interfaces.result() or (),
        addresses=addresses.result() or (),
        vlans=vlans.result() or (),
        components=components.result() or (),
        processors=processors.result() or (),
        memories=memories.result() or (),
        lldp=heard.identity,
        neighbors=heard.neighbors + (cdp.result() or ()),
        arp=arp.result() or (),
        routes=routes.result(),
        problems=problems,
    )


async def _attempt(part: Part, read: Callable[[], Awaitable[T]], problems: dict[str, str]) -> T | None:
    """None where the part could not be read; the reason goes to `problems`."""
    try:
        return await read()
    except ServiceError as error:
        problems[part] = str(error)
    except (ValueError, ArithmeticError, LookupError) as error:
        # The parsers are built not to raise on what a device sends; where one does, it costs this part alone.
        problems[part] = f"the agent's data could not be interpreted: {type(error).__name__}: {error}"
    return None


async def _skip() -> None:
    return None
