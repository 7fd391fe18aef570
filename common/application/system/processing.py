"""Pause and resume: whether workers of the whole installation take up messages and steps, schedules and triggers.

Nothing is refused while they do not, and nothing is lost: rows wait in the database, event cursors stand still.
"""

from __future__ import annotations

import threading
import time

from django.db import transaction
from django.utils import timezone

from common.application.events.publishing import publish
from common.domain.hub_events.system import HubPaused, HubResumed
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
    value = processing_state().processing
    with _lock:
        _known = (now, value)
    return value


def processing_state() -> HubState:
    """The switch as it stands, and who turned it last."""
    return HubState.objects.filter(pk=1).first() or HubState(pk=1)


def set_processing(value: bool, *, by: str) -> bool:
    """Turn the switch; return whether it changed. A change is an event (hub.paused, hub.resumed)."""
    with transaction.atomic():
        HubState.objects.get_or_create(pk=1)
        changed = bool(
            HubState.objects.filter(pk=1, processing=not value).update(
                processing=value, changed_by=by, changed_at=timezone.now()
            )
        )
        if changed:
            publish(HubResumed() if value else HubPaused(), source="hub", actor=by)
        transaction.on_commit(forget, robust=True)
    forget()
    return changed


def forget() -> None:
    """Look at the next question."""
    global _known  # what was believed is old now
    with _lock:
        _known = (0.0, True)
