"""Bring a fault about, and put it back, over the one door to GNS3."""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.network.gns3.values import ALWAYS_ON, Link, Topology
from common.application.gns3 import central
from common.application.gns3.drills import kinds
from common.application.gns3.drills.kinds import Json, LinkChange, Outcome
from common.application.gns3.servers import asking
from common.domain.errors import Conflict, Unknown
from common.models import Gns3Drill


def look(server: str, project_id: str, kind: str, about: str) -> tuple[str, Json, str]:
    """Return the id of what is meant as GNS3 writes it, what will change as it is now, and its name for people.

    Raises Unknown where there is no such thing, Conflict where the fault cannot be brought about there.
    """
    whole = central.topology(server, project_id, fresh=True)
    if whole.project.status == "closed":
        raise Conflict(f"Project {whole.project.name} is closed: open or start it first.", code="project_closed")
    if kind == kinds.ON_NODE:
        return _look_at_node(whole, about)
    link = _link(whole, about)
    was = kinds.before(kind, link)
    if was.get("suspended"):
        raise Conflict(f"Link {about} is suspended already.", code="already_suspended")
    if kind in kinds.FILTERS:
        _need_filter(server, project_id, link, kind)
    return link.link_id, was, kinds.describe_link(link, {node.node_id: node for node in whole.nodes})


def _look_at_node(whole: Topology, node_id: str) -> tuple[str, Json, str]:
    for node in whole.nodes:
        if node.node_id == node_id.lower():
            if node.type in ALWAYS_ON:
                raise Conflict(
                    f"{node.name} is of the type {node.type}, which cannot be stopped: suspend its links instead.",
                    code="always_on",
                )
            if node.status != "started":
                raise Conflict(
                    f"{node.name} is {node.status}; only a node that runs can be stopped.", code="not_running"
                )
            return node.node_id, {"status": node.status}, node.name
    raise Unknown(f"There is no node {node_id!r:.100} in the project {whole.project.name}.", code="unknown_node")


def _link(whole: Topology, link_id: str) -> Link:
    for link in whole.links:
        if link.link_id == link_id.lower():
            return link
    raise Unknown(f"There is no link {link_id!r:.100} in the project {whole.project.name}.", code="unknown_link")


def _need_filter(server: str, project_id: str, link: Link, kind: str) -> None:
    name, _ = kinds.FILTERS[kind]
    with asking(server):
        known = {found.type for found in central.client(server).available_filters(project_id, link.link_id)}
    if name not in known:
        there = f"it knows {', '.join(sorted(known))}" if known else "it knows none"
        raise Conflict(f"This link cannot have {kind.replace('_', ' ')}: {there}.", code="no_such_filter")


def bring_about(drill: Gns3Drill) -> None:
    if drill.kind == kinds.ON_NODE:
        central.stop_node(drill.server, drill.project_id, drill.about, actor=drill.actor)
        return
    link = _link(central.topology(drill.server, drill.project_id, fresh=True), drill.about)
    _change(drill, kinds.break_link(drill.kind, drill.parameters, link))


def put_back(drill: Gns3Drill) -> tuple[Outcome, str]:
    """Undo what the drill changed, if it is still so; say how it ended, and what there is to say of it.

    Raises Unavailable and its like where it has to be tried again.
    """
    try:
        whole = central.topology(drill.server, drill.project_id, fresh=True)
        if drill.kind == kinds.ON_NODE:
            return _start_again(drill, whole)
        change, outcome = kinds.mend_link(drill.kind, drill.parameters, drill.before, _link(whole, drill.about))
    except Unknown as error:
        if error.code == "unknown_server":  # it is not configured at present: nobody knows what became of the link
            raise
        return "gone", str(error)
    if change is not None:
        _change(drill, change)
    return outcome, "Somebody changed the same on this link meanwhile, which stands." if outcome == "superseded" else ""


def _start_again(drill: Gns3Drill, whole: Topology) -> tuple[Outcome, str]:
    if whole.project.status == "closed":
        return "superseded", "The project was closed meanwhile, which stops all nodes."
    status: Mapping[str, str] = {node.node_id: node.status for node in whole.nodes}
    if drill.about not in status:
        raise Unknown(f"Node {drill.label} is gone from its project.", code="unknown_node")
    if status[drill.about] == "stopped":
        central.start_node(drill.server, drill.project_id, drill.about, actor=drill.ended_by or drill.actor)
    return "restored", ""


def _change(drill: Gns3Drill, change: LinkChange) -> None:
    where = (drill.server, drill.project_id, drill.about)
    actor = drill.ended_by or drill.actor
    if change.suspended is not None:
        central.suspend_link(*where, suspended=change.suspended, actor=actor)
    if change.filters is not None:
        central.set_link_filters(*where, change.filters, actor=actor)
