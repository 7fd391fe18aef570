"""What happens on GNS3 servers, each thing once: derived from what truly differs, not from what a server repeats.

`server` is the name of the target in the clients' configuration. Who or what caused it stands in the envelope where
the hub did it itself.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from common.domain.events import Event
from common.domain.topics import Priority

SOURCE = "gns3"

NodeStatus = Literal["started", "stopped", "suspended"]
ProjectStatus = Literal["opened", "closed"]


class _ProjectEvent(Event):
    server: str
    project_id: str
    project: str  # its name

    def subject(self) -> str:
        return f"gns3:{self.project_id}"


class _NodeEvent(_ProjectEvent):
    node_id: str
    name: str
    node_type: str

    def subject(self) -> str:
        return f"gns3:{self.project_id}/{self.node_id}"


class NodeCreated(_NodeEvent):
    """A node was added to a project; one that runs already has a node.started of its own after this."""

    type = "node.created"
    status: NodeStatus


class NodeStarted(_NodeEvent):
    """A node runs now. Switches, hubs, clouds and NAT run whenever their project is open: they never say so."""

    type = "node.started"
    before: NodeStatus


class NodeStopped(_NodeEvent):
    """A node runs no more: stopped by somebody, with its project, or with its server."""

    type = "node.stopped"
    before: NodeStatus


class NodeSuspended(_NodeEvent):
    """A node is suspended: it keeps its memory and answers nothing."""

    type = "node.suspended"
    before: NodeStatus


class NodeDeleted(_NodeEvent):
    """A node is gone from its project."""

    type = "node.deleted"


class _LinkEvent(_ProjectEvent):
    link_id: str
    node_ids: tuple[str, ...]
    node_names: tuple[str, ...]


class LinkCreated(_LinkEvent):
    """Two nodes were connected."""

    type = "link.created"


class LinkDeleted(_LinkEvent):
    """A connection between two nodes is gone."""

    type = "link.deleted"


class TopologyChanged(_ProjectEvent):
    """The picture of a project is another: once for all that was found at the same time.

    `changes` names what happened: node.created, node.deleted, node.renamed, link.created, link.deleted, link.changed
    (suspended, resumed, or other filters).
    """

    type = "topology.changed"
    changes: tuple[str, ...]
    nodes: int
    links: int


class ProjectCreated(_ProjectEvent):
    """A project came to be: made, imported or duplicated."""

    type = "project.created"
    status: ProjectStatus


class ProjectOpened(_ProjectEvent):
    """A project was opened: its nodes can be started."""

    type = "project.opened"


class ProjectClosed(_ProjectEvent):
    """A project was closed, by somebody or with its server; its nodes do not run."""

    type = "project.closed"


class ProjectDeleted(_ProjectEvent):
    """A project is gone, and all its nodes with it."""

    type = "project.deleted"
    nodes: int


class _ComputeEvent(Event):
    server: str
    compute_id: str
    name: str

    def subject(self) -> str:
        return f"gns3:{self.server}/{self.compute_id}"


class ComputeConnected(_ComputeEvent):
    """A compute can be used; `local` is the server itself."""

    type = "compute.connected"


class ComputeLost(_ComputeEvent):
    """A compute cannot be reached; `local` is the server itself. Of what it runs nothing is concluded meanwhile."""

    type = "compute.lost"
    priority: ClassVar[Priority] = "high"
    reason: str


class SnapshotRestored(_ProjectEvent):
    """A project was put back to a snapshot; what differs from before has events of its own."""

    type = "snapshot.restored"
    snapshot_id: str
    snapshot: str  # its name


class Gns3Warning(Event):
    """A server has something to tell people: a node that ended, a disk that fills, a computation that failed."""

    type = "gns3.warning"
    server: str
    project_id: str  # "" where it concerns none
    level: Literal["warning", "error"]
    message: str

    def subject(self) -> str:
        return f"gns3:{self.project_id}" if self.project_id else f"gns3:{self.server}"

    def effective_priority(self) -> Priority:
        return "high" if self.level == "error" else "normal"
