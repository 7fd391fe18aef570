"""Counts of messages for Prometheus, of this process; no event is published for each, which would double the cost."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Histogram

from common.models import Message

MESSAGES = Counter(
    "nms_messages", "Messages that reached a state (sent, delivered, retried, dead, expired).", ["state", "priority"]
)
DELAY = Histogram(
    "nms_message_delay_seconds",
    "From when a message was due to when its handler began.",
    ["priority"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300),
)


def count(state: str, messages: Iterable[Message]) -> None:
    for priority, number in Tally(message.priority for message in messages).items():
        MESSAGES.labels(state, priority).inc(number)


def observe_delays(messages: Iterable[Message], now: datetime) -> None:
    for message in messages:
        DELAY.labels(message.priority).observe(max(0.0, (now - message.due_at).total_seconds()))
