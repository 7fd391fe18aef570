"""From two known states of a project to what happened in between, as typed events. Pure.

The order is the order of the world: a project opens before its nodes start, links go before their nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from api_clients.network.gns3.values import ALWAYS_ON
from common.application.gns3.known import Known, KnownLink, KnownNode
from common.domain.events import Event
from common.domain.hub_events import gns3 as events

Nodes = Mapping[str, KnownNode]
Links = Mapping[str, KnownLink]
About = dict[str, str]

_OF_STATUS = {"started": events.NodeStarted, "stopped": events.NodeStopped, "suspended": events.NodeSuspended}
_STRUCTURE = (events.NodeCreated, events.NodeDeleted, events.LinkCreated, events.LinkDeleted)


@dataclass(frozen=True, slots=True)
class Differences:
    """`changes` is for topology.changed, which is made once for all that is recorded at a time."""

    events: tuple[Event, ...] = ()
    changes: tuple[str, ...] = ()


def differences(server: str, project_id: str, before: Known | None, after: Known | None) -> Differences:
    """What happened between the two; None is a project that is not there."""
    if before is None and after is None:
        return Differences()
    about = {"server": server, "project_id": project_id, "project": (after or before).name}  # type: ignore[union-attr] # one is there
    if after is None:
        assert before is not None, "one of the two is there"
        return Differences((events.ProjectDeleted(**about, nodes=len(before.nodes or {})),))
    nodes, links = _nodes_before(before, after), _links_before(before, after)
    inside = Differences() if nodes is None else _inside(about, nodes, after.nodes or {}, links, after.links or {})
    return replace(inside, events=(*_opened(about, before, after), *inside.events, *_closed(about, before, after)))


def topology_changed(server: str, project_id: str, known: Known, changes: tuple[str, ...]) -> events.TopologyChanged:
    return events.TopologyChanged(
        server=server,
        project_id=project_id,
        project=known.name,
        changes=tuple(sorted(set(changes))),
        nodes=len(known.nodes or {}),
        links=len(known.links or {}),
    )


def _nodes_before(before: Known | None, after: Known) -> Nodes | None:
    """None where nothing can be told: what a first reading finds may have been there for long.

    Of a closed project whose nodes were never read one thing is sure, that none of them ran.
    """
    if after.nodes is None:
        return None
    if before is None:
        return {}
    if before.nodes is None and before.rested:
        return {key: replace(node, status="stopped") for key, node in after.nodes.items()}
    return before.nodes


def _links_before(before: Known | None, after: Known) -> Links:
    if before is None:
        return {}
    return (after.links or {}) if before.links is None else before.links


def _opened(about: About, before: Known | None, after: Known) -> Iterator[Event]:
    if before is None:
        yield events.ProjectCreated(**about, status=after.status)
    elif before.status == "closed" and after.status == "opened":
        yield events.ProjectOpened(**about)


def _closed(about: About, before: Known | None, after: Known) -> Iterator[Event]:
    if before is not None and before.status == "opened" and after.status == "closed":
        yield events.ProjectClosed(**about)


def _inside(about: About, nodes: Nodes, nodes_now: Nodes, links: Links, links_now: Links) -> Differences:
    found = (
        *_links(events.LinkDeleted, about, links, links_now, {**nodes_now, **nodes}),
        *(events.NodeDeleted(**about, **_of(key, node)) for key, node in nodes.items() if key not in nodes_now),
        *(
            events.NodeCreated(**about, **_of(key, node), status=node.status)
            for key, node in nodes_now.items()
            if key not in nodes
        ),
        *_links(events.LinkCreated, about, links_now, links, nodes_now),
        *_statuses(about, nodes, nodes_now),
    )
    changes = [event.type for event in found if isinstance(event, _STRUCTURE)]
    changes += ["node.renamed" for key, node in nodes_now.items() if key in nodes and nodes[key].name != node.name]
    changes += ["link.changed" for key, link in links_now.items() if key in links and links[key].shape != link.shape]
    return Differences(found, tuple(changes))


def _links(
    kind: type[events.LinkCreated] | type[events.LinkDeleted], about: About, these: Links, others: Links, nodes: Nodes
) -> Iterator[Event]:
    for key, link in these.items():
        if key not in others:
            names = tuple(nodes[node_id].name if node_id in nodes else "" for node_id in link.node_ids)
            yield kind(**about, link_id=key, node_ids=link.node_ids, node_names=names)


def _statuses(about: About, nodes: Nodes, nodes_now: Nodes) -> Iterator[Event]:
    for key, node in nodes_now.items():
        before = nodes[key].status if key in nodes else "stopped"
        if node.status != before and node.type not in ALWAYS_ON:
            yield _OF_STATUS[node.status](**about, **_of(key, node), before=before)


def _of(key: str, node: KnownNode) -> dict[str, str]:
    return {"node_id": key, "name": node.name, "node_type": node.type}
