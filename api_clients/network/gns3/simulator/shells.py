"""What stands behind a console: a line in, text out. Which one a node has is a matter of its sort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from api_clients.network.gns3.simulator.state import Node, Project
    from api_clients.network.gns3.simulator.world import World

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Interface:
    """An address on a port of the node, by adapter and port number."""

    port: tuple[int, int]
    address: IPv4Interface
    mac: str
    name: str = ""


class Shell(Protocol):
    """`interfaces` answer to pings. A router hands on what is for others."""

    is_router: bool

    @property
    def prompt(self) -> str: ...

    @property
    def interfaces(self) -> tuple[Interface, ...]: ...

    async def begin(self, say: Say) -> None:
        """Print what a start prints, and read the startup configuration."""

    async def run(self, line: str, say: Say) -> None: ...


def make_shell(world: World, project: Project, node: Node) -> Shell | None:
    from api_clients.network.gns3.simulator.ios import IosShell
    from api_clients.network.gns3.simulator.vpcs import VpcsShell

    makers: dict[str, Callable[[World, Project, Node], Shell]] = {
        "vpcs": VpcsShell,
        "dynamips": IosShell,
        "iou": IosShell,
    }
    maker = makers.get(node.type)
    return maker(world, project, node) if maker else None
