"""Search hits, dashboards, folders, data sources, annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api_clients.infrastructure.documents import mapping, needed, number, rows, text, texts
from api_clients.infrastructure.masking import SECRET, without_secrets, without_url_secrets
from api_clients.monitoring.grafana.reading.primitives import milliseconds, moment
from api_clients.monitoring.grafana.values import (
    Annotation,
    Dashboard,
    DashboardVersion,
    Datasource,
    DatasourceHealth,
    Folder,
    SavedDashboard,
    SearchHit,
)

QUERY = "customQueryParameters"


def version(document: Any) -> tuple[str, str]:
    """Return the version, and the state of Grafana's database."""
    return text(document, "version"), needed(document, "database")


def search_hit(document: Any) -> SearchHit:
    return SearchHit(
        uid=needed(document, "uid"),
        title=needed(document, "title"),
        kind=needed(document, "type"),
        url=text(document, "url"),
        tags=texts(document, "tags"),
        folder_uid=text(document, "folderUid"),
        folder_title=text(document, "folderTitle"),
        is_starred=bool(document.get("isStarred", False)),
    )


def dashboard(document: Any) -> Dashboard:
    model, meta = mapping(document["dashboard"]), mapping(document["meta"])
    return Dashboard(
        uid=needed(model, "uid"),
        title=needed(model, "title"),
        version=int(model["version"]),
        url=text(meta, "url"),
        tags=texts(model, "tags"),
        folder_uid=text(meta, "folderUid"),
        folder_title=text(meta, "folderTitle"),
        created=moment(meta.get("created")),
        created_by=text(meta, "createdBy"),
        updated=moment(meta.get("updated")),
        updated_by=text(meta, "updatedBy"),
        is_provisioned=bool(meta.get("provisioned", False)),
        can_edit=bool(meta.get("canEdit", False)),
        model=model,
    )


def saved_dashboard(document: Any) -> SavedDashboard:
    return SavedDashboard(
        uid=needed(document, "uid"),
        version=int(document["version"]),
        url=needed(document, "url"),
        folder_uid=text(document, "folderUid"),
    )


def dashboard_versions(document: Any) -> tuple[DashboardVersion, ...]:
    """Grafana 10 answers a bare list, 11 and later an object around it."""
    return rows(_dashboard_version)(document if isinstance(document, list) else document["versions"])


def folder(document: Any) -> Folder:
    return Folder(
        uid=needed(document, "uid"),
        title=needed(document, "title"),
        parent_uid=text(document, "parentUid"),
        url=text(document, "url"),
        version=number(document, "version"),
    )


def datasource(document: Any) -> Datasource:
    return Datasource(
        uid=needed(document, "uid"),
        name=needed(document, "name"),
        type=needed(document, "type"),
        url=without_url_secrets(text(document, "url")),
        access=text(document, "access"),
        database=text(document, "database"),
        user=text(document, "user"),
        is_default=bool(document.get("isDefault", False)),
        is_read_only=bool(document.get("readOnly", False)),
        settings=_settings(mapping(document.get("jsonData") or {})),
    )


def datasource_health(document: Any) -> DatasourceHealth:
    return DatasourceHealth(is_well=document.get("status", "OK") == "OK", message=needed(document, "message"))


def annotation(document: Any) -> Annotation:
    starts = milliseconds(document["time"])
    return Annotation(
        id=int(document["id"]),
        text=text(document, "text"),
        tags=texts(document, "tags"),
        starts=starts,
        ends=milliseconds(document["timeEnd"]) if document.get("timeEnd") else starts,
        dashboard_uid=text(document, "dashboardUID"),
        panel_id=number(document, "panelId"),
        login=text(document, "login"),
        new_state=text(document, "newState"),
    )


def made_id(document: Any) -> int:
    return int(document["id"])


def _settings(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Mask what is secret by its name, and the query that is added to each request, which is how keys are sent."""
    return {**without_secrets(settings), **({QUERY: SECRET} if settings.get(QUERY) else {})}


def _dashboard_version(document: Any) -> DashboardVersion:
    return DashboardVersion(
        version=int(document["version"]),
        parent_version=number(document, "parentVersion"),
        created=moment(document.get("created")),
        created_by=text(document, "createdBy"),
        message=text(document, "message"),
    )
