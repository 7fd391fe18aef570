"""What Kibana tells, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """One part of Kibana: `level` is available, degraded, unavailable or critical; `summary` says why."""

    name: str
    level: str
    summary: str


@dataclass(frozen=True, slots=True)
class Status:
    """`plugins` are those that are not available; `metrics` is what this version measures of itself, as it says it."""

    name: str
    version: str
    level: str
    summary: str
    elasticsearch: Part
    saved_objects: Part
    plugins: tuple[Part, ...]
    metrics: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """What another saved object is to one, by the `name` that its attributes use."""

    type: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SavedObject:
    """`attributes` are the object's own, in which Kibana packs some as JSON texts. `version` names its revision."""

    type: str
    id: str
    title: str
    description: str
    updated: datetime | None
    version: str
    spaces: tuple[str, ...]
    references: tuple[Reference, ...]
    attributes: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SavedObjectPage:
    """`total` counts all that were found, on every page."""

    total: int
    page: int
    per_page: int
    objects: tuple[SavedObject, ...]


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Why one object was not imported: `reason` is Kibana's word, such as conflict or missing_references."""

    type: str
    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """`is_complete` where every object was imported; the others are in `problems`."""

    is_complete: bool
    imported: int
    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class DataView:
    """`pattern` names the indices, such as logs-*; `time_field` is empty for data without time."""

    id: str
    name: str
    pattern: str
    time_field: str
    spaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Space:
    id: str
    name: str
    description: str
    disabled_features: tuple[str, ...]
    is_reserved: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """`status` is that of the last run: ok, active (it has alerts), error, warning, pending, unknown.

    `active_alerts` is None before the first run.
    """

    id: str
    name: str
    type: str
    consumer: str
    is_enabled: bool
    interval: str
    tags: tuple[str, ...]
    status: str
    error: str
    active_alerts: int | None
    last_run: datetime | None
    is_muted: bool
    muted_alerts: tuple[str, ...]
    snoozed_until: datetime | None
    parameters: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AlertingHealth:
    """Each of the three is ok, warn or error. Without `has_permanent_key` rules die with a restart of Kibana."""

    is_sufficiently_secure: bool
    has_permanent_key: bool
    decryption: str
    execution: str
    read: str
