"""Rows of work for tests: messages as the table has them, without the sending."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from common.infrastructure.work.claims import order_at
from common.models import Message


def make_message(priority: str = "normal", *, sent_seconds_ago: float = 0.0, **columns: Any) -> Message:
    now = timezone.now()
    due_at: datetime = columns.pop("due_at", now - timedelta(seconds=sent_seconds_ago))
    values = {
        "kind": "direct",
        "type": "sample.record",
        "sender": "tests",
        "recipient": "sample",
        "queue": priority,
        "priority": priority,
        "due_at": due_at,
        "order_at": order_at(due_at, priority),  # type: ignore[arg-type]
        "created_at": now,
    }
    return Message.objects.create(**{**values, **columns})
