"""When a device started, from sysUpTime. Pure.

sysUpTime counts hundredths of a second in 32 bits, so that it starts over after 497 days without a restart.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_WRAP_SECONDS = 2**32 / 100
_TOLERANCE_SECONDS = 60.0  # time between reading and storing
_DRIFT = 1e-4  # of a cheap clock, 100 parts per million


def boot_time(known: datetime | None, uptime_seconds: float | None, now: datetime) -> datetime | None:
    """Return when the device started: `known` unless its uptime says that it has restarted since."""
    if uptime_seconds is None:
        return known
    started = now - timedelta(seconds=uptime_seconds)
    if known is None:
        return started
    shift = (started - known).total_seconds()
    tolerance = _TOLERANCE_SECONDS + _DRIFT * max((now - known).total_seconds(), 0.0)
    wraps = max(round(shift / _WRAP_SECONDS), 0)
    return known if abs(shift - wraps * _WRAP_SECONDS) <= tolerance else started
