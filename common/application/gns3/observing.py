"""Read a server, and let what it says be known: the row and its events follow from every reading, whoever asked.

A reading that was overtaken (somebody recorded a change while it was under way) is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from api_clients.domain.errors import ServiceError, Unauthorized
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.dialect import ProjectClosed
from api_clients.network.gns3.values import Link, Node, Project, Topology
from common.application.gns3.known import (
    Known,
    Step,
    with_link,
    with_links,
    with_node,
    with_nodes,
    with_topology,
    without_link,
    without_node,
)
from common.application.gns3.recording import Seen, list_revision, look, record, record_projects, rows
from common.application.gns3.servers import asking, client, is_gone
from common.domain.errors import Unavailable, Unknown

ATTEMPTS = 8

T = TypeVar("T")


def observe_projects(server: str, *, deleted: str = "") -> tuple[tuple[Project, ...], int]:
    """The server's list, read now, and the revision it belongs to; `deleted` is the id of one that we deleted."""
    gns3 = client(server)
    for _ in range(ATTEMPTS):
        revision = list_revision(server)
        with asking(server):
            listed = gns3.projects()
        missing = rows(server).keys() - {project.project_id for project in listed}
        gone = (missing & {deleted}) | _confirmed_gone(gns3, sorted(missing - {deleted}))
        recorded = record_projects(server, revision, listed, gone=gone)
        if recorded is not None:
            return listed, recorded
    raise Unavailable(f"The projects of {server} change faster than they can be read; try again.", code="gns3_busy")


def observe_topology(server: str, project_id: str) -> tuple[Topology, int]:
    """All of a project, read now, and the revision it belongs to."""
    gns3 = client(server)
    return _observe(server, project_id, lambda: gns3.topology(project_id), with_topology, listed=_project_of)


def observe_nodes(server: str, project_id: str) -> tuple[Node, ...]:
    gns3 = client(server)
    return _observe(server, project_id, lambda: gns3.nodes(project_id), with_nodes)[0]


def observe_links(server: str, project_id: str) -> tuple[Link, ...]:
    gns3 = client(server)
    return _observe(server, project_id, lambda: gns3.links(project_id), with_links)[0]


def observe_node(server: str, project_id: str, node_id: str) -> tuple[Node, int]:
    """One node, read now. Raises Unknown, and lets it be known, where it is gone."""
    gns3 = client(server)
    know_the_rest(server, project_id)
    return _observe(
        server,
        project_id,
        lambda: gns3.node(project_id, node_id),
        with_node,
        gone=lambda known: without_node(known, node_id) if node_id in (known.nodes or {}) else known,
    )


def observe_link(server: str, project_id: str, link_id: str) -> tuple[Link, int]:
    gns3 = client(server)
    know_the_rest(server, project_id)
    return _observe(
        server,
        project_id,
        lambda: gns3.link(project_id, link_id),
        with_link,
        gone=lambda known: without_link(known, link_id) if link_id in (known.links or {}) else known,
    )


def need_seen(server: str, project_id: str) -> Seen:
    """The project's row; one that the hub has not heard of is looked for on the server. Raises Unknown."""
    client(server)
    seen = look(server, project_id)
    if seen is None:
        observe_projects(server)
        seen = look(server, project_id)
    if seen is None:
        raise Unknown(f"There is no project {project_id} on the GNS3 server {server}.", code="unknown_project")
    return seen


def know_the_rest(server: str, project_id: str) -> None:
    """Of a project that was never read, one part alone must not be taken for all there was: the rest is no news."""
    known = need_seen(server, project_id).known
    if known.status == "opened" and (known.nodes is None or known.links is None):
        observe_topology(server, project_id)


def _confirmed_gone(gns3: Gns3Client, project_ids: Iterable[str]) -> set[str]:
    """Those that the server says it does not have.

    3.x lists what its login may see, so that one who loses rights finds a shorter list of the same projects.
    """
    gone = set()
    for project_id in project_ids:
        try:
            gns3.project(project_id)
        except Unauthorized:
            continue
        except ServiceError as error:
            if not is_gone(error):
                break  # an outage, and no more is learnt from asking for the others
            gone.add(project_id)
    return gone


def _project_of(topology: Topology) -> Project:
    return topology.project


def _observe(
    server: str,
    project_id: str,
    read: Callable[[], T],
    fold: Callable[[Known, T], Known],
    *,
    gone: Callable[[Known], Known] | None = None,
    listed: Callable[[T], Project] | None = None,
) -> tuple[T, int]:
    """`gone` is what is known where the server says that it has no such thing; `listed` takes the project out of what
    was read: where it is not as on the list, the list is read first, for that is where projects open and close.
    """
    for _ in range(ATTEMPTS):
        seen = need_seen(server, project_id)
        try:
            value = read()
        except ServiceError as error:
            _not_there(server, project_id, seen, error, gone)
            continue
        if listed is not None and not _as_listed(seen.known, listed(value)):
            observe_projects(server)
            continue
        if fold(seen.known, value) == seen.known:
            return value, seen.revision
        revision = record(server, project_id, seen.revision, [_step(fold, value)])
        if revision is not None:
            return value, revision
    raise Unavailable(f"Project {project_id} changes faster than it can be read; try again.", code="gns3_busy")


def _step(fold: Callable[[Known, T], Known], value: T) -> Step:
    return lambda known: fold(known, value)


def _as_listed(known: Known, project: Project) -> bool:
    return (known.name, known.status) == (project.name, project.status)


def _not_there(
    server: str, project_id: str, seen: Seen, error: ServiceError, gone: Callable[[Known], Known] | None
) -> None:
    """Return where a new attempt makes sense, since the state was overtaken; raise else."""
    if isinstance(error, ProjectClosed):
        observe_projects(server)  # so that everybody knows
    if not is_gone(error):
        with asking(server):
            raise error
    if all(project.project_id != project_id for project in observe_projects(server)[0]):
        raise Unknown(f"There is no project {project_id} on the GNS3 server {server}.", code="unknown_project")
    if gone is None or gone(seen.known) == seen.known:
        with asking(server):
            raise error
    if record(server, project_id, seen.revision, [partial(gone)]) is not None:
        with asking(server):
            raise error
