"""How well a service did: spans between looks cut into hours, latencies in buckets, availability and quantiles.

Pure. A status holds from one look to the next; where the next comes late, only for as long as looks are apart when
all is well, and the rest is not known. What is not known counts neither as up nor as down.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
_STEP = math.log(1.1)  # each bucket is a tenth wider than the one before: a quantile is right within 5 %
_LEAST_MS = 0.1


def hours_between(begin: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    """Each hour that the span touches, by its beginning, and the seconds of the span inside it."""
    while begin < end:
        hour = begin.replace(minute=0, second=0, microsecond=0)
        until = min(end, hour + HOUR)
        yield hour, (until - begin).total_seconds()
        begin = until


def known_until(looked_at: datetime, now: datetime, *, interval_seconds: float, patience_seconds: float) -> datetime:
    """Until when what was seen at `looked_at` held, for a look at `now`."""
    if (now - looked_at).total_seconds() <= patience_seconds:
        return now
    return looked_at + timedelta(seconds=interval_seconds)


def bucket_of(milliseconds: float) -> str:
    """The name of a latency's bucket; a text, for it is a key in JSON."""
    return str(max(0, math.ceil(math.log(max(milliseconds, _LEAST_MS) / _LEAST_MS) / _STEP)))


def quantile_ms(latencies: Mapping[str, int], quantile: float) -> float | None:
    """The middle of the bucket in which the quantile lies; None without latencies."""
    total = sum(latencies.values())
    if not total:
        return None
    wanted, seen = math.ceil(quantile * total), 0
    for bucket in sorted(map(int, latencies)):
        seen += latencies[str(bucket)]
        if seen >= wanted:
            return round(_LEAST_MS * math.exp(_STEP * (bucket - 0.5)), 2) if bucket else _LEAST_MS
    raise AssertionError("a quantile is among its values")


@dataclass(slots=True)
class Measured:
    """Looks added up."""

    healthy_seconds: float = 0.0
    degraded_seconds: float = 0.0
    unhealthy_seconds: float = 0.0
    looks: int = 0
    latencies: dict[str, int] = field(default_factory=dict)

    def add(self, other: Measured) -> None:
        self.healthy_seconds += other.healthy_seconds
        self.degraded_seconds += other.degraded_seconds
        self.unhealthy_seconds += other.unhealthy_seconds
        self.looks += other.looks
        for bucket, count in other.latencies.items():
            self.latencies[bucket] = self.latencies.get(bucket, 0) + count

    @property
    def up_seconds(self) -> float:
        return self.healthy_seconds + self.degraded_seconds

    @property
    def known_seconds(self) -> float:
        return self.up_seconds + self.unhealthy_seconds


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """`availability_percent` is of the time that is known, None where none is. `assured_percent` is of all of the time
    that has passed, and takes what is not known as down: the availability was at least that.
    """

    availability_percent: float | None
    assured_percent: float | None
    up_seconds: float
    degraded_seconds: float  # a part of `up_seconds`
    down_seconds: float
    unknown_seconds: float
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    looks: int


def service_level(hours: Iterable[Measured], *, elapsed_seconds: float) -> ServiceLevel:
    """Sum hours up, out of `elapsed_seconds` that have passed."""
    total = Measured()
    for hour in hours:
        total.add(hour)
    known = total.known_seconds
    elapsed = max(elapsed_seconds, known)
    return ServiceLevel(
        availability_percent=_percent(total.up_seconds, known),
        assured_percent=_percent(total.up_seconds, elapsed),
        up_seconds=round(total.up_seconds, 3),
        degraded_seconds=round(total.degraded_seconds, 3),
        down_seconds=round(total.unhealthy_seconds, 3),
        unknown_seconds=round(elapsed - known, 3),
        latency_p50_ms=quantile_ms(total.latencies, 0.5),
        latency_p95_ms=quantile_ms(total.latencies, 0.95),
        looks=total.looks,
    )


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, in UTC."""

    begin: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.begin:%Y-%m}"


def read_month(text: str) -> Month:
    """Of 2026-11. Raises ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or text < "0001" or text >= "9999-12":
        raise ValueError(f"{text!r:.40} is no month such as 2026-11")
    return month_of(datetime.fromisoformat(f"{text}-01").replace(tzinfo=UTC))


def month_of(moment: datetime) -> Month:
    begin = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(begin.year * 12 + begin.month, 12)
    return Month(begin, begin.replace(year=year, month=month + 1))


def _percent(part: float, whole: float) -> float | None:
    """Cut, not rounded: 99.99996 % is not all of the time."""
    return math.floor(part / whole * 1e6) / 1e4 if whole > 0 else None
