"""Where a packet gets to: over links, through switches and hubs with their VLANs, by way of routers."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from ipaddress import IPv4Address

from api_clients.network.gns3.simulator.shells import Interface, Shell
from api_clients.network.gns3.simulator.state import Link, Node, Project
from api_clients.network.gns3.simulator.world import World

At = tuple[str, int, int]  # a port: node_id, adapter, number
FASTEST_SECONDS = 0.0003
FIRST_TTL = 64


@dataclass(frozen=True, slots=True)
class Route:
    links: tuple[Link, ...]
    routers: int
    mac: str  # of the far end, or of the first router

    def send(self, chance: random.Random) -> float | None:
        """Return the seconds that a packet takes there and back, None for one that is lost."""
        seconds = FASTEST_SECONDS
        for link in (*self.links, *reversed(self.links)):
            if link.suspended or _is_lost(link, chance):
                return None
            delay = link.filters.get("delay")
            if delay:
                jitter = float(delay[1]) if len(delay) > 1 else 0.0
                seconds += max(0.0, float(delay[0]) + chance.uniform(-jitter, jitter)) / 1000
        return seconds

    @property
    def ttl(self) -> int:
        return FIRST_TTL - self.routers


def _is_lost(link: Link, chance: random.Random) -> bool:
    drop, loss = link.filters.get("frequency_drop"), link.filters.get("packet_loss")
    if drop and (int(drop[0]) == -1 or (int(drop[0]) > 0 and chance.random() < 1 / int(drop[0]))):
        return True
    return loss is not None and chance.uniform(0, 100) < float(loss[0])


class Fabric:
    """A look at the project as it is now. Takes no lock: consoles look while their own ports may be waited for."""

    def __init__(self, world: World, project: Project) -> None:
        self._nodes = dict(project.nodes)
        self._shells: dict[str, Shell] = {}
        for node in self._nodes.values():
            shell = world.consoles.shell(node.console)
            if shell is not None:
                self._shells[node.node_id] = shell
        self._cables: dict[At, tuple[Link, At]] = {}
        for link in list(project.links.values()):
            ends: list[At] = [(end["node_id"], end["adapter_number"], end["port_number"]) for end in list(link.ends)]
            if len(ends) == 2 and not link.suspended and all(end[0] in self._nodes for end in ends):
                self._cables[ends[0]], self._cables[ends[1]] = (link, ends[1]), (link, ends[0])

    def route(self, node: Node, start: Interface, gateway: IPv4Address | None, to: IPv4Address) -> Route | None:
        near = self._near(node, start)
        if to in start.address.network:
            return self._found(near, to, 0, ())
        if gateway is None:
            return None
        return self._by_router(near, gateway, to)

    def from_router(self, node: Node, to: IPv4Address) -> Route | None:
        return self._onward(node, to, ())

    def _by_router(self, near: list[Neighbour], gateway: IPv4Address, to: IPv4Address) -> Route | None:
        for neighbour in near:
            if neighbour.interface.address.ip == gateway and self._shells[neighbour.node.node_id].is_router:
                if any(each.address.ip == to for each in self._shells[neighbour.node.node_id].interfaces):
                    return Route(neighbour.links, 0, neighbour.interface.mac)
                return self._onward(neighbour.node, to, neighbour.links)
        return None

    def _onward(self, router: Node, to: IPv4Address, links: tuple[Link, ...]) -> Route | None:
        """From router to router, the fewest first, until one has the address in a network of its own."""
        waiting = deque([(router, links, 1)])
        seen = {router.node_id}
        while waiting:
            here, so_far, routers = waiting.popleft()
            for interface in self._shells[here.node_id].interfaces:
                near = self._near(here, interface)
                if to in interface.address.network:
                    found = self._found(near, to, routers, so_far)
                    if found is not None:
                        return found
                for neighbour in near:
                    if neighbour.node.node_id not in seen and self._shells[neighbour.node.node_id].is_router:
                        seen.add(neighbour.node.node_id)
                        if any(each.address.ip == to for each in self._shells[neighbour.node.node_id].interfaces):
                            return Route((*so_far, *neighbour.links), routers, neighbour.interface.mac)
                        waiting.append((neighbour.node, (*so_far, *neighbour.links), routers + 1))
        return None

    def _found(self, near: list[Neighbour], to: IPv4Address, routers: int, links: tuple[Link, ...]) -> Route | None:
        for neighbour in near:
            if neighbour.interface.address.ip == to:
                return Route((*links, *neighbour.links), routers, neighbour.interface.mac)
        return None

    def _near(self, node: Node, interface: Interface) -> list[Neighbour]:
        """Who is on the same segment, with the links to there."""
        found: list[Neighbour] = []
        for at, links in self._segment((node.node_id, *interface.port)).items():
            other = self._nodes[at[0]]
            own = (each for each in self._shells[at[0]].interfaces if each.port == at[1:])
            found.extend(Neighbour(other, interface, links) for interface in own)
        return found

    def _segment(self, start: At) -> dict[At, tuple[Link, ...]]:
        found: dict[At, tuple[Link, ...]] = {}
        waiting: deque[tuple[At, int | None, tuple[Link, ...]]] = deque([(start, None, ())])
        seen: set[tuple[At, int | None]] = {(start, None)}
        while waiting:
            here, tag, links = waiting.popleft()
            if here not in self._cables:
                continue
            link, there = self._cables[here]
            path = (*links, link)
            if there[0] in self._shells:
                if tag is None:
                    found.setdefault(there, path)
                continue
            for port, out_tag in _through(self._nodes[there[0]], there, tag):
                if (port, out_tag) not in seen:
                    seen.add((port, out_tag))
                    waiting.append((port, out_tag, path))
        return found


@dataclass(frozen=True, slots=True)
class Neighbour:
    node: Node
    interface: Interface
    links: tuple[Link, ...]


def _through(node: Node, port: At, tag: int | None) -> list[tuple[At, int | None]]:
    """The other ports at which a frame leaves, each with the tag it has there."""
    others = [(node.node_id, each["adapter_number"], each["port_number"]) for each in node.ports]
    if node.type == "ethernet_hub":
        return [(other, tag) for other in others if other != port]
    if node.type != "ethernet_switch":
        return []
    modes = {row["port_number"]: row for row in node.properties.get("ports_mapping", [])}
    entered = modes.get(port[2], {})
    if entered.get("type") != "dot1q" and tag is not None:
        return []
    vlan = tag if tag is not None else entered.get("vlan", 1)
    found: list[tuple[At, int | None]] = []
    for other in others:
        mode = modes.get(other[2], {})
        if other == port:
            continue
        if mode.get("type") == "dot1q":
            found.append((other, None if mode.get("vlan", 1) == vlan else vlan))
        elif mode.get("vlan", 1) == vlan:
            found.append((other, None))
    return found
