"""Projects, their snapshots and their archives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import uuid4

from api_clients.domain.operation import operation
from api_clients.domain.values import Response
from api_clients.infrastructure.http import as_json
from api_clients.network.gns3.connection import Gns3Connection
from api_clients.network.gns3.reading import (
    as_nothing,
    as_rows,
    read_project,
    read_project_statistics,
    read_snapshot,
)
from api_clients.network.gns3.values import Project, ProjectStatistics, ProjectStatus, Snapshot

LONG_SECONDS = 300.0  # opening, copying and archiving take as long as the project is large
BUSY_SECONDS = 60.0  # the server may say nothing to anybody while it packs or unpacks


T = TypeVar("T")


def first(found: Iterable[T]) -> T | None:
    return next(iter(found), None)


def as_archive(response: Response) -> bytes:
    if not response.body.startswith(b"PK"):
        raise ValueError("not a ZIP archive")
    return response.body


class ProjectOperations(Gns3Connection):
    @operation(idempotent=True, role="viewer")
    def projects(self) -> tuple[Project, ...]:
        """List all projects, open and closed; on v3 those that we may see."""
        return self._projects()

    @operation(idempotent=True, role="viewer")
    def project(self, project_id: str) -> Project:
        """Return one project."""
        return self._project(project_id)

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def project_statistics(self, project_id: str) -> ProjectStatistics:
        """Count a project's nodes, links, drawings and snapshots."""
        return self._ask("GET", self._project_path(project_id, "/stats"), read=as_json(read_project_statistics))

    @operation(idempotent=False, role="operator")
    def create_project(
        self, name: str, *, auto_close: bool = False, auto_open: bool = False, auto_start: bool = False
    ) -> Project:
        """Create a project, which is open then. With `auto_close` it closes when the last listener leaves it."""
        project_id = str(uuid4())  # ours, so that it can be found again when the answer is lost
        document = {
            "name": self._named(name),
            "project_id": project_id,
            "auto_close": auto_close,
            "auto_open": auto_open,
            "auto_start": auto_start,
        }
        return self._surely(
            lambda: self._ask("POST", "/projects", json=document, read=as_json(read_project)),
            lambda: self._project(project_id),
        )

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def open_project(self, project_id: str) -> Project:
        """Open a project; one that is open stays so."""
        return self._bring(project_id, "open", "opened")

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def close_project(self, project_id: str) -> Project:
        """Close a project, which stops its nodes; one that is closed stays so."""
        return self._bring(project_id, "close", "closed")

    @operation(idempotent=True, role="operator")
    def update_project(
        self,
        project_id: str,
        *,
        name: str | None = None,
        auto_close: bool | None = None,
        auto_open: bool | None = None,
        auto_start: bool | None = None,
    ) -> Project:
        """Change what is given, and nothing else."""
        if name is not None:
            self._named(name)
        changes = {"name": name, "auto_close": auto_close, "auto_open": auto_open, "auto_start": auto_start}
        given = {key: value for key, value in changes.items() if value is not None}
        return self._ask("PUT", self._project_path(project_id), json=given, read=as_json(read_project))

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def duplicate_project(self, project_id: str, name: str) -> Project:
        """Copy a project under another name; the copy is closed. Its nodes must be stopped."""
        before = {project.project_id for project in self._projects()}
        path = self._project_path(project_id, "/duplicate")
        return self._surely(
            lambda: self._ask(
                "POST", path, json={"name": self._named(name)}, read=as_json(read_project), silence_seconds=BUSY_SECONDS
            ),
            lambda: first(item for item in self._projects() if item.name == name and item.project_id not in before),
        )

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def delete_project(self, project_id: str) -> None:
        """Delete a project with everything in it."""
        path = self._project_path(project_id)
        self._surely(
            lambda: self._ask("DELETE", path, read=as_nothing) or True,
            lambda: self._is_gone(lambda: self._project(project_id)),
        )

    @operation(idempotent=True, role="operator", deadline_seconds=LONG_SECONDS)
    def export_project(self, project_id: str) -> bytes:
        """Return the project as a portable archive (.gns3project, a ZIP) without images. Its nodes must be stopped."""
        return self._ask(
            "GET",
            self._project_path(project_id, "/export"),
            params={"compression": "zip"},
            read=as_archive,
            silence_seconds=BUSY_SECONDS,
        )

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def import_project(self, archive: bytes, name: str) -> Project:
        """Make a new, closed project of an archive; it does not close by itself, whatever its archive says."""
        project_id = str(uuid4())
        path = self._project_path(project_id, "/import")
        project = self._surely(
            lambda: self._ask(
                "POST",
                path,
                params={"name": self._named(name)},
                body=archive,
                headers={"Content-Type": "application/octet-stream"},
                read=as_json(read_project),
                silence_seconds=BUSY_SECONDS,
            ),
            lambda: self._project(project_id),
        )
        if not project.auto_close:
            return project
        return self._ask("PUT", self._project_path(project_id), json={"auto_close": False}, read=as_json(read_project))

    @operation(idempotent=True, role="viewer")
    def snapshots(self, project_id: str) -> tuple[Snapshot, ...]:
        """List a project's snapshots."""
        return self._snapshots(project_id)

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def create_snapshot(self, project_id: str, name: str) -> Snapshot:
        """Keep the project as it is now. Its nodes must be stopped (v3 refuses otherwise)."""
        before = {snapshot.snapshot_id for snapshot in self._snapshots(project_id)}
        path = self._project_path(project_id, "/snapshots")
        return self._surely(
            lambda: self._ask(
                "POST",
                path,
                json={"name": self._named(name)},
                read=as_json(read_snapshot),
                silence_seconds=BUSY_SECONDS,
            ),
            lambda: first(
                item for item in self._snapshots(project_id) if item.name == name and item.snapshot_id not in before
            ),
        )

    @operation(idempotent=False, role="operator", deadline_seconds=LONG_SECONDS)
    def restore_snapshot(self, project_id: str, snapshot_id: str) -> Project:
        """Bring the project back to a snapshot: all its nodes and links are replaced, so read everything again."""
        path = self._snapshot_path(project_id, snapshot_id, "/restore")
        return self._ask("POST", path, json={}, read=as_json(read_project), silence_seconds=BUSY_SECONDS)

    @operation(idempotent=False, role="operator")
    def delete_snapshot(self, project_id: str, snapshot_id: str) -> None:
        """Delete a snapshot."""
        path = self._snapshot_path(project_id, snapshot_id)
        self._surely(
            lambda: self._ask("DELETE", path, read=as_nothing) or True,
            lambda: all(item.snapshot_id != snapshot_id for item in self._snapshots(project_id)) or None,
        )

    def _bring(self, project_id: str, action: str, wanted: ProjectStatus) -> Project:
        path = self._project_path(project_id, f"/{action}")

        def look() -> Project:
            return self._project(project_id)

        def seen() -> Project | None:
            project = look()
            return project if project.status == wanted else None

        def act() -> Project:
            self._ask("POST", path, json={}, read=as_nothing)
            return self._settled(look, as_wanted=lambda project: project.status == wanted)

        return self._surely(act, seen)

    def _projects(self) -> tuple[Project, ...]:
        return self._ask("GET", "/projects", read=as_rows(read_project))

    def _project(self, project_id: str) -> Project:
        return self._ask("GET", self._project_path(project_id), read=as_json(read_project))

    def _snapshots(self, project_id: str) -> tuple[Snapshot, ...]:
        return self._ask("GET", self._project_path(project_id, "/snapshots"), read=as_rows(read_snapshot))

    def _project_path(self, project_id: str, rest: str = "") -> str:
        return self._path("/projects/{project_id}", project_id=project_id) + rest

    def _snapshot_path(self, project_id: str, snapshot_id: str, rest: str = "") -> str:
        return (
            self._path("/projects/{project_id}/snapshots/{snapshot_id}", project_id=project_id, snapshot_id=snapshot_id)
            + rest
        )
