"""People, organisations, service accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

OrgRole = Literal["None", "Viewer", "Editor", "Admin"]


@dataclass(frozen=True, slots=True)
class Organisation:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """`role` in the organisation that was asked about, empty where the whole server was."""

    id: int
    login: str
    name: str
    email: str
    role: str = ""
    is_admin: bool = False
    is_disabled: bool = False
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    id: int
    name: str
    login: str
    role: str
    is_disabled: bool
    tokens: int


@dataclass(frozen=True, slots=True)
class Token:
    """`expires` None is never."""

    id: int
    name: str
    created: datetime | None
    expires: datetime | None
    last_used: datetime | None
    has_expired: bool
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class NewToken:
    """`key` is the secret itself. Grafana tells it this once."""

    id: int
    name: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts over all organisations of the server."""

    organisations: int
    users: int
    active_users: int
    active_sessions: int
    dashboards: int
    datasources: int
    alert_rules: int
