"""Projects as a whole: open, close, delete, make, watch; their snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.values import LinkEnd, Project, Snapshot, Topology
from common.application.gns3 import wanted
from common.application.gns3.intents import ANYTHING, intending
from common.application.gns3.node_actions import need_open
from common.application.gns3.observing import need_seen, observe_projects, observe_topology
from common.application.gns3.reading import project, topology
from common.application.gns3.recording import mark, record_once
from common.application.gns3.reports import ProjectState
from common.application.gns3.servers import asking, checked_id, client
from common.application.gns3.wanted import CreatedProject, NewLink, NewNode
from common.domain.errors import Conflict, HubError, Invalid, Unknown
from common.domain.hub_events.gns3 import SnapshotRestored
from common.models import Gns3Project

SAME_RESTORATION_SECONDS = 3.0  # the server's own word of it comes within moments of the answer

log = structlog.get_logger(__name__)


def open_project(server: str, project_id: str, *, actor: str = "") -> Project:
    """One that is open already stays as it is."""
    found = project(server, project_id, fresh=True)
    if found.status == "opened":
        return found
    with intending(server, found.project_id, [ANYTHING], actor=actor), asking(server):
        client(server).open_project(found.project_id)
        observe_projects(server)
        observe_topology(server, found.project_id)
    return project(server, found.project_id)


def close_project(server: str, project_id: str, *, actor: str = "") -> Project:
    """Its nodes stop with it; one that is closed already stays as it is."""
    found = project(server, project_id, fresh=True)
    if found.status == "closed":
        return found
    with intending(server, found.project_id, _everything_in(server, found.project_id), actor=actor), asking(server):
        client(server).close_project(found.project_id)
        observe_projects(server)
    return project(server, found.project_id)


def delete_project(server: str, project_id: str, *, actor: str = "") -> None:
    """Raises Unknown where there is none."""
    found = project(server, project_id, fresh=True)
    with intending(server, found.project_id, _everything_in(server, found.project_id), actor=actor), asking(server):
        client(server).delete_project(found.project_id)
        observe_projects(server, deleted=found.project_id)


def create_project(
    server: str, name: str, *, nodes: Sequence[NewNode] = (), links: Sequence[NewLink] = (), actor: str = ""
) -> CreatedProject:
    """Make a project with nodes and links, all of it or nothing.

    It is the hub's: auto_close is off, and its stream is listened to. Raises Conflict where the name is taken.
    """
    wanted.check(name, nodes, links)
    gns3 = client(server)
    with asking(server), intending(server, "", [name], actor=actor):
        templates = _templates(gns3, nodes)
        if any(other.name == name for other in observe_projects(server)[0]):
            raise Conflict(f"There is a project {name} on {server} already.", code="project_exists")
        made = gns3.create_project(name, auto_close=False)
        try:
            observe_projects(server)
            mark(server, made.project_id, made_by_hub=True)
            with intending(server, made.project_id, [ANYTHING], actor=actor):
                node_ids = {node.key: _make_node(gns3, made.project_id, node, templates) for node in nodes}
                link_ids = tuple(_make_link(gns3, made.project_id, link, node_ids) for link in links)
                observe_topology(server, made.project_id)
        except BaseException:
            _unmake(server, gns3, made)
            raise
    return CreatedProject(server, project(server, made.project_id), node_ids, link_ids)


def watch(server: str, project_id: str, *, watched: bool = True, actor: str = "") -> ProjectState:
    """Listen to the project's own stream, or poll it again.

    A server closes a project that has auto_close when the last listener to its stream leaves. So watching switches
    auto_close off first, and it stays off: a restart of the hub must not shut a lab down.
    """
    found = project(server, project_id, fresh=True)
    if watched and found.auto_close:
        with asking(server), intending(server, found.project_id, [ANYTHING], actor=actor):
            client(server).update_project(found.project_id, auto_close=False)
            observe_projects(server)
    mark(server, found.project_id, watched=watched)
    return project_states(server, found.project_id)[0]


def project_states(server: str | None = None, project_id: str | None = None) -> tuple[ProjectState, ...]:
    """Every project as the hub last knew it, from the database alone."""
    rows = Gns3Project.objects.all()
    if server is not None:
        client(server)
        rows = rows.filter(server_id=server)
    if project_id is not None:
        rows = rows.filter(project_id=checked_id(project_id, "project"))
    return tuple(_state(row) for row in rows)


def snapshots(server: str, project_id: str) -> tuple[Snapshot, ...]:
    found = project(server, project_id)
    with asking(server):
        return client(server).snapshots(found.project_id)


def create_snapshot(server: str, project_id: str, name: str, *, actor: str = "") -> Snapshot:
    """Raises Conflict for a closed project, for a name that is taken, and where the server wants its nodes stopped."""
    if not name.strip():
        raise Invalid("A snapshot needs a name.", code="name_missing")
    found = need_open(server, project_id)
    with asking(server):
        if any(other.name == name for other in client(server).snapshots(found.project_id)):
            raise Conflict(f"Project {found.name} has a snapshot {name} already.", code="snapshot_exists")
        return client(server).create_snapshot(found.project_id, name)


def restore_snapshot(server: str, project_id: str, snapshot_id: str, *, actor: str = "") -> Topology:
    """Put the project back; what differs becomes events, and the restoration is one."""
    found = project(server, project_id, fresh=True)
    snapshot = _need_snapshot(server, found.project_id, snapshot_id)
    about = _everything_in(server, found.project_id)
    with asking(server), intending(server, found.project_id, about, actor=actor):
        client(server).restore_snapshot(found.project_id, snapshot.snapshot_id)
        record_restored(server, found, snapshot.snapshot_id, snapshot.name)
        observe_projects(server)
        return topology(server, found.project_id, fresh=True)


def delete_snapshot(server: str, project_id: str, snapshot_id: str, *, actor: str = "") -> None:
    found = project(server, project_id)
    snapshot = _need_snapshot(server, found.project_id, snapshot_id)
    with asking(server):
        client(server).delete_snapshot(found.project_id, snapshot.snapshot_id)


def record_restored(server: str, project: Project, snapshot_id: str, name: str) -> bool:
    """Tell it once, whether we did it or heard of it, or both. By the snapshot's name: its id does not last."""
    event = SnapshotRestored(
        server=server, project_id=project.project_id, project=project.name, snapshot_id=snapshot_id, snapshot=name
    )
    return record_once(server, project.project_id, f"restored {name}", event, within_seconds=SAME_RESTORATION_SECONDS)


def _everything_in(server: str, project_id: str) -> list[str]:
    seen = need_seen(server, project_id)
    return [ANYTHING, *(seen.known.nodes or {}), *(seen.known.links or {})]


def _need_snapshot(server: str, project_id: str, snapshot_id: str) -> Snapshot:
    snapshot_id = checked_id(snapshot_id, "snapshot")
    with asking(server):
        for snapshot in client(server).snapshots(project_id):
            if snapshot.snapshot_id == snapshot_id:
                return snapshot
    raise Unknown(f"Project {project_id} has no snapshot {snapshot_id}.", code="unknown_snapshot")


def _templates(gns3: Gns3Client, nodes: Sequence[NewNode]) -> dict[str, str]:
    """The template ids by what the nodes call them. Raises Invalid for one that is not there, or not alone."""
    asked = {node.template for node in nodes if node.template}
    if not asked:
        return {}
    there = gns3.templates()
    found = {template.template_id: template.template_id for template in there}
    for name in sorted(asked - found.keys()):
        ids = [template.template_id for template in there if template.name == name]
        if len(ids) != 1:
            known = ", ".join(sorted({template.name for template in there}))
            why = "does not exist" if not ids else "has several templates of this name; use an id"
            raise Invalid(f"The template {name!r:.100} {why}. There are: {known}.", code="unknown_template")
        found[name] = ids[0]
    return found


def _make_node(gns3: Gns3Client, project_id: str, node: NewNode, templates: Mapping[str, str]) -> str:
    if node.template:
        made = gns3.create_from_template(project_id, templates[node.template], x=node.x, y=node.y, name=node.name)
    else:
        made = gns3.create_node(
            project_id,
            node.name,
            node.type,
            compute_id=node.compute_id,
            x=node.x,
            y=node.y,
            properties=dict(node.properties) or None,
        )
    return made.node_id


def _make_link(gns3: Gns3Client, project_id: str, link: NewLink, node_ids: Mapping[str, str]) -> str:
    first, second = (LinkEnd(node_ids[end.node], end.adapter_number, end.port_number) for end in link.ends)
    return gns3.create_link(project_id, first, second).link_id


def _unmake(server: str, gns3: Gns3Client, made: Project) -> None:
    """Take back what was made; what first went wrong is what people should hear of."""
    try:
        gns3.delete_project(made.project_id)
        observe_projects(server, deleted=made.project_id)
    except (ServiceError, HubError):
        log.exception("a project that was made in part is left", server=server, project=made.project_id)


def _state(row: Gns3Project) -> ProjectState:
    nodes = row.state.get("nodes") or {}
    return ProjectState(
        server=row.server_id,
        project_id=row.project_id,
        name=row.name,
        status=row.status,
        revision=row.revision,
        watched=row.watched,
        made_by_hub=row.made_by_hub,
        nodes=len(nodes),
        links=len(row.state.get("links") or {}),
        running=sum(1 for node in nodes.values() if node[2] == "started"),
        changed_at=row.changed_at,
    )
