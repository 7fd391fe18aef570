"""Dashboards, folders, data sources and what they answer, annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Cell = datetime | float | int | str | bool | None
HitKind = Literal["dash-db", "dash-folder"]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """`kind` is dash-db for a dashboard, dash-folder for a folder; `url` begins at Grafana's own root."""

    uid: str
    title: str
    kind: str
    url: str
    tags: tuple[str, ...] = ()
    folder_uid: str = ""
    folder_title: str = ""
    is_starred: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`model` is the dashboard's own JSON; `version` must be given back with a change of it."""

    uid: str
    title: str
    version: int
    url: str
    tags: tuple[str, ...]
    folder_uid: str
    folder_title: str
    created: datetime | None
    created_by: str
    updated: datetime | None
    updated_by: str
    is_provisioned: bool
    can_edit: bool
    model: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SavedDashboard:
    """What a dashboard became by being saved."""

    uid: str
    version: int
    url: str
    folder_uid: str = ""


@dataclass(frozen=True, slots=True)
class DashboardVersion:
    version: int
    parent_version: int
    created: datetime | None
    created_by: str
    message: str


@dataclass(frozen=True, slots=True)
class Folder:
    """`url` and `version` are empty and 0 in a list, where Grafana does not say them."""

    uid: str
    title: str
    parent_uid: str = ""
    url: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Datasource:
    """`settings` is what Grafana calls jsonData. Secrets belong elsewhere, where Grafana tells nobody; what was put
    into the address or these nevertheless is <secret> here.
    """

    uid: str
    name: str
    type: str
    url: str
    access: str
    database: str
    user: str
    is_default: bool
    is_read_only: bool
    settings: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DatasourceHealth:
    """`message` is in the words of the data source's plugin."""

    is_well: bool
    message: str


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is Grafana's: time, number, string, boolean and others. Cells of type time are moments."""

    name: str
    type: str
    labels: Mapping[str, str]
    values: tuple[Cell, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """A table by columns, all of one length."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The answer to the query called `ref_id`; `error` says why there is none."""

    ref_id: str
    error: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Annotation:
    """`ends` differs from `starts` for a region. `new_state` where an alert rule made it."""

    id: int
    text: str
    tags: tuple[str, ...]
    starts: datetime
    ends: datetime
    dashboard_uid: str
    panel_id: int
    login: str
    new_state: str = ""
