"""How this module is: does its database answer, and does the watch go round."""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.db import Error
from django.db.models import Max

from common.domain.modules import Health

LAST_ROUND = "nms.watch.last_round"
_LATE_AFTER_ROUNDS = 3
_LEAST_SECONDS = 60.0  # a short interval is not kept on a busy machine, and that is no illness


def note_round() -> None:
    """A watch round has ended."""
    cache.set(LAST_ROUND, time.time(), None)


def health() -> Health:
    from nms.network_management.models import Device

    watched = Device.objects.filter(credential__isnull=False, management_address__isnull=False)
    try:
        last_seen = watched.aggregate(last=Max("last_seen"))["last"]
    except Error as error:
        return Health("unhealthy", f"The database does not answer: {error}")
    if last_seen is None:
        return Health("healthy", "No devices to watch.")
    # Without the note (a cache that was emptied) the last answer of any device is the next best thing to know.
    age = time.time() - max(_noted() or 0.0, last_seen.timestamp())
    limit = max(_LATE_AFTER_ROUNDS * settings.NMS_WATCH_INTERVAL_SECONDS, _LEAST_SECONDS)
    return Health("degraded" if age > limit else "healthy", f"The last watch round ended {age:.0f} s ago.")


def _noted() -> float | None:
    try:
        noted: float | None = cache.get(LAST_ROUND)
    except Exception:  # noqa: BLE001 # any cache's trouble, which is told elsewhere
        return None
    return noted
