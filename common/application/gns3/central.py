"""The one door to GNS3, for REST, capabilities, discovery, inventory and workflows alike.

    from common.application.gns3 import central

    server, project = central.find(project_id)
    topology = central.topology(server, project_id)
    central.start_node(server, project_id, node_id, actor="ada")

`server` is the target's name in the clients' configuration (services.gns3.targets.<server>). All functions raise
Unknown (no such server, project, node), Conflict (a closed project, a state in which it makes no sense), Invalid (what
the server refuses as nonsense), Unavailable (the server is away, its circuit is open), TimedOut and Failed (it answered
with an error or with nothing that can be read), of common/domain/errors.py. Reads come from the cache of 300 s, which
changes and notifications invalidate at once; `fresh` goes to the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api_clients.network.gns3.values import Link, LinkEnd, Node, Project, Snapshot, Template, Topology
from common.application.gns3.reports import Gns3Status, ProjectReport, ProjectState


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node to make: of a template (its id, or its name), else of a type. `key` is what links call it by."""

    key: str
    name: str
    template: str = ""
    type: str = ""
    x: int = 0
    y: int = 0
    compute_id: str = "local"
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewLinkEnd:
    node: str  # a NewNode's key
    adapter_number: int
    port_number: int


@dataclass(frozen=True, slots=True)
class NewLink:
    ends: tuple[NewLinkEnd, NewLinkEnd]


@dataclass(frozen=True, slots=True)
class CreatedProject:
    server: str
    project: Project
    node_ids: Mapping[str, str]  # key -> node_id
    link_ids: tuple[str, ...]


def servers() -> tuple[str, ...]:
    """The configured servers by name."""
    raise NotImplementedError


def client(server: str) -> Any:
    """The Gns3Client of a server, for what has no function here (captures, files). Raises Unknown."""
    raise NotImplementedError


def status() -> Gns3Status:
    """What is known of all servers, without asking one; the cache and the breakers."""
    raise NotImplementedError


def find(project_id: str) -> tuple[str, Project]:
    """On which server a project is. Raises Unknown; Unavailable where it may be on one that is away."""
    raise NotImplementedError


def projects(server: str, *, fresh: bool = False) -> tuple[Project, ...]:
    raise NotImplementedError


def project(server: str, project_id: str, *, fresh: bool = False) -> Project:
    raise NotImplementedError


def project_states(server: str | None = None) -> tuple[ProjectState, ...]:
    """Every project as the hub last knew it, from the database alone."""
    raise NotImplementedError


def topology(server: str, project_id: str, *, fresh: bool = False) -> Topology:
    raise NotImplementedError


def node(server: str, project_id: str, node_id: str, *, fresh: bool = False) -> Node:
    raise NotImplementedError


def templates(server: str) -> tuple[Template, ...]:
    raise NotImplementedError


def refresh(server: str, project_id: str | None = None) -> tuple[Topology, ...]:
    """Read a project, or all open ones, anew; what differs becomes events."""
    raise NotImplementedError


def start_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    """A node that runs already stays as it is."""
    raise NotImplementedError


def stop_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    raise NotImplementedError


def restart_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    """Stop it and start it again, so that both are seen; one that is stopped is started."""
    raise NotImplementedError


def suspend_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    """Raises Conflict for a node that does not run."""
    raise NotImplementedError


def start_project(
    server: str,
    project_id: str,
    *,
    actor: str = "",
    parallel: int = 4,
    wait_seconds: float = 60.0,
    should_stop: Callable[[], bool] = lambda: False,
) -> ProjectReport:
    """Open it and start its nodes: switches, then routers, then hosts; `parallel` at once; each until it answers.

    A node that fails fails alone. `wait_seconds` is the time for one node to answer at its console port.
    """
    raise NotImplementedError


def stop_project(
    server: str,
    project_id: str,
    *,
    actor: str = "",
    close: bool = False,
    wait_seconds: float = 60.0,
    should_stop: Callable[[], bool] = lambda: False,
) -> ProjectReport:
    """Stop its nodes, hosts first; `close` it then, too."""
    raise NotImplementedError


def start_projects(
    projects: Iterable[tuple[str, str]],
    *,
    actor: str = "",
    parallel: int = 4,
    wait_seconds: float = 60.0,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[ProjectReport, ...]:
    """Several (server, project_id) at once, a report for each; one that fails has its `error`."""
    raise NotImplementedError


def open_project(server: str, project_id: str, *, actor: str = "") -> Project:
    raise NotImplementedError


def close_project(server: str, project_id: str, *, actor: str = "") -> Project:
    raise NotImplementedError


def delete_project(server: str, project_id: str, *, actor: str = "") -> None:
    raise NotImplementedError


def create_project(
    server: str, name: str, *, nodes: Sequence[NewNode] = (), links: Sequence[NewLink] = (), actor: str = ""
) -> CreatedProject:
    """Make a project with nodes and links, all of it or nothing; it is the hub's, so its stream is listened to."""
    raise NotImplementedError


def delete_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> None:
    raise NotImplementedError


def create_link(server: str, project_id: str, ends: tuple[LinkEnd, LinkEnd], *, actor: str = "") -> Link:
    raise NotImplementedError


def delete_link(server: str, project_id: str, link_id: str, *, actor: str = "") -> None:
    raise NotImplementedError


def suspend_link(server: str, project_id: str, link_id: str, *, suspended: bool, actor: str = "") -> Link:
    raise NotImplementedError


def set_link_filters(
    server: str, project_id: str, link_id: str, filters: Mapping[str, tuple[Any, ...]], *, actor: str = ""
) -> Link:
    raise NotImplementedError


def snapshots(server: str, project_id: str) -> tuple[Snapshot, ...]:
    raise NotImplementedError


def create_snapshot(server: str, project_id: str, name: str, *, actor: str = "") -> Snapshot:
    raise NotImplementedError


def restore_snapshot(server: str, project_id: str, snapshot_id: str, *, actor: str = "") -> Topology:
    """Put the project back; what differs becomes events, and the restoration is one."""
    raise NotImplementedError


def delete_snapshot(server: str, project_id: str, snapshot_id: str, *, actor: str = "") -> None:
    raise NotImplementedError


def watch(server: str, project_id: str, *, watched: bool = True, actor: str = "") -> ProjectState:
    """Listen to the project's own stream, or poll it again.

    A server closes a project that has auto_close when the last listener to its stream leaves. So watching switches
    auto_close off first, and it stays off: a restart of the hub must not shut a lab down.
    """
    raise NotImplementedError
