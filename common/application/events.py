"""Publish events: the one way by which facts enter the store."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from common.domain.events import Event
from common.infrastructure import event_store, metrics, wakeups
from common.models import StoredEvent


def publish(*events: Event, source: str, actor: str = "", correlation_id: str = "") -> None:
    """Append `events` inside the current transaction and wake the feeds once it has committed.

    `source` is the module that saw it happen ("network_management"), `actor` the person or job behind it,
    `correlation_id` what ties events of one undertaking together. Call it last in the transaction (see
    event_store); raises TransactionManagementError outside one, because an event must not outlive its facts.
    """
    if not events:
        return
    time = datetime.now(UTC)
    rows = [
        StoredEvent(
            id=uuid.uuid4(),
            type=event.type,
            version=event.version,
            source=source,
            subject=event.subject(),
            priority=event.effective_priority(),
            time=time,
            actor=actor,
            correlation_id=correlation_id,
            data=event.model_dump(mode="json"),
        )
        for event in events
    ]
    event_store.append(rows)
    transaction.on_commit(lambda: _committed(events), robust=True)


def _committed(events: Sequence[Event]) -> None:
    for event in events:
        metrics.EVENTS.labels(event.type, event.effective_priority()).inc()
    wakeups.notify()
