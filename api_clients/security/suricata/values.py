"""What Suricata tells, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

DatasetType = Literal["string", "md5", "sha256", "ipv4", "ip"]


@dataclass(frozen=True, slots=True)
class Event:
    """One EVE record; `data` is the whole of it. What a record lacks is "" or None, its time too."""

    timestamp: datetime | None
    type: str
    flow_id: int | None
    src_ip: str
    src_port: int | None
    dest_ip: str
    dest_port: int | None
    proto: str
    app_proto: str
    in_iface: str
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in the order of the log. `position` is where to go on; `at_end` where there is nothing more yet. `skipped`
    lines held no event. `lost`: the log was rotated away further than the position given, and events with it.
    """

    events: tuple[Event, ...]
    position: str
    at_end: bool
    skipped: int
    lost: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Events that match, the newest first. `is_complete` where all of the time asked for was looked at, or all of the
    log that is there; else the limit or the bound of bytes ended it, at `oldest` (the oldest moment that was seen).
    """

    events: tuple[Event, ...]
    is_complete: bool
    scanned_bytes: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class IdsAlert:
    """An alert of a rule. `severity` is Suricata's: 1 is the highest, 255 the lowest; `action` allowed or blocked."""

    timestamp: datetime | None
    severity: int
    signature_id: int
    gid: int
    rev: int
    signature: str
    category: str
    action: str
    src_ip: str
    src_port: int | None
    dest_ip: str
    dest_port: int | None
    proto: str
    app_proto: str
    in_iface: str
    flow_id: int | None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundAlerts:
    """As `Found`, of alerts."""

    alerts: tuple[IdsAlert, ...]
    is_complete: bool
    scanned_bytes: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """`uptime_seconds` is whole seconds; the modes are Suricata's words (autofp, AF_PACKET_DEV)."""

    version: str
    uptime_seconds: int
    running_mode: str
    capture_mode: str


@dataclass(frozen=True, slots=True)
class InterfaceStatistics:
    """Packets since the start, on one interface."""

    interface: str
    packets: int
    dropped: int
    invalid_checksums: int
    bypassed: int


@dataclass(frozen=True, slots=True)
class RulesetStatistics:
    """Of one detection engine; `tenant` is 0 where there is one only."""

    tenant: int
    loaded: int
    failed: int
    skipped: int = 0
    last_reload: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that could not be loaded: its text, and the file and line it stands in."""

    rule: str
    filename: str
    line: int
    error: str = ""
    tenant: int = 0


@dataclass(frozen=True, slots=True)
class Memcap:
    """A limit of memory as Suricata writes it ("64mb"); `limit_bytes` is None where there is none."""

    name: str
    value: str
    limit_bytes: int | None


@dataclass(frozen=True, slots=True)
class Hostbit:
    name: str
    expires_in_seconds: int


@dataclass(frozen=True, slots=True)
class DatasetAnswer:
    """`is_member`: the value is in the set now. `said` is Suricata's own word on it."""

    dataset: str
    type: str
    value: str
    is_member: bool
    said: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file; a disabled one is a comment there. `priority` None is that of its class."""

    sid: int
    gid: int
    rev: int
    action: str
    protocol: str
    message: str
    classtype: str
    priority: int | None
    is_enabled: bool
    file: str
    line: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RulePage:
    """`total` counts all that match."""

    rules: tuple[Rule, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RuleFile:
    """`has_previous`: what it held before the last change is kept, and can be restored."""

    name: str
    size_bytes: int
    changed: datetime
    digest: str
    has_previous: bool


@dataclass(frozen=True, slots=True)
class RulesetChange:
    """A rule file as it is now, and what the engine made of it. `was_tested`: `suricata -T` took it before it was
    written; where that program is not there its text alone was looked at. `statistics` are empty without a reload.
    """

    file: str
    enabled: int
    disabled: int
    digest: str
    was_tested: bool
    statistics: tuple[RulesetStatistics, ...] = ()
