"""What Prometheus knows: samples and series, targets, rules and alerts, and the server's own state.

Times are in UTC. A sample's value may be NaN or infinite. `warnings` and `infos` are what the server says of an answer
that is there all the same, such as a rate of what is no counter, or a part that could not be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

LabelSet = Mapping[str, str]
NAME = "__name__"


@dataclass(frozen=True, slots=True)
class Bucket:
    """`boundaries`: 0 the lower is open, 1 the upper is, 2 both are, 3 none is (the server's own numbers)."""

    boundaries: int
    lower: float
    upper: float
    count: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """A native histogram."""

    count: float
    sum: float
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """`value` is None where there is a native histogram instead."""

    time: datetime
    value: float | None
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one series, oldest first."""

    labels: LabelSet
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one moment."""

    labels: LabelSet
    time: datetime
    value: float | None
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True)
class InstantResult:
    """A vector has `samples`, a scalar one sample without labels, a matrix (`up[5m]`) `series`, a string `text`."""

    kind: Literal["vector", "matrix", "scalar", "string"]
    samples: tuple[Sample, ...] = ()
    series: tuple[Series, ...] = ()
    text: str = ""
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeResult:
    series: tuple[Series, ...] = ()
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Names of labels, or the values of one."""

    names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesList:
    """The label sets of series, without their points."""

    series: tuple[LabelSet, ...] = ()
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exemplar:
    """`labels` name the trace; `series` is where it was seen."""

    series: LabelSet
    labels: LabelSet
    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class MetricMetadata:
    """What targets say of a metric; `target` where one target was asked for, else empty."""

    metric: str
    type: str
    help: str
    unit: str = ""
    target: LabelSet = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """`last_scrape` is None before the first; `last_error` says why it is down."""

    pool: str
    url: str
    health: Literal["up", "down", "unknown"]
    labels: LabelSet
    discovered_labels: LabelSet
    last_error: str = ""
    last_scrape: datetime | None = None
    last_scrape_seconds: float = 0.0
    interval_seconds: float | None = None
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """`dropped` are the discovered labels of what relabelling threw away; newer servers count them by pool too."""

    active: tuple[Target, ...] = ()
    dropped: tuple[LabelSet, ...] = ()
    dropped_by_pool: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleAlert:
    """An alert as its rule sees it: pending until the rule's `for` has passed."""

    labels: LabelSet
    annotations: LabelSet
    state: Literal["inactive", "pending", "firing"]
    active_since: datetime | None
    value: float
    keep_firing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What only alerting rules have is empty for a recording one. `health` is ok, err or unknown."""

    kind: Literal["alerting", "recording"]
    name: str
    query: str
    labels: LabelSet
    health: str
    last_error: str = ""
    last_evaluation: datetime | None = None
    evaluation_seconds: float = 0.0
    state: str = ""
    for_seconds: float = 0.0
    keep_firing_seconds: float = 0.0
    annotations: LabelSet = field(default_factory=dict)
    alerts: tuple[RuleAlert, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleGroup:
    name: str
    file: str
    interval_seconds: float
    rules: tuple[Rule, ...]
    last_evaluation: datetime | None = None
    evaluation_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Alertmanagers:
    """Addresses the server sends alerts to, and those it found and dropped."""

    active: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildInfo:
    version: str
    revision: str = ""
    branch: str = ""
    build_date: str = ""
    go_version: str = ""


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """`is_configuration_loaded` is False where the last reload failed and the configuration before it runs on."""

    started_at: datetime
    is_configuration_loaded: bool
    configured_at: datetime | None
    corruptions: int
    goroutines: int
    storage_retention: str


@dataclass(frozen=True, slots=True)
class Count:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class TsdbStatus:
    """What the head block holds, and what is the most of it; `oldest` and `newest` are None while it is empty."""

    series: int
    chunks: int
    label_pairs: int
    oldest: datetime | None
    newest: datetime | None
    series_by_metric: tuple[Count, ...] = ()
    values_by_label: tuple[Count, ...] = ()
    bytes_by_label: tuple[Count, ...] = ()
    series_by_label_value: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What a remote write sent; `bytes` on the wire, compressed."""

    series: int
    samples: int
    bytes: int
