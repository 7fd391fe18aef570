"""What people do to a lab through the hub that shows in no node and no link: for whoever asks later who did it."""

from __future__ import annotations

from common.domain.events import Event

SOURCE = "gns3"


class _Change(Event):
    server: str
    project_id: str

    def subject(self) -> str:
        return f"gns3:{self.project_id}"


class SnapshotCreated(_Change):
    """Somebody kept a project as it is."""

    type = "snapshot.created"
    snapshot_id: str
    snapshot: str  # its name


class SnapshotDeleted(_Change):
    """Somebody deleted what was kept of a project."""

    type = "snapshot.deleted"
    snapshot_id: str


class CaptureStarted(_Change):
    """Somebody records what passes over a link."""

    type = "capture.started"
    link_id: str
    file_name: str


class CaptureStopped(_Change):
    """A recording of a link was ended."""

    type = "capture.stopped"
    link_id: str


class CaptureRead(_Change):
    """Somebody was given what passes over a link."""

    type = "capture.read"
    link_id: str


class ProjectExported(_Change):
    """Somebody was given a whole project, configurations of its nodes included."""

    type = "project.exported"
    size: int  # bytes


class ProjectWatchChanged(_Change):
    """Somebody let the hub listen to a project's own stream, or poll it again."""

    type = "project.watch_changed"
    watched: bool


class NodeEdited(_Change):
    """Somebody placed a node elsewhere, or gave it another name."""

    type = "node.edited"
    node_id: str
    changes: tuple[str, ...]

    def subject(self) -> str:
        return f"gns3:{self.project_id}/{self.node_id}"
