"""Unified alerting: rules as they are written, their states, what is notified, silences, contact points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LabelSet = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A rule as it is provisioned. `queries` are Grafana's AlertQuery documents, `condition` names the refId of one.

    `provenance` says who looks after it (file, api, converted_prometheus); empty where people may edit it.
    """

    uid: str
    title: str
    folder_uid: str
    rule_group: str
    condition: str
    pending_seconds: float
    no_data_state: str
    error_state: str
    is_paused: bool
    labels: LabelSet
    annotations: LabelSet
    provenance: str
    updated: datetime | None
    queries: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RuleState:
    """`state` is firing, pending or inactive; `health` is ok, error, nodata or unknown, `last_error` says why.

    `folder` is a path of titles. `uid` is empty before Grafana 11.
    """

    name: str
    uid: str
    folder: str
    group: str
    state: str
    health: str
    last_error: str
    alerts: int
    last_evaluation: datetime | None
    evaluation_seconds: float
    labels: LabelSet


@dataclass(frozen=True, slots=True)
class AlertInstance:
    """One instance of a rule as the evaluation sees it; `state` is Normal, Pending, Alerting, NoData, Error, perhaps
    with a reason in brackets.
    """

    state: str
    value: str
    active_since: datetime | None
    labels: LabelSet
    annotations: LabelSet


@dataclass(frozen=True, slots=True)
class NotifiedAlert:
    """One alert as the Alertmanager within Grafana holds it; `state` is active, suppressed or unprocessed."""

    fingerprint: str
    state: str
    silenced_by: tuple[str, ...]
    inhibited_by: tuple[str, ...]
    receivers: tuple[str, ...]
    starts: datetime | None
    ends: datetime | None
    generator_url: str
    labels: LabelSet
    annotations: LabelSet


@dataclass(frozen=True, slots=True)
class Silence:
    """`matchers` in the words of amtool, such as severity=~"low|info". `state` is active, pending or expired."""

    id: str
    state: str
    matchers: tuple[str, ...]
    comment: str
    created_by: str
    starts: datetime | None
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One integration; several of one `name` are told together. Its settings may hold secrets and are not here."""

    uid: str
    name: str
    type: str
    tells_when_resolved: bool
    provenance: str


@dataclass(frozen=True, slots=True)
class ContactPointSettings:
    """What Grafana holds as secure is [REDACTED] by itself; addresses of webhooks may be secrets all the same."""

    point: ContactPoint
    settings: Mapping[str, Any] = field(repr=False)
