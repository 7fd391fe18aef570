"""Publish events: the one way by which facts enter the store."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from common.application.events.causes import current_call
from common.domain.events import Event
from common.infrastructure import metrics
from common.infrastructure.events import event_store, wakeups
from common.infrastructure.events.event_store import NewEvent
from common.infrastructure.work.waking import wake

DISTRIBUTE_TASK = "common.distribute_events"


def publish(*events: Event, source: str, actor: str = "", correlation_id: str = "", causation_id: str = "") -> int:
    """Append `events` inside the current transaction, wake whoever waits for events once it has committed.

    `source` is the module that saw it happen ("network_management"), `actor` the person or job behind it,
    `correlation_id` what ties events of one undertaking together, `causation_id` the event, message or step that led
    to them; those left out are taken from the call on whose behalf this happens (causes.py). Returns the position of
    the last one (0 without events). Call it last in the transaction (see event_store); raises
    TransactionManagementError outside one, because an event must not outlive its facts.
    """
    if not events:
        return 0
    call = current_call()
    time = datetime.now(UTC)
    rows = [
        NewEvent(
            id=uuid.uuid4().hex,
            type=event.type,
            version=event.version,
            source=source,
            subject=event.subject(),
            priority=event.effective_priority(),
            time=time,
            actor=actor or call.actor,
            correlation_id=correlation_id or call.correlation_id,
            causation_id=causation_id or call.causation_id,
            data=event.model_dump_json(),
        )
        for event in events
    ]
    position = event_store.append(rows)
    transaction.on_commit(lambda: _committed(rows), robust=True)
    return position


def _committed(rows: Sequence[NewEvent]) -> None:
    for row in rows:
        metrics.EVENTS.labels(row.type, row.priority).inc()
    wakeups.notify()
    wake(DISTRIBUTE_TASK, "critical" if any(row.priority == "critical" for row in rows) else "high")
