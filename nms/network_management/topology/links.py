"""From evidence to links. Pure.

Each hearing gives a local end and, where the neighbour is a known device, a remote one. Both ends' views, and
LLDP's and CDP's, fall together where their ends are equal. A view that cannot name the far port joins the link
that can; two devices that each hear the other once without naming ports are cabled with each other.
One side's view is enough for a link.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from nms.network_management.topology.neighbors import Neighborhood
from nms.network_management.topology.values import End, FoundLink, Hearing, Node

Pair = tuple[End, End]


@dataclass(frozen=True, slots=True)
class View:
    """A hearing with both ends."""

    near: End
    far: End
    heard: Hearing

    @property
    def ends(self) -> Pair:
        return (self.near, self.far) if self.near <= self.far else (self.far, self.near)

    @property
    def devices(self) -> tuple[int, int]:
        return self.ends[0].device_id, self.ends[1].device_id

    @property
    def complete(self) -> bool:
        return bool(self.near.interface_id and self.far.interface_id)


def resolve(nodes: Collection[Node], hearings: Collection[Hearing]) -> list[View]:
    """Name both ends of each hearing whose neighbour is among `nodes`."""
    neighborhood = Neighborhood(nodes, hearings)
    views = []
    for heard in hearings:
        if (found := neighborhood.find(heard)) is None:
            continue
        node, port = found
        near = _near_end(heard, neighborhood)
        far = End(node.id, port.id) if port else End(node.id, 0, heard.port_id)
        if near != far:  # a port that hears itself has a loop behind it, not a link
            views.append(View(near, far, heard))
    return views


def _near_end(heard: Hearing, neighborhood: Neighborhood) -> End:
    if heard.protocol == "gns3":
        # By name, each time anew: once an agent speaks for the device its interfaces may be other rows.
        own = neighborhood.gns3_port(heard.device_id, heard.own_port)
        return End(heard.device_id, own.id) if own else End(heard.device_id, 0, heard.own_port)
    if heard.interface_id:
        return End(heard.device_id, heard.interface_id)
    return End(heard.device_id, 0, str(heard.local_port))


def merge_views(views: Iterable[View]) -> list[FoundLink]:
    """Return the links that these views vouch for, in the order of their ends."""
    links: dict[Pair, list[View]] = defaultdict(list)
    incomplete: list[View] = []
    for view in views:
        if view.complete:
            links[view.ends].append(view)
        else:
            incomplete.append(view)
    for view in _join(links, incomplete):
        links[view.ends].append(view)
    return [_link(ends, vouching) for ends, vouching in sorted(links.items())]


def _join(links: dict[Pair, list[View]], incomplete: list[View]) -> list[View]:
    """Add incomplete views to the links they mean; return those that stand for themselves."""
    between: dict[tuple[int, int], list[Pair]] = defaultdict(list)
    for ends in links:
        between[ends[0].device_id, ends[1].device_id].append(ends)
    alone: list[View] = []
    for view in incomplete:
        fitting = [ends for ends in between[view.devices] if _fits(view, ends)]
        if len(fitting) == 1:
            links[fitting[0]].append(view)
        else:
            alone.append(view)
    return _pair_up(links, alone)


def _fits(view: View, ends: Pair) -> bool:
    """Whether what `view` knows of its ends is true of `ends`."""
    known = [end for end in view.ends if end.interface_id]
    return all(end in ends for end in known)


def _pair_up(links: dict[Pair, list[View]], alone: list[View]) -> list[View]:
    """Two devices that each hear the other on one port, and cannot name the other's, hear the same cable."""
    by_devices: dict[tuple[int, int], dict[End, list[View]]] = defaultdict(lambda: defaultdict(list))
    for view in alone:
        by_devices[view.devices][view.near].append(view)
    left: list[View] = []
    for (one, other), by_end in by_devices.items():
        near = sorted(by_end)
        if one != other and [end.device_id for end in near] == [one, other] and all(end.interface_id for end in near):
            links[near[0], near[1]].extend(view for views in by_end.values() for view in views)
        else:
            left += [view for views in by_end.values() for view in _same_far_end(views)]
    return left


def _same_far_end(views: Collection[View]) -> list[View]:
    """What one port hears of one device over LLDP and CDP, under two names of an unknown port, is one cable."""
    far = min(view.far for view in views)
    return [replace(view, far=far) if not view.far.interface_id else view for view in views]


def _link(ends: Pair, views: list[View]) -> FoundLink:
    a, b = ends
    to_itself = a.device_id == b.device_id
    from_a = {view.heard.id: view.near == a if to_itself else view.near.device_id == a.device_id for view in views}
    return FoundLink(a, b, from_a, tuple(sorted({view.heard.protocol for view in views})))
