"""What GNS3 holds, of the cache or read anew."""

from __future__ import annotations

from functools import cache

from api_clients.network.gns3.values import Node, Project, Template, Topology
from common.application.clients import surroundings
from common.application.gns3.observing import need_seen, observe_node, observe_projects, observe_topology
from common.application.gns3.recording import list_revision, revision_of
from common.application.gns3.servers import asking, checked_id, client, servers
from common.domain.errors import TimedOut, Unavailable, Unknown
from common.infrastructure.gns3.state_cache import Key, StateCache
from common.models import Gns3Project


@cache
def state_cache() -> StateCache:
    """Of this process; the store behind it is shared."""
    return StateCache(surroundings())


def projects(server: str, *, fresh: bool = False) -> tuple[Project, ...]:
    client(server)
    if fresh:
        return _read_projects(server)[0]
    key = Key("projects", server, "projects", list_revision(server))
    with asking(server):
        found: tuple[Project, ...] = state_cache().get(key, lambda: _read_projects(server))
    return found


def project(server: str, project_id: str, *, fresh: bool = False) -> Project:
    """Raises Unknown."""
    project_id = checked_id(project_id, "project")
    for look_again in (False, True) if not fresh else (True,):
        for found in projects(server, fresh=look_again):
            if found.project_id == project_id:
                return found
    raise Unknown(f"There is no project {project_id} on the GNS3 server {server}.", code="unknown_project")


def find(project_id: str) -> tuple[str, Project]:
    """On which server a project is. Raises Unknown; Unavailable or TimedOut where it may be on one that is away."""
    project_id = checked_id(project_id, "project")
    configured = servers()
    if not configured:
        raise Unavailable("No GNS3 server is configured.", code="gns3_unconfigured")
    known = Gns3Project.objects.filter(project_id=project_id, server__in=configured)
    away: list[Unavailable | TimedOut] = []
    for server in dict.fromkeys([*known.values_list("server_id", flat=True), *configured]):
        try:
            return server, project(server, project_id)
        except Unknown:
            continue
        except (Unavailable, TimedOut) as error:
            away.append(error)
    if away:
        raise away[0]
    raise Unknown(f"There is no project {project_id} on {_named(configured)}.", code="unknown_project")


def topology(server: str, project_id: str, *, fresh: bool = False) -> Topology:
    project_id = checked_id(project_id, "project")
    if fresh:
        return _read_topology(server, project_id)[0]
    key = Key("topology", server, project_id, _revision(server, project_id))
    with asking(server):
        found: Topology = state_cache().get(key, lambda: observe_topology(server, project_id))
    return found


def node(server: str, project_id: str, node_id: str, *, fresh: bool = False) -> Node:
    """Of the cached topology where there is one, else of a cache of its own."""
    project_id, node_id = checked_id(project_id, "project"), checked_id(node_id, "node")
    if fresh:
        found, revision = observe_node(server, project_id, node_id)
        state_cache().put(_node_key(server, project_id, node_id, revision), found)
        return found
    revision = _revision(server, project_id)
    whole: Topology | None = state_cache().peek(Key("topology", server, project_id, revision))
    if whole is not None and (inside := _node_in(whole, node_id)) is not None:
        return inside
    with asking(server):
        read: Node = state_cache().get(
            _node_key(server, project_id, node_id, revision), lambda: observe_node(server, project_id, node_id)
        )
    return read


def templates(server: str) -> tuple[Template, ...]:
    """Read each time: they change on the server without a word in the projects."""
    gns3 = client(server)
    with asking(server):
        return gns3.templates()


def refresh(server: str, project_id: str | None = None) -> tuple[Topology, ...]:
    """Read a project, or all open ones, anew; what differs becomes events. A project that vanishes is left out."""
    if project_id is not None:
        return (topology(server, project_id, fresh=True),)
    found = []
    for open_one in projects(server, fresh=True):
        if open_one.status == "opened":
            try:
                found.append(topology(server, open_one.project_id, fresh=True))
            except Unknown:
                continue
    return tuple(found)


def prefetch(server: str, project_id: str) -> Topology:
    """Read all of a project and keep it, so that nobody waits who asks next."""
    return _read_topology(server, project_id)[0]


def _read_projects(server: str) -> tuple[tuple[Project, ...], int]:
    listed, revision = observe_projects(server)
    state_cache().put(Key("projects", server, "projects", revision), listed)
    return listed, revision


def _read_topology(server: str, project_id: str) -> tuple[Topology, int]:
    found, revision = observe_topology(server, project_id)
    state_cache().put(Key("topology", server, project_id, revision), found)
    return found, revision


def _revision(server: str, project_id: str) -> int:
    client(server)
    revision = revision_of(server, project_id)
    return need_seen(server, project_id).revision if revision is None else revision


def _node_key(server: str, project_id: str, node_id: str, revision: int) -> Key:
    return Key("node", server, f"{project_id}/{node_id}", revision)


def _node_in(topology: Topology, node_id: str) -> Node | None:
    return next((node for node in topology.nodes if node.node_id == node_id), None)


def _named(configured: tuple[str, ...]) -> str:
    return f"the GNS3 server {configured[0]}" if len(configured) == 1 else f"the GNS3 servers {', '.join(configured)}"
