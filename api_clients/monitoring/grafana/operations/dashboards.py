"""Search, dashboards and folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.documents import rows
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.grafana.connection import GrafanaConnection
from api_clients.monitoring.grafana.reading import content
from api_clients.monitoring.grafana.values import Dashboard, DashboardVersion, Folder, SavedDashboard, SearchHit
from api_clients.monitoring.grafana.values.content import HitKind
from api_clients.monitoring.grafana.writing import named

DASHBOARD = "/api/dashboards/uid/{uid}"
FOLDER = "/api/folders/{uid}"
MODEL = {"title": "Edge traffic", "tags": ["network"], "panels": []}
read_hits = rows(content.search_hit)
read_folders = rows(content.folder)


class DashboardOperations(GrafanaConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=5.0, example={"query": "network"})
    def search(
        self,
        query: str = "",
        kind: HitKind | None = None,
        tags: Sequence[str] = (),
        folder_uids: Sequence[str] = (),
        page: int = 1,
        limit: int = 100,
    ) -> tuple[SearchHit, ...]:
        """Find dashboards and folders by words of their titles, one page of at most `limit` (5000 is Grafana's own).

        `kind` is dash-db or dash-folder. `tags` must all be there. `folder_uids` are those to look in.
        """
        if page < 1 or not 1 <= limit <= 5000:
            raise InvalidRequest("page should be from 1, limit from 1 to 5000")
        params = {"query": query or None, "type": kind, "tag": tags, "folderUIDs": folder_uids}
        return self._get("/api/search", params={**params, "page": page, "limit": limit}, read=as_json(read_hits))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def dashboards(self) -> tuple[SearchHit, ...]:
        """List every dashboard that the login may see."""
        return self._all("/api/search", params={"type": "dash-db"}, rows_name="limit", read=read_hits)

    @operation(idempotent=True, role="viewer")
    def dashboard(self, uid: str) -> Dashboard:
        """Return a dashboard with its model, as it is now."""
        return self._dashboard(uid)

    @operation(idempotent=True, role="viewer", example={"limit": 10})
    def dashboard_versions(self, uid: str, limit: int = 50) -> tuple[DashboardVersion, ...]:
        """Return the last versions of a dashboard, newest first."""
        path = url_path(f"{DASHBOARD}/versions", uid=uid)
        return self._get(path, params={"limit": limit}, read=as_json(content.dashboard_versions))

    @operation(idempotent=False, role="operator", example={"model": MODEL, "folder_uid": "network"})
    def create_dashboard(self, model: Mapping[str, Any], folder_uid: str = "", message: str = "") -> SavedDashboard:
        """Save a new dashboard of `model`, Grafana's own JSON; a uid that is taken already is refused (412)."""
        _check_model(model)
        return self._save({**model, "id": None, "version": 0}, folder_uid, message, overwrite=False)

    @operation(
        idempotent=False,
        role="operator",
        example={"uid": "network-overview", "version": 3, "model": MODEL, "message": "tidied"},
    )
    def update_dashboard(
        self, uid: str, model: Mapping[str, Any], version: int, message: str = "", overwrite: bool = False
    ) -> SavedDashboard:
        """Replace the model of a dashboard, which stays in its folder.

        `version` is the one that was changed: where somebody else saved another since, this is refused (412) and
        nothing is changed, unless `overwrite`.
        """
        _check_model(model)
        folder_uid = self._dashboard(uid).folder_uid  # Grafana would move to the root what names no folder
        return self._save(
            {**model, "id": None, "uid": uid, "version": version}, folder_uid, message, overwrite=overwrite
        )

    @operation(idempotent=True, role="admin")
    def delete_dashboard(self, uid: str) -> None:
        """Delete a dashboard, with all its versions."""
        self._send("DELETE", url_path(DASHBOARD, uid=uid), read=as_done)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, example={"parent_uid": ""})
    def folders(self, parent_uid: str = "") -> tuple[Folder, ...]:
        """List the folders inside another, or at the root."""
        return self._all("/api/folders", params={"parentUid": parent_uid or None}, rows_name="limit", read=read_folders)

    @operation(idempotent=True, role="viewer", example={"uid": "network"})
    def folder(self, uid: str) -> Folder:
        """Return one folder."""
        return self._get(url_path(FOLDER, uid=uid), read=as_json(content.folder))

    @operation(idempotent=False, role="operator", example={"title": "Campus"})
    def create_folder(self, title: str, uid: str = "", parent_uid: str = "") -> Folder:
        """Make a folder; nested ones need Grafana 11, or its switch nestedFolders."""
        body = {"title": named(title, "title"), "uid": uid or None, "parentUid": parent_uid or None}
        body = {name: value for name, value in body.items() if value is not None}
        return self._send("POST", "/api/folders", json=body, read=as_json(content.folder))

    @operation(idempotent=False, role="operator", example={"uid": "network", "title": "Networks", "version": 1})
    def rename_folder(self, uid: str, title: str, version: int) -> Folder:
        """Give a folder another title; refused (409 or 412) where its `version` is another by now."""
        body = {"title": named(title, "title"), "version": version}
        return self._send("PUT", url_path(FOLDER, uid=uid), json=body, read=as_json(content.folder))

    @operation(idempotent=True, role="admin", example={"uid": "network", "delete_rules": True})
    def delete_folder(self, uid: str, delete_rules: bool = False) -> None:
        """Delete a folder with its dashboards; refused (400) while alert rules are in it, unless `delete_rules`."""
        params = {"forceDeleteRules": True if delete_rules else None}
        self._send("DELETE", url_path(FOLDER, uid=uid), params=params, read=as_done)

    def _dashboard(self, uid: str) -> Dashboard:
        return self._get(url_path(DASHBOARD, uid=uid), read=as_json(content.dashboard))

    def _save(self, model: Mapping[str, Any], folder_uid: str, message: str, *, overwrite: bool) -> SavedDashboard:
        body = {"dashboard": model, "folderUid": folder_uid, "message": message, "overwrite": overwrite}
        return self._send("POST", "/api/dashboards/db", json=body, read=as_json(content.saved_dashboard))


def _check_model(model: Mapping[str, Any]) -> None:
    title = model.get("title")
    if not isinstance(title, str) or not title.strip():
        raise InvalidRequest("model: should be a dashboard's own JSON, with a title")
