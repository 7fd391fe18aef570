"""What Alertmanager knows: alerts as they were sent to it, what silences them, and who would be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

LabelSet = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlertmanagerAlert:
    """`state` is suppressed where a silence or another alert holds it back; their ids say which.

    `ends_at` is when it is taken to be over, unless its sender repeats it before.
    """

    fingerprint: str
    state: Literal["active", "suppressed", "unprocessed"]
    labels: LabelSet
    annotations: LabelSet
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    receivers: tuple[str, ...] = ()
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    generator_url: str = ""


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts that one notification would tell of; `labels` are those that they have in common by the route."""

    labels: LabelSet
    receiver: str
    alerts: tuple[AlertmanagerAlert, ...]


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label, written name=value; != is not equal, =~ a regular expression, !~ none."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def __str__(self) -> str:
        operator = ("=~" if self.is_equal else "!~") if self.is_regex else ("=" if self.is_equal else "!=")
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{operator}"{escaped}"'


@dataclass(frozen=True, slots=True)
class Silence:
    id: str
    state: Literal["active", "pending", "expired"]
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    created_by: str
    comment: str


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class AlertmanagerStatus:
    """`cluster` is ready, settling, or disabled; `configuration` is YAML, without its secrets."""

    version: str
    started_at: datetime
    cluster: str
    configuration: str
    name: str = ""
    peers: tuple[Peer, ...] = field(default=())
