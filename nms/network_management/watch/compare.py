"""What a sight means beside what is stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nms.network_management.inventory.uptime import boot_time
from nms.network_management.watch.poll import Sight

# A change so shortly before the last reading may have come after its table was read.
_READING = timedelta(seconds=10)
_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KnownInterface:
    id: int
    device_id: int
    if_index: int
    name: str
    admin_status: str
    oper_status: str

    @property
    def status(self) -> tuple[str, str]:
        return self.admin_status, self.oper_status


@dataclass(frozen=True, slots=True)
class StatusChange:
    interface: KnownInterface
    admin_status: str
    oper_status: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`read_again`: more may have changed than what was asked, so the device should be profiled."""

    changes: Sequence[StatusChange] = field(default_factory=tuple)
    read_again: bool = False


def compare_sight(
    sight: Sight,
    interfaces: Sequence[KnownInterface],
    *,
    known_boot_time: datetime | None,
    last_profiled_at: datetime | None,
    now: datetime,
) -> Finding:
    """Compare one device's sight with its stored interfaces."""
    changes = _status_changes(sight.statuses or {}, interfaces)
    # Some agents count rows that are no interfaces; for them, reading again is worth it now and then only.
    rested = last_profiled_at is None or now - last_profiled_at > _REST
    others = rested and sight.statuses is not None and set(sight.statuses) != {row.if_index for row in interfaces}
    restarted = boot_time(known_boot_time, sight.uptime_seconds, now) != known_boot_time
    return Finding(changes, bool(changes) or others or restarted or _changed_since(sight, last_profiled_at, now))


def _status_changes(
    statuses: Mapping[int, tuple[str, str]], interfaces: Sequence[KnownInterface]
) -> tuple[StatusChange, ...]:
    return tuple(
        StatusChange(row, *statuses[row.if_index])
        for row in interfaces
        if row.if_index in statuses and statuses[row.if_index] != row.status
    )


def _changed_since(sight: Sight, last_profiled_at: datetime | None, now: datetime) -> bool:
    if last_profiled_at is None:
        return True
    return any(now - timedelta(seconds=age) > last_profiled_at - _READING for age in sight.seconds_since.values())
