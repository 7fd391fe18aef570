"""What a drill breaks, and how to put back what it broke and nothing else. Pure.

Of each kind three things are known: how the fault looks (`broken`), whether a link or node has it already, and what to
do to undo it, given how things are now. Undoing touches what the drill itself changed: where somebody has changed that
since, his change stands (superseded). So undoing twice does no more than undoing once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from api_clients.network.gns3.values import Link, Node

Kind = Literal["packet_loss", "delay", "corruption", "link_suspended", "node_stopped"]
Outcome = Literal["restored", "superseded", "gone"]
Arguments = tuple[Any, ...]
Json = dict[str, Any]

# Kind: the filter of GNS3, and which parameters of the drill are its arguments, in order.
FILTERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "packet_loss": ("packet_loss", ("percent",)),
    "delay": ("delay", ("latency_ms", "jitter_ms")),
    "corruption": ("corrupt", ("percent",)),
}
ON_NODE: Final = "node_stopped"
SUSPENDED: Final = "link_suspended"


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What to bring a link to; None leaves it as it is."""

    filters: Mapping[str, Arguments] | None = None
    suspended: bool | None = None


def fault(kind: str, parameters: Mapping[str, Any]) -> tuple[str, Arguments]:
    """Return the filter that makes the fault, and its arguments."""
    name, keys = FILTERS[kind]
    return name, tuple(parameters[key] for key in keys)


def before(kind: str, link: Link) -> Json:
    """What of a link the drill will change, as it is now."""
    if kind == SUSPENDED:
        return {"suspended": link.suspended}
    name, _ = FILTERS[kind]
    arguments = link.filters.get(name)
    return {"filter": None if arguments is None else list(arguments)}


def break_link(kind: str, parameters: Mapping[str, Any], link: Link) -> LinkChange:
    if kind == SUSPENDED:
        return LinkChange(suspended=True)
    name, arguments = fault(kind, parameters)
    return LinkChange(filters={**link.filters, name: arguments})


def mend_link(kind: str, parameters: Mapping[str, Any], was: Json, link: Link) -> tuple[LinkChange | None, Outcome]:
    """Return what to change (None: nothing), and how the drill ended then."""
    if kind == SUSPENDED:
        return (LinkChange(suspended=False), "restored") if link.suspended else (None, "superseded")
    name, arguments = fault(kind, parameters)
    wanted = None if was["filter"] is None else tuple(was["filter"])
    now = link.filters.get(name)
    if _same(now, wanted):
        return None, "restored"
    if not _same(now, arguments):
        return None, "superseded"
    others = {key: value for key, value in link.filters.items() if key != name}
    return LinkChange(filters=others if wanted is None else {**others, name: wanted}), "restored"


def _same(one: Arguments | None, other: Arguments | None) -> bool:
    """A server may add arguments that were left out, and answer numbers as text."""
    if one is None or other is None:
        return one is other
    return [str(value) for value in one] == [str(value) for value in other]


def describe_link(link: Link, nodes: Mapping[str, Node]) -> str:
    """PC1 Ethernet0 - SW1 Ethernet3."""
    ends = []
    for end in link.ends:
        node = nodes.get(end.node_id)
        place = (end.adapter_number, end.port_number)
        ports = node.ports if node else ()
        port = next((port.name for port in ports if (port.adapter_number, port.port_number) == place), end.label)
        ends.append(f"{node.name if node else end.node_id} {port}".strip())
    return " - ".join(ends)
