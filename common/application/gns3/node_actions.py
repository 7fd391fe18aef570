"""Start, stop, restart and suspend a node: ask, read again what became of it, let it be known.

All of them are idempotent: a node that is as wanted already stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from api_clients.network.gns3.values import ALWAYS_ON, Node, NodeStatus, Project
from common.application.gns3.intents import intending
from common.application.gns3.observing import know_the_rest, observe_node
from common.application.gns3.reading import project
from common.application.gns3.servers import asking, checked_id, client
from common.domain.errors import Conflict, Failed

Act = Callable[[str, str], object]


def start_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    """A node that runs already stays as it is."""
    return _bring(server, project_id, node_id, "started", actor=actor)


def stop_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    """Raises Conflict for a switch and the like, which run as long as their project is open."""
    return _bring(server, project_id, node_id, "stopped", actor=actor)


def suspend_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    """Raises Conflict for a node that does not run."""
    return _bring(server, project_id, node_id, "suspended", actor=actor)


def restart_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> Node:
    """Stop it and start it again; one that is stopped is started.

    Not GNS3's own reload: that one resets some kinds of nodes without a word in any notification, and this way both
    halves are known, on watched and polled projects alike.
    """
    project_id, node_id = checked_id(project_id, "project"), checked_id(node_id, "node")
    now = _opened_node(server, project_id, node_id)
    if now.status != "stopped":
        _bring(server, project_id, node_id, "stopped", actor=actor)
    return _bring(server, project_id, node_id, "started", actor=actor)


def need_open(server: str, project_id: str) -> Project:
    """The project, read anew where it was closed. Raises Unknown, and Conflict where it is closed."""
    found = project(server, project_id)
    if found.status == "closed":
        found = project(server, project_id, fresh=True)
    if found.status == "closed":
        raise Conflict(
            f"Project {found.name} ({found.project_id}) on {server} is closed: open or start it first.",
            code="project_closed",
        )
    know_the_rest(server, found.project_id)  # before anything is done: what is new afterwards is what was done
    return found


def _opened_node(server: str, project_id: str, node_id: str) -> Node:
    need_open(server, project_id)
    return observe_node(server, project_id, node_id)[0]


def _bring(server: str, project_id: str, node_id: str, wanted: NodeStatus, *, actor: str) -> Node:
    project_id, node_id = checked_id(project_id, "project"), checked_id(node_id, "node")
    now = _opened_node(server, project_id, node_id)
    if now.status == wanted:
        return now
    _refuse_nonsense(now, wanted)
    with intending(server, project_id, [node_id], actor=actor):
        with asking(server):
            _act(server, wanted)(project_id, node_id)
        after = observe_node(server, project_id, node_id)[0]
    if after.status != wanted and wanted == "suspended":
        raise Conflict(f"{now.name} stays {after.status}: GNS3 does not suspend {now.type}.", code="cannot_suspend")
    if after.status != wanted:
        raise Failed(
            f"{now.name} was to be {wanted}, and is {after.status}; its console may tell why.", code="not_done"
        )
    return after


def _act(server: str, wanted: NodeStatus) -> Act:
    gns3 = client(server)
    return {"started": gns3.start_node, "stopped": gns3.stop_node, "suspended": gns3.suspend_node}[wanted]


def _refuse_nonsense(node: Node, wanted: NodeStatus) -> None:
    if node.type in ALWAYS_ON:
        raise Conflict(
            f"{node.name} is of the type {node.type}, which runs as long as its project is open.", code="always_on"
        )
    if wanted == "suspended" and node.status != "started":
        raise Conflict(f"{node.name} is {node.status}: only a node that runs can be suspended.", code="not_running")
