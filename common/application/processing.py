"""Pause and resume: whether workers of the whole installation take up messages and steps."""

from __future__ import annotations

import threading
import time

from django.db import transaction

from common.models import HubState

BELIEVED_SECONDS = 0.5

_lock = threading.Lock()
_known: tuple[float, bool] = (0.0, True)


def is_processing() -> bool:
    """The switch, as it stood at most half a second ago."""
    global _known  # one value for the process, so that claiming does not cost a query more
    asked_at, value = _known
    now = time.monotonic()
    if now - asked_at < BELIEVED_SECONDS and asked_at:
        return value
    value = HubState.objects.filter(pk=1).values_list("processing", flat=True).first() is not False
    with _lock:
        _known = (now, value)
    return value


def set_processing(value: bool, *, by: str) -> bool:
    """Turn the switch; return whether it changed."""
    global _known
    with transaction.atomic():
        HubState.objects.get_or_create(pk=1)
        changed = bool(HubState.objects.filter(pk=1, processing=not value).update(processing=value, changed_by=by))
    with _lock:
        _known = (0.0, value)
    return changed
